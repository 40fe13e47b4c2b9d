import { fQuantile } from './f-distribution.ts';

/** Of a normal distribution, the quantile that a two-sided 95 % interval ends at. */
const Z = 1.959963984540054;

/**
 * Half-width of the 95 % interval of a mean over n values drawn without replacement from a finite population.
 * Cochran, Sampling Techniques, 3rd edition, 1977, section 2.6.
 * @param sd standard deviation of the values
 * @param population how many there are to draw from; default: any number
 * @throws {RangeError} if n is below 1 or above the population
 * @example meanHalfWidth(0.25, 400) // => 0.02449…
 */
export function meanHalfWidth(sd: number, n: number, population = Number.POSITIVE_INFINITY): number {
  if (!(n >= 1 && n <= population)) throw new RangeError(`expected n from 1 to ${population}, got ${n}`);
  const left = population === Number.POSITIVE_INFINITY ? 1 : (population - n) / Math.max(1, population - 1);
  return Z * sd * Math.sqrt(left / n);
}

/**
 * Half the length of the 95 % interval of ICC(1,1) over n subjects with k ratings each, where the estimate is `value`.
 * Shrout & Fleiss, "Intraclass correlations: uses in assessing rater reliability", 1979.
 * @throws {RangeError} if there are fewer than 2 subjects or ratings, or the value is not below 1
 */
export function iccHalfWidth(value: number, n: number, k: number): number {
  if (!(n >= 2 && k >= 2 && value < 1 && value > -1 / (k - 1)))
    throw new RangeError(`expected 2 subjects and ratings or more and a value below 1, got ${n}, ${k} and ${value}`);
  const f = 1 + (k * value) / (1 - value);
  const of = (ratio: number) => (ratio - 1) / (ratio + k - 1);
  const low = of(f / fQuantile(0.975, n - 1, n * (k - 1)));
  const high = of(f * fQuantile(0.975, n * (k - 1), n - 1));
  return (high - low) / 2;
}
