import { observations as observationsOf } from '../../env/observation.ts';
import { sequence } from '../../env/random.ts';
import type { WorkOptions } from '../../env/work.ts';
import { type DecideOptions, decisionsOf, type Elicitation, type Policy, type Teacher } from '../../policies/policy.ts';
import type { OrderSensitivity } from '../../workspace/evaluation.ts';
import { sampleVisited, type TeacherAnswers } from '../on-policy-error.ts';
import type { Visits } from '../visits.ts';
import type { NotedAnswers } from './noted.ts';
import { type OrderPlan, orderPlan, orderSensitivity } from './order-sensitivity.ts';
import type { TestRows } from './test-rows.ts';

export interface TeacherOptions extends Pick<WorkOptions, 'signal' | 'progress'> {
  readonly teacher: Teacher;
  /** What to call it; default its id. */
  readonly name?: string;
  /** How it is asked, as the rows were; absent: as it decides by itself. */
  readonly elicit?: Elicitation;
  /** Questions at most, remembered ones included, so that a second evaluation asks the same. */
  readonly budget: number;
  /** 1 or fewer: order sensitivity is not measured. */
  readonly orders: number;
  readonly seed: number;
  readonly noted: NotedAnswers;
}

export interface TeacherSays {
  readonly id: string;
  readonly order?: OrderSensitivity;
  /** Absent where no model was simulated. */
  readonly visited?: VisitedAnswers;
}

/**
 * Asks the teacher beyond the test file: some states in several orders, for at most half of the budget, and with the
 * rest the states that models visited.
 */
export async function askTeacher(
  test: TestRows,
  visits: readonly Visits[],
  options: TeacherOptions,
): Promise<TeacherSays> {
  const { scenario, observations } = test;
  const { teacher, name = teacher.id, elicit, budget, orders, seed, noted, signal, progress } = options;
  const alike = noted.of(teacher, elicit);
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
    plan && plan.states.length > 0 ? await orderSensitivity(alike, plan, asking('in other orders')) : undefined;
  const visited =
    visits.length > 0
      ? await askVisited(alike, test, visits, { most: budget - inOrders, seed, ...asking('where models go') })
      : undefined;
  return { id: teacher.id, ...(order && { order }), ...(visited && { visited }) };
}

/**
 * How a teacher is asked for more answers like those of rows, if all were elicited alike. Of two actions, draws scatter about
 * what the teacher reads by itself; of several, what it writes and what its letters say may lie apart.
 * @param elicitations what the rows say, undefined for one that does not
 */
export function likeRows(elicitations: readonly unknown[], k: number): Elicitation | undefined {
  const [first] = elicitations;
  if (elicitations.some((one) => one !== first)) return undefined;
  if (first === 'greedy' || first === 'choice') return first;
  return first === 'sample' && k > 2 ? 'greedy' : undefined;
}

/** A teacher that decides in one way; a recorded one repeats its file, however that was elicited. */
export function deciding(teacher: Teacher, elicit: Elicitation, k: number): Pick<Policy, 'decide'> {
  if (teacher.recorded || teacher.decidesBy === elicit) return teacher;
  return { decide: async (batch, work) => decisionsOf(await teacher.ask(batch, { ...work, elicit }), k) };
}

/** What is known of where models go: which states stand for their visits, and what the teacher says there. */
export interface VisitedAnswers {
  readonly whose: 'test file' | 'teacher';
  /** As `sampleVisited` draws it; absent: every visited state that has an answer. */
  readonly sample?: ReadonlyMap<number, number>;
  readonly answers: TeacherAnswers;
}

/** Asks a teacher about the states that models visited, or some that stand for them, in canonical order. */
export async function askVisited(
  teacher: Pick<Policy, 'decide'>,
  { scenario }: Pick<TestRows, 'scenario'>,
  visits: readonly Visits[],
  { most, seed, ...work }: DecideOptions & { readonly most: number; readonly seed: number },
): Promise<VisitedAnswers> {
  const sample = sampleVisited(scenario, visits, most, sequence(seed, 'checkStart')());
  const masks = [...sample.keys()];
  const { probabilities, outcomes } = await teacher.decide(observationsOf(scenario, masks), work);
  const k = scenario.actions.length;
  const answers = new Map(
    masks.flatMap((mask, i) =>
      outcomes[i] === 'ok' ? [[mask, probabilities.slice(i * k, (i + 1) * k)] as const] : [],
    ),
  );
  return { whose: 'teacher', sample, answers };
}

/** Answers of the test file: a state's rows, whatever their order, are averaged. */
export function answersInFile({ observations: { masks }, target, m }: TestRows): VisitedAnswers {
  const sums = new Map<number, { n: number; sum: Float64Array }>();
  masks.forEach((mask, row) => {
    const state = sums.get(mask) ?? { n: 0, sum: new Float64Array(m) };
    state.n++;
    for (let a = 0; a < m; a++) state.sum[a]! += target[row * m + a]!;
    sums.set(mask, state);
  });
  const answers = new Map(
    [...sums].map(([mask, { n, sum }]) => {
      const means = sum.map((value) => value / n);
      return [mask, Float64Array.of(1 - means.reduce((total, p) => total + p, 0), ...means)] as const;
    }),
  );
  return { whose: 'test file', answers };
}
