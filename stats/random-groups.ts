import type { Interval } from './bootstrap.ts';
import { tQuantile } from './t-intervals.ts';

/** A ratio of two totals with a 95 % interval. */
export interface RatioEstimate {
  /** NaN for a total of 0 below. */
  readonly mean: number;
  /** NaN bounds if fewer than two groups have anybody. */
  readonly interval: Interval;
}

/**
 * The ratio of two totals over people who are shared out to groups at random, with an interval that needs nothing but the
 * groups' sums, however dependent the numbers of one person are on each other: the method of random groups (Wolter,
 * "Introduction to Variance Estimation", 1985, chapter 2), with the linearised variance of a ratio and Student's t.
 * @param above shape [groups]: sums of what is counted
 * @param below shape [groups]: sums of what it is a share or a mean of
 * @param range that the ratio lies in, to which the interval is cut; default 0 to 1
 * @throws {RangeError} if the lengths differ
 * @example ratioOfGroups([1, 2, 3], [10, 10, 10]).mean // => 0.2
 */
export function ratioOfGroups(
  above: ArrayLike<number>,
  below: ArrayLike<number>,
  [least, most]: readonly [number, number] = [0, 1],
  confidence = 0.95,
): RatioEstimate {
  if (above.length !== below.length)
    throw new RangeError(`expected as many sums, got ${above.length} and ${below.length}`);
  let [sum, size, groups] = [0, 0, 0];
  for (let g = 0; g < below.length; g++) {
    sum += above[g]!;
    size += below[g]!;
    if (below[g]! > 0) groups++;
  }
  const ratio = size > 0 ? sum / size : Number.NaN;
  if (groups < 2) return { mean: ratio, interval: { lower: Number.NaN, upper: Number.NaN } };
  let squares = 0;
  for (let g = 0; g < below.length; g++) squares += (above[g]! - ratio * below[g]!) ** 2;
  const half = (tQuantile(confidence, groups - 1) * Math.sqrt((groups / (groups - 1)) * squares)) / size;
  return {
    mean: ratio,
    interval: { lower: Math.max(least, ratio - half), upper: Math.min(most, ratio + half) },
  };
}
