import { paired } from './paired.ts';

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
