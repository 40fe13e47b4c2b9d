import type { Interval } from './bootstrap.ts';
import { fQuantile } from './f-distribution.ts';
import { mean, standardDeviation } from './moments.ts';

/** A mean with what repeated runs say about it. */
export interface MeanEstimate {
  readonly n: number;
  readonly mean: number;
  /** Of a sample; NaN for one value. */
  readonly sd: number;
  /** NaN bounds for one value. */
  readonly interval: Interval;
}

/**
 * The value that a t-distributed number stays within on both sides with a probability.
 * @param degrees of freedom, 1 or more, not necessarily whole
 * @throws {RangeError} for fewer, or a confidence that is not between 0 and 1
 * @example tQuantile(0.95, 9) // => 2.2621…
 */
export const tQuantile = (confidence: number, degrees: number): number => Math.sqrt(fQuantile(confidence, 1, degrees));

/**
 * A mean with Student's t interval (Student, "The probable error of a mean", 1908).
 * @param values shape [n], independent, 1 or more
 * @throws {RangeError} if there are none
 * @example meanWithInterval([1, 2, 3]).interval.upper // => 4.4841…
 */
export function meanWithInterval(values: ArrayLike<number>, confidence = 0.95): MeanEstimate {
  const n = values.length;
  const centre = mean(values);
  if (n < 2) return { n, mean: centre, sd: Number.NaN, interval: { lower: Number.NaN, upper: Number.NaN } };
  const sd = standardDeviation(values);
  const half = (tQuantile(confidence, n - 1) * sd) / Math.sqrt(n);
  return { n, mean: centre, sd, interval: { lower: centre - half, upper: centre + half } };
}

/**
 * The mean difference of two independent samples with Welch's interval (Welch, "The generalization of Student's problem when
 * several different population variances are involved", 1947).
 * @param a shape [n], 2 or more
 * @param b shape [m], 2 or more
 * @throws {RangeError} if there are fewer
 * @returns mean(b) − mean(a); an interval of no width if neither varies
 */
export function meanDifference(a: ArrayLike<number>, b: ArrayLike<number>, confidence = 0.95) {
  const difference = mean(b) - mean(a);
  const [u, v] = [standardDeviation(a) ** 2 / a.length, standardDeviation(b) ** 2 / b.length];
  if (u + v === 0) return { difference, interval: { lower: difference, upper: difference } };
  const degrees = (u + v) ** 2 / (u ** 2 / (a.length - 1) + v ** 2 / (b.length - 1));
  const half = tQuantile(confidence, degrees) * Math.sqrt(u + v);
  return { difference, interval: { lower: difference - half, upper: difference + half } };
}
