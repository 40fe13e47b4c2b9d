import { requireDistributions } from './distribution.ts';
import { klDivergence } from './kl-divergence.ts';

/**
 * Jensen–Shannon divergence of two distributions: the mean KL divergence of each from their average.
 * Lin, "Divergence measures based on the Shannon entropy", 1991.
 * @param target shape [k], a distribution
 * @param predicted shape [k], a distribution
 * @throws {RangeError} if the lengths differ or are 0, or either is no distribution (negative, or sum not 1 to 1e-6)
 * @returns in nats, from 0 (equal) to ln 2 (nothing in common); the same with the arguments exchanged
 * @example jsDivergence([1, 0], [0, 1]) // => 0.6931…
 */
export function jsDivergence(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  requireDistributions('JS divergence', target, predicted);
  const middle = Float64Array.from(target, (t, i) => (t + predicted[i]!) / 2);
  return (klDivergence(target, middle) + klDivergence(predicted, middle)) / 2;
}
