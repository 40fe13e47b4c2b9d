import { mean } from './mean.ts';
import { constant, paired } from './paired.ts';

/**
 * Pearson's product-moment correlation.
 * @param target shape [n]
 * @param predicted shape [n]
 * @throws {RangeError} if the lengths differ or are 0
 * @returns from −1 to 1; NaN where either side is constant (one value included): it varies with nothing
 * @example pearson([1, 2, 3], [2, 4, 7]) // => 0.9933…
 */
export function pearson(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  const n = paired('correlation', target, predicted);
  if (constant(target) || constant(predicted)) return Number.NaN;
  const targetMean = mean(target);
  const predictedMean = mean(predicted);
  let product = 0;
  let targetSquares = 0;
  let predictedSquares = 0;
  for (let i = 0; i < n; i++) {
    const a = target[i]! - targetMean;
    const b = predicted[i]! - predictedMean;
    product += a * b;
    targetSquares += a * a;
    predictedSquares += b * b;
  }
  // Rounding can leave the quotient just outside ±1.
  return Math.max(-1, Math.min(1, product / Math.sqrt(targetSquares * predictedSquares)));
}
