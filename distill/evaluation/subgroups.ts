import type { Interval } from '../stats/bootstrap.ts';

/** The test rows that have one thing in common. */
export interface Subgroup {
  /** What they are grouped by. */
  readonly by: 'trait' | 'context' | 'traits' | 'contexts';
  /** The phrase, or how many phrases. */
  readonly group: string;
  /** Rows. */
  readonly n: number;
  readonly mse: number;
  /** 95 % bootstrap over states. */
  readonly interval: Interval;
  readonly mae: number;
  /** Mean of predicted − target. */
  readonly bias: number;
}
