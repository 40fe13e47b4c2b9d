import { bias } from './stats/bias.ts';
import { binaryCrossEntropy, meanBernoulliKl } from './stats/binary-cross-entropy.ts';
import { bootstrap, type Interval } from './stats/bootstrap.ts';
import { expectedCalibrationError } from './stats/calibration.ts';
import { mae } from './stats/mae.ts';
import { mse } from './stats/mse.ts';
import { pearson } from './stats/pearson.ts';
import { rSquared } from './stats/r-squared.ts';
import { spearman } from './stats/spearman.ts';

/** How near a model's probabilities are to the teacher's. Correlations and R² are NaN where a side is constant. */
export interface Score {
  /** Test states that the model answered. */
  readonly n: number;
  readonly mse: number;
  readonly mae: number;
  readonly r2: number;
  readonly pearson: number;
  readonly spearman: number;
  readonly ece: number;
  /** Mean KL divergence in nats of the teacher's decision from the model's; predictions are kept 1e-6 away from 0 and 1. */
  readonly kl: number;
  readonly bias: number;
  /** Mean cross-entropy in nats; predictions as for `kl`. */
  readonly bce: number;
  /** 95 % percentile bootstrap over states. */
  readonly intervals: Readonly<Record<'mse' | 'mae' | 'r2' | 'pearson', Interval>>;
}

/** A prediction of exactly 0 or 1 would make one state's divergence infinite and hide all others. */
const EDGE = 1e-6;

/**
 * Scores predictions against targets.
 * @param target shape [n, m]: m probabilities for each of n states
 * @param predicted shape [n, m]
 * @param m probabilities of a state; whole states are resampled
 */
export function score(target: Float64Array, predicted: Float64Array, m: number, seed: number): Score {
  const n = target.length / m;
  const inside = predicted.map((p) => Math.min(1 - EDGE, Math.max(EDGE, p)));
  const [ofMse, ofMae, ofR2, ofPearson] = bootstrap(n, (states) => resampled(target, predicted, m, states), { seed });
  return {
    n,
    mse: mse(target, predicted),
    mae: mae(target, predicted),
    r2: rSquared(target, predicted),
    pearson: pearson(target, predicted),
    spearman: spearman(target, predicted),
    ece: expectedCalibrationError(target, predicted),
    kl: meanBernoulliKl(target, inside),
    bias: bias(target, predicted),
    bce: binaryCrossEntropy(target, inside),
    intervals: { mse: ofMse!, mae: ofMae!, r2: ofR2!, pearson: ofPearson! },
  };
}

/** MSE, MAE, R² and Pearson of one resample, from sums in one pass: a thousand resamples of thousands of states. */
function resampled(target: Float64Array, predicted: Float64Array, m: number, states: Uint32Array): number[] {
  let [squares, absolute, t1, t2, p1, p2, tp] = [0, 0, 0, 0, 0, 0, 0];
  for (const state of states)
    for (let i = state * m; i < (state + 1) * m; i++) {
      // Centred near the middle of 0…1, so that the sums of squares cancel less.
      const t = target[i]! - 0.5;
      const p = predicted[i]! - 0.5;
      squares += (p - t) ** 2;
      absolute += Math.abs(p - t);
      t1 += t;
      t2 += t * t;
      p1 += p;
      p2 += p * p;
      tp += t * p;
    }
  const count = states.length * m;
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
  ];
}

/**
 * Mean squared error of `a` minus that of `b` on the same states, with its paired interval; below 0 where a is better,
 * NaN where there are no states that both answered.
 */
export function difference(
  target: Float64Array,
  a: Float64Array,
  b: Float64Array,
  m: number,
  seed: number,
): { readonly value: number } & Interval {
  if (target.length === 0) return { value: Number.NaN, lower: Number.NaN, upper: Number.NaN };
  const per = Float64Array.from({ length: target.length / m }, (_, state) => {
    let sum = 0;
    for (let i = state * m; i < (state + 1) * m; i++) sum += (a[i]! - target[i]!) ** 2 - (b[i]! - target[i]!) ** 2;
    return sum / m;
  });
  const meanOf = (states: Uint32Array) => {
    let sum = 0;
    for (const state of states) sum += per[state]!;
    return sum / states.length;
  };
  const [interval] = bootstrap(per.length, (states) => [meanOf(states)], { seed });
  return { value: meanOf(Uint32Array.from(per.keys())), ...interval! };
}
