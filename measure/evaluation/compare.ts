import { pairedTest } from '../../stats/paired-test.ts';
import { holm } from '../../stats/significance.ts';
import type { Comparison } from '../../workspace/evaluation.ts';
import { differencesOn } from './score.ts';
import type { TestRows } from './test-rows.ts';

/** Two models differ if the corrected p is at most this. */
export const SIGNIFICANT = 0.05;

/** A model with its predictions, shape [n, m]; NaN where it gave no answer. */
export interface Predictions {
  readonly model: string;
  readonly predicted: Float64Array;
}

/**
 * Tests every pair of models for a difference in loss (`lossOf`): paired by state or unit, its differences added up over its
 * rows, their signs flipped by chance (`pairedTest`), corrected for the number of pairs (`holm`). The interval of a pair is
 * that of the test at the level that Holm's procedure holds its p against, so it excludes 0 exactly where the pair differs.
 * A pair without a state that both answered is left out.
 */
export function compare(test: TestRows, models: readonly Predictions[], seed: number): Comparison[] {
  const pairs = models.flatMap((a, i) =>
    models.slice(i + 1).flatMap((b) => {
      const { sums, counts } = differencesOn(test, a.predicted, b.predicted);
      return sums.length === 0
        ? []
        : [{ a: a.model, b: b.model, n: sums.length, ...pairedTest(sums, counts, { seed }) }];
    }),
  );
  const ps = pairs.map(({ p }) => p);
  const corrected = holm(ps);
  const levels = levelsOf(ps);
  return pairs.map(({ interval, value, ...pair }, i) => ({
    ...pair,
    difference: value,
    ...interval(levels[i]!),
    confidence: 1 - levels[i]!,
    pHolm: corrected[i]!,
  }));
}

/** The level that Holm's procedure holds each p against: .05 over the pairs left, up to the first that it does not reject. */
function levelsOf(p: readonly number[]): number[] {
  const levels = new Array<number>(p.length);
  let left = p.length;
  for (const index of [...p.keys()].sort((a, b) => p[a]! - p[b]!)) {
    levels[index] = SIGNIFICANT / left;
    if (p[index]! <= SIGNIFICANT / left) left--;
  }
  return levels;
}

/** The comparison of two models as that of the second minus the first. */
export function pairOf(comparisons: readonly Comparison[], first: string, second: string): Comparison | undefined {
  const found = comparisons.find(({ a, b }) => (a === first && b === second) || (a === second && b === first));
  if (!found || found.a === second) return found;
  const { difference, lower, upper } = found;
  return { ...found, a: second, b: first, difference: -difference, lower: -upper, upper: -lower };
}
