import { bootstrap, type Interval } from '../../stats/bootstrap.ts';
import { expectedCalibrationError } from '../../stats/calibration.ts';
import { pearson, spearman } from '../../stats/correlation.ts';
import { bias, binaryCrossEntropy, mae, meanBernoulliKl, mse, rSquared } from '../../stats/errors.ts';
import { holm, signFlipTest } from '../../stats/significance.ts';
import type { Comparison, Score } from '../../workspace/evaluation.ts';
import { commonRows, type TestRows } from './test-rows.ts';

/** A prediction of exactly 0 or 1 would make one state's divergence infinite and hide all others. */
const EDGE = 1e-6;

/**
 * Scores predictions against targets. With more than two actions the m = k − 1 probabilities of a row count alike.
 * @param target shape [n, m]
 * @param predicted shape [n, m]
 * @param states shape [n]: which state each row is of, as numbers from 0 on without a gap; states are what is resampled
 */
export function score(target: Float64Array, predicted: Float64Array, states: Uint32Array, seed: number): Score {
  const inside = predicted.map((p) => Math.min(1 - EDGE, Math.max(EDGE, p)));
  const sums = sumsOf(target, predicted, states);
  const [ofMse, ofMae, ofR2, ofPearson, ofBias] = bootstrap(sums.length, (drawn) => statisticsOf(sums, drawn), {
    seed,
  });
  return {
    n: states.length,
    mse: mse(target, predicted),
    mae: mae(target, predicted),
    r2: rSquared(target, predicted),
    pearson: pearson(target, predicted),
    spearman: spearman(target, predicted),
    ece: expectedCalibrationError(target, predicted),
    kl: meanBernoulliKl(target, inside),
    bias: bias(target, predicted),
    bce: binaryCrossEntropy(target, inside),
    intervals: { mse: ofMse!, mae: ofMae!, r2: ofR2!, pearson: ofPearson!, bias: ofBias! },
  };
}

/** Sums of one state: count, squared errors, absolute errors, and t, t², p, p², tp, shape [states][8]. */
function sumsOf(target: Float64Array, predicted: Float64Array, states: Uint32Array): Float64Array[] {
  const m = target.length / states.length;
  const sums = Array.from({ length: countOf(states) }, () => new Float64Array(8));
  target.forEach((value, i) => {
    // Centred near the middle of 0…1, so that the sums of squares cancel less.
    const t = value - 0.5;
    const p = predicted[i]! - 0.5;
    const of = sums[states[Math.floor(i / m)]!]!;
    [1, (p - t) ** 2, Math.abs(p - t), t, t * t, p, p * p, t * p].forEach((part, s) => (of[s]! += part));
  });
  return sums;
}

/** MSE, MAE, R², Pearson and bias of one resample: a thousand resamples of thousands of states take additions only. */
function statisticsOf(sums: readonly Float64Array[], drawn: Uint32Array): number[] {
  let [count, squares, absolute, t1, t2, p1, p2, tp] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (const state of drawn) {
    const of = sums[state]!;
    count += of[0]!;
    squares += of[1]!;
    absolute += of[2]!;
    t1 += of[3]!;
    t2 += of[4]!;
    p1 += of[5]!;
    p2 += of[6]!;
    tp += of[7]!;
  }
  const targetSquares = t2 - (t1 * t1) / count;
  const predictedSquares = p2 - (p1 * p1) / count;
  // What is left of the variance of equal values after rounding.
  const none = count * 1e-14;
  return [
    squares / count,
    absolute / count,
    targetSquares > none ? 1 - squares / targetSquares : Number.NaN,
    targetSquares > none && predictedSquares > none
      ? (tp - (t1 * p1) / count) / Math.sqrt(targetSquares * predictedSquares)
      : Number.NaN,
    (p1 - t1) / count,
  ];
}

/** By state: how many probabilities it has, and its squared errors of `a` minus those of `b`. */
export interface LossDifferences {
  readonly counts: Float64Array;
  readonly sums: Float64Array;
}

/**
 * What a paired comparison of two models is made of.
 * @param target shape [n, m]
 * @param a predictions, shape [n, m]
 * @param b predictions, shape [n, m]
 * @param states as for `score`
 */
export function lossDifferences(
  target: Float64Array,
  a: Float64Array,
  b: Float64Array,
  states: Uint32Array,
): LossDifferences {
  const m = target.length / states.length;
  const counts = new Float64Array(countOf(states));
  const sums = new Float64Array(counts.length);
  target.forEach((t, i) => {
    const state = states[Math.floor(i / m)]!;
    counts[state]!++;
    sums[state]! += (a[i]! - t) ** 2 - (b[i]! - t) ** 2;
  });
  return { counts, sums };
}

/**
 * Mean squared error of `a` minus that of `b` on the same states, with its paired interval; below 0 where a is better,
 * NaN if there are no states that both answered.
 */
export function difference({ counts, sums }: LossDifferences, seed: number): { readonly value: number } & Interval {
  if (sums.length === 0) return { value: Number.NaN, lower: Number.NaN, upper: Number.NaN };
  const meanOf = (drawn: Iterable<number>) => {
    let [sum, count] = [0, 0];
    for (const state of drawn) {
      sum += sums[state]!;
      count += counts[state]!;
    }
    return sum / count;
  };
  const [interval] = bootstrap(sums.length, (drawn) => [meanOf(drawn)], { seed });
  return { value: meanOf(sums.keys()), ...interval! };
}

const countOf = (states: Uint32Array) => states.reduce((most, state) => Math.max(most, state + 1), 0);

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
