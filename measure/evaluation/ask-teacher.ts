import type { Teacher } from '../../policies/policy.ts';
import type { OrderSensitivity } from '../../workspace/evaluation.ts';
import type { WorkOptions } from '../../workspace/progress.ts';
import { askVisited, type TeacherAnswers, type Visits } from './on-policy.ts';
import { type OrderPlan, orderPlan, orderSensitivity } from './order-sensitivity.ts';
import type { TestRows } from './test-rows.ts';

export interface TeacherOptions extends Pick<WorkOptions, 'signal' | 'progress'> {
  readonly teacher: Teacher;
  /** What to call it; default its id. */
  readonly name?: string;
  /** Questions at most, remembered ones included, so that a second evaluation asks the same. */
  readonly budget: number;
  /** 1 or fewer: order sensitivity is not measured. */
  readonly orders: number;
  readonly seed: number;
}

export interface TeacherSays {
  readonly id: string;
  readonly order?: OrderSensitivity;
  /** Absent where no model was simulated. */
  readonly answers?: TeacherAnswers;
}

/**
 * Asks the teacher beyond the test file: some states in several orders, for at most half of the budget, and with the rest
 * the states that models visited.
 */
export async function askTeacher(
  test: TestRows,
  visits: readonly Visits[],
  options: TeacherOptions,
): Promise<TeacherSays> {
  const { scenario, observations } = test;
  const { teacher, name = teacher.id, budget, orders, seed, signal, progress } = options;
  const asking = (what: string) => ({
    ...(signal && { signal }),
    onProgress: (done: number, of: number) => progress?.({ stage: `asking ${name} ${what}`, done, of }),
  });
  const share = visits.length > 0 ? budget / 2 : budget;
  // What repeats a file says the same in any order, whatever the teacher of the file would have said.
  const plan: OrderPlan | undefined =
    orders > 1 && teacher.recorded === undefined
      ? orderPlan(scenario, observations, { orders, atMost: Math.floor(share / (orders + 1)), seed })
      : undefined;
  const inOrders = plan ? plan.states.length * (orders + 1) : 0;
  const order =
    plan && plan.states.length > 0 ? await orderSensitivity(teacher, plan, asking('in other orders')) : undefined;
  const answers =
    visits.length > 0
      ? await askVisited(teacher, scenario, visits, budget - inOrders, asking('where models go'))
      : undefined;
  return { id: teacher.id, ...(order && { order }), ...(answers && { answers }) };
}
