import { holm } from '../../stats/holm.ts';
import { signFlipTest } from '../../stats/sign-flip-test.ts';
import type { Comparison } from '../../workspace/evaluation.ts';
import { difference, lossDifferences } from './score.ts';
import { commonRows, type TestRows } from './test-rows.ts';

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
