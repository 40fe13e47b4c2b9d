import { paired } from './paired.ts';

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
