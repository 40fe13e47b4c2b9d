import type { Vocabulary } from '../../env/scenario.ts';
import type { WorkOptions } from '../../env/work.ts';
import type { Teacher } from '../../policies/policy.ts';
import type { StudentKind } from '../../policies/students/architecture.ts';
import { requireWhole, type StudentChoices } from '../training/settings.ts';

/** How the next questions are chosen. */
export const strategies = ['random', 'disagreement'] as const;
export type Strategy = (typeof strategies)[number];

export interface ActiveOptions extends WorkOptions, Pick<StudentChoices, 'loss' | 'epochs' | 'layers'> {
  readonly student: StudentKind | 'all';
  /** A name that openTeacher knows, or a teacher, which then stays open. Default: that of defaultTeacher. */
  readonly teacher?: string | Teacher;
  /** Questions that may be spent with each strategy in each run; those about test states are not counted. */
  readonly labels: number;
  /** Default both; the student learns what the last of them chose in the first run. */
  readonly strategies?: readonly Strategy[];
  /** Questions chosen at a time; default 250. */
  readonly batch?: number;
  /** MLPs of the committee, 2 or more; default 4. */
  readonly members?: number;
  /** Runs of seed, seed + 1, …; default 1. */
  readonly runs?: number;
  /**
   * Test rows, a JSONL file of decisions. Default: a fifth of a recorded file's states, or 500 of the scenario's,
   * drawn in each run anew and never in its pool.
   */
  readonly test?: string;
  /**
   * What the student learns: `committee`, the default, the committee's average on every state of the scenario beside the
   * labels, or `labels`, those alone.
   */
  readonly learns?: 'committee' | 'labels';
  readonly workspace: string;
  readonly seed: number;
  /** Default: the world that is meant if none is named. */
  readonly scenario?: Vocabulary;
  readonly backend?: string;
}

/** @throws {UnderstudyError} DISTILL_ARGUMENT naming what does not fit */
export function requireOptions({ labels, batch = 250, members = 4, runs = 1 }: ActiveOptions): void {
  for (const [name, value] of Object.entries({ labels, batch, members })) requireWhole(name, value, 2);
  requireWhole('runs', runs, 1);
}

/** How many labels there are after each batch: multiples of it, then all. */
export function sizesOf(labels: number, batch: number): number[] {
  return Array.from({ length: Math.ceil(labels / batch) }, (_, i) => Math.min(labels, (i + 1) * batch));
}
