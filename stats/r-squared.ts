import { mean } from './mean.ts';
import { constant, paired } from './paired.ts';

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
