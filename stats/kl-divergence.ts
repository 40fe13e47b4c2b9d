import { requireDistributions } from './distribution.ts';

/**
 * Kullback–Leibler divergence of one distribution from another, KL(target ‖ predicted) = Σ target · ln(target / predicted).
 * Kullback & Leibler, "On information and sufficiency", 1951. For n separate probabilities of two-way decisions see
 * `meanBernoulliKl`.
 * @param target shape [k], a distribution
 * @param predicted shape [k], a distribution
 * @throws {RangeError} if the lengths differ or are 0, or either is no distribution (negative, or sum not 1 to 1e-6)
 * @returns in nats, 0 or more; Infinity where the prediction rules out what the target allows
 * @example klDivergence([0.5, 0.5], [0.25, 0.75]) // => 0.1438…
 */
export function klDivergence(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  const k = requireDistributions('KL divergence', target, predicted);
  let sum = 0;
  for (let i = 0; i < k; i++) if (target[i]! > 0) sum += target[i]! * Math.log(target[i]! / predicted[i]!);
  // Rounding can leave the sum just below 0 for equal distributions.
  return Math.max(0, sum);
}
