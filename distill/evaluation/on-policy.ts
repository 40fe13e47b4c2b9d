import type { Interval } from '../stats/bootstrap.ts';

/** A model's error where a simulation under that very model goes. */
export interface OnPolicyError extends Interval {
  /** Mean squared error, each state weighted by its visits; with its 95 % bootstrap over states. NaN where no visited state has an answer of the teacher. */
  readonly mse: number;
  /** Share of visits, from 0 to 1, whose state the teacher's answer is known of. */
  readonly covered: number;
  /** Different states that were visited, and those of them with an answer. */
  readonly visited: number;
  readonly states: number;
  /** Share of the covered visits whose state is in the train file too. */
  readonly seenInTraining: number;
  readonly agents: number;
  readonly ticks: number;
  /** Whose answers: those of the test file, or asked now. */
  readonly answers: 'test file' | 'teacher';
}
