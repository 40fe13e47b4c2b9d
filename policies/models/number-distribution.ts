import type { NumberDistribution } from '../policy.ts';

/** A number that a model would write, as a distribution over 0.00, 0.01 … 1.00. */
export interface NumberReading {
  readonly mean: number;
  readonly distribution: NumberDistribution;
}

/**
 * Mean, spread and entropy of a number in hundredths.
 * @param weights probabilities of 0.00 to 1.00, shape [101]; what they lack of a sum of 1 was not seen, and the rest is
 *   renormalised
 * @example readingOf([...Array(100).fill(0), 0.5]) // => { mean: 1, distribution: { sd: 0, entropy: 0, missing: 0.5 } }
 */
export function readingOf(weights: ArrayLike<number>): NumberReading {
  const seen = Array.from(weights).reduce((sum, weight) => sum + weight, 0);
  const shares = Array.from(weights, (weight) => weight / seen);
  const mean = shares.reduce((sum, p, value) => sum + (p * value) / 100, 0);
  const variance = shares.reduce((sum, p, value) => sum + p * (value / 100 - mean) ** 2, 0);
  const entropy = shares.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
  return {
    // Rounding can leave all three a little outside of what is possible.
    mean: Math.min(1, mean),
    distribution: { sd: Math.sqrt(variance), entropy: Math.max(0, entropy), missing: 1 - seen > 1e-12 ? 1 - seen : 0 },
  };
}
