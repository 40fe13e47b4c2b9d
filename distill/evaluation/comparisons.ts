import type { Interval } from '../stats/bootstrap.ts';

/** Two models on the states that both answered. */
export interface Comparison extends Interval {
  readonly a: string;
  readonly b: string;
  /** States. */
  readonly n: number;
  /** MSE of a minus that of b, with its 95 % interval; below 0 where a is better. */
  readonly difference: number;
  /** Two-sided, of the sign-flip test of that difference. */
  readonly p: number;
  /** Whether every assignment of signs was counted, not a sample of them. */
  readonly exact: boolean;
  /** p after Holm's correction over all pairs of the report: the two differ at 5 % where this is at most .05. */
  readonly pHolm: number;
}
