import { constant, mean, paired } from './moments.ts';

/**
 * Mean squared error.
 * @param target shape [n]
 * @param predicted shape [n]
 * @throws {RangeError} if the lengths differ or are 0
 * @returns 0 for a perfect prediction; in the target's units squared
 * @example mse([0, 1, 0.5], [0, 0.5, 0.5]) // => 0.0833…
 */
export function mse(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  const n = paired('MSE', target, predicted);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (predicted[i]! - target[i]!) ** 2;
  return sum / n;
}

/**
 * Mean absolute error.
 * @param target shape [n]
 * @param predicted shape [n]
 * @throws {RangeError} if the lengths differ or are 0
 * @returns 0 for a perfect prediction; in the target's units
 * @example mae([0, 1, 0.5], [0.25, 0.5, 0.5]) // => 0.25
 */
export function mae(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  const n = paired('MAE', target, predicted);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.abs(predicted[i]! - target[i]!);
  return sum / n;
}

/**
 * Mean of predicted − target.
 * @param target shape [n]
 * @param predicted shape [n]
 * @throws {RangeError} if the lengths differ or are 0
 * @returns above 0 where the prediction is too high on average
 * @example bias([0, 1], [0.5, 1]) // => 0.25
 */
export function bias(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  const n = paired('bias', target, predicted);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += predicted[i]! - target[i]!;
  return sum / n;
}

/**
 * Coefficient of determination, 1 − Σ(target − predicted)² / Σ(target − mean target)².
 * @param target shape [n]
 * @param predicted shape [n]
 * @throws {RangeError} if the lengths differ or are 0
 * @returns at most 1; 0 for predicting the targets' own mean, below 0 for worse; NaN where the targets are constant:
 *   there is no variance to explain
 * @example rSquared([1, 2, 3], [1, 2, 2]) // => 0.5
 */
export function rSquared(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  const n = paired('R²', target, predicted);
  if (constant(target)) return Number.NaN;
  const centre = mean(target);
  let residual = 0;
  let total = 0;
  for (let i = 0; i < n; i++) {
    residual += (target[i]! - predicted[i]!) ** 2;
    total += (target[i]! - centre) ** 2;
  }
  return 1 - residual / total;
}

/** x · ln y, 0 where x is 0. */
const xLogY = (x: number, y: number) => (x === 0 ? 0 : x * Math.log(y));

/**
 * Mean binary cross-entropy with soft targets, −(t ln p + (1 − t) ln(1 − p)): the loss that students are trained on.
 * Its minimum is the targets' own entropy, not 0; `meanBernoulliKl` is what lies above that minimum.
 * @param target shape [n], from 0 to 1
 * @param predicted shape [n], from 0 to 1
 * @throws {RangeError} if the lengths differ or are 0, or a value is outside 0…1
 * @returns in nats, 0 or more; Infinity where a prediction of 0 or 1 rules out what the target allows
 * @example binaryCrossEntropy([1, 0.5], [0.5, 0.5]) // => 0.6931…
 */
export function binaryCrossEntropy(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  const n = paired('cross-entropy', target, predicted);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const [t, p] = [target[i]!, predicted[i]!];
    for (const value of [t, p])
      if (!(value >= 0 && value <= 1)) throw new RangeError(`cross-entropy: row ${i} has ${value}, not a probability`);
    sum -= xLogY(t, p) + xLogY(1 - t, 1 - p);
  }
  return sum / n;
}

/**
 * Mean Kullback–Leibler divergence of n two-way decisions, KL(Bernoulli(t) ‖ Bernoulli(p)): the cross-entropy above
 * the targets' own entropy.
 * @param target shape [n], from 0 to 1
 * @param predicted shape [n], from 0 to 1
 * @throws {RangeError} as `binaryCrossEntropy` does
 * @returns in nats, 0 or more; 0 for a perfect prediction, Infinity where one rules out what its target allows
 * @example meanBernoulliKl([1, 0.5], [0.5, 0.5]) // => 0.3465…
 */
export function meanBernoulliKl(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  return Math.max(0, binaryCrossEntropy(target, predicted) - binaryCrossEntropy(target, target));
}
