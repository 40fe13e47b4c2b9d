import type { NumberDistribution } from '../policy.ts';

/** A number that a model would write, as a distribution over 0.00, 0.01 … 1.00. */
export interface NumberReading {
  readonly mean: number;
  readonly distribution: NumberDistribution;
}

/**
 * Where more of a number's distribution is missing than this, its mean is not given. What is missing can move the mean by
 * its own probability at most, and by about a tenth of that where it lies near the rest: up to here by about as much as a
 * greedy reply is off by heaping (docs/decisions/0011-servers.md).
 */
export const MOST_MISSING = 0.1;

/**
 * Mean, spread and entropy of a number in hundredths.
 * @param weights probabilities of 0.00 to 1.00, shape [101]; what they lack of a sum of 1 was not seen, and the rest is
 *   renormalised; where nothing was seen, all is 0 but what is missing
 * @example readingOf([...Array(100).fill(0), 0.5]) // => { mean: 1, distribution: { sd: 0, entropy: 0, missing: 0.5 } }
 */
export function readingOf(weights: ArrayLike<number>): NumberReading {
  const seen = Array.from(weights).reduce((sum, weight) => sum + weight, 0);
  const shares = Array.from(weights, (weight) => (seen > 0 ? weight / seen : 0));
  const mean = shares.reduce((sum, p, value) => sum + (p * value) / 100, 0);
  const variance = shares.reduce((sum, p, value) => sum + p * (value / 100 - mean) ** 2, 0);
  const entropy = shares.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
  return {
    // Rounding can leave all three a little outside of what is possible.
    mean: Math.min(1, mean),
    distribution: { sd: Math.sqrt(variance), entropy: Math.max(0, entropy), missing: 1 - seen > 1e-12 ? 1 - seen : 0 },
  };
}
