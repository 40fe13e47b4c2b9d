import { paired } from './paired.ts';

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
