import type { Interval } from '../../stats/bootstrap.ts';
import { holm, signFlipTest } from '../../stats/significance.ts';
import { difference, lossDifferences } from './score.ts';
import { commonRows, type TestRows } from './test-rows.ts';

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

/** A model with its predictions, shape [n, m]; NaN where it gave no answer. */
export interface Predictions {
  readonly model: string;
  readonly predicted: Float64Array;
}

/**
 * Tests every pair of models for a difference in squared error: paired by state, a state's differences added up over its
 * rows, their signs flipped by chance (`signFlipTest`), corrected for the number of pairs (`holm`). A pair without a
 * state that both answered is left out.
 */
export function compare(test: TestRows, models: readonly Predictions[], seed: number): Comparison[] {
  const pairs = models.flatMap((a, i) =>
    models.slice(i + 1).flatMap((b) => {
      const { target, predicted, states } = commonRows(test, [a.predicted, b.predicted]);
      if (states.length === 0) return [];
      const losses = lossDifferences(target, predicted[0]!, predicted[1]!, states);
      const { value, lower, upper } = difference(losses, seed);
      const tested = signFlipTest(losses.sums, { seed });
      return [{ a: a.model, b: b.model, n: losses.sums.length, difference: value, lower, upper, ...tested }];
    }),
  );
  const corrected = holm(pairs.map(({ p }) => p));
  return pairs.map((pair, i) => ({ ...pair, pHolm: corrected[i]! }));
}
