import type { Vocabulary } from '../../env/scenario.ts';
import type { WorkOptions } from '../../env/work.ts';
import type { Limits } from '../../policies/spending/budget.ts';
import type { StudentKind } from '../../policies/students/architecture.ts';
import { type OpenStudy, openStudy } from '../../scenarios/study.ts';
import { workspace as pathsOf } from '../../workspace/paths.ts';
import { type Order, studentKinds } from '../protocol/work.ts';

/** Where work is done, as another process can open it. */
export interface WorkPlace {
  readonly workspace: string;
  /** The world, as openStudy takes it. */
  readonly source: OpenStudy['source'];
  /** What it may spend; absent for no limit. */
  readonly limits?: Limits;
}

export interface Performing extends WorkOptions {
  /** Students of these names have been written. */
  readonly onTrained: (names: readonly string[]) => void;
  /** How far they err stands in the workspace. */
  readonly onEvaluated: () => void;
}

/** That of the verbs, if none is named. */
export const WORK_SEED = 0;

/**
 * Does what somebody has ordered, by the functions of the verbs. What was done before it is stopped is remembered by them,
 * so that the same order goes on from there.
 * @throws what openStudy and the verbs throw
 */
export async function performWork(order: Order, { workspace, source }: WorkPlace, work: Performing): Promise<void> {
  const opened = await openStudy({ workspace, scenario: source.name, parameters: source.parameters });
  try {
    await perform(order, workspace, opened.scenario, work);
  } catch (error) {
    // What was made before it was stopped belongs to this scenario too.
    if (work.signal?.aborted) await opened.remember();
    throw error;
  }
  await opened.remember();
}

async function perform(
  order: Order,
  workspace: string,
  scenario: Vocabulary,
  { onTrained, onEvaluated, ...work }: Performing,
): Promise<void> {
  const common = { workspace, scenario, seed: WORK_SEED, ...work };
  const { train: rows, test } = pathsOf(workspace);
  const { epochs } = order;
  // Each is loaded when it is needed: work begins sooner.
  if (order.do === 'study') {
    const { study } = await import('../../report/study.ts');
    const { students } = await study({ ...common, teacher: order.teacher, size: order.size, epochs });
    onTrained(students.map(({ student }) => student));
    onEvaluated();
    return;
  }
  if (order.do === 'ask') {
    const { dataset } = await import('../../distill/dataset/dataset.ts');
    await dataset({ ...common, teacher: order.teacher, size: order.size, order: 'canonical' });
  }
  const { train } = await import('../../distill/training/train.ts');
  for (const student of together(order.students)) {
    const { students } = await train({ ...common, student, train: rows, epochs });
    onTrained(students.map((trained) => trained.student));
  }
  const { evaluate } = await import('../../measure/evaluation/evaluate.ts');
  await evaluate({ ...common, test });
  onEvaluated();
  if (order.report) {
    const { visualize } = await import('../../report/visualize.ts');
    await visualize({ workspace, scenario, ...work });
  }
}

/** All of them are trained in parallel, some one after the other. */
export const together = (kinds: readonly StudentKind[]): readonly (StudentKind | 'all')[] =>
  studentKinds.every((kind) => kinds.includes(kind)) ? ['all'] : kinds;
