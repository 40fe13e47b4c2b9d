import type { Interval } from './bootstrap.ts';
import { randomSigns, type SignFlipOptions, type SignFlipTest } from './significance.ts';

/** A difference with its test and the intervals that say the same. */
export interface PairedTest extends SignFlipTest {
  /** Sum of the differences over the sum of the counts. */
  readonly value: number;
  /**
   * The values that the test does not reject at a level: 0 lies outside exactly if p is at most `level`. Infinite where there
   * are too few pairs to reject anything.
   */
  interval(level: number): Interval;
}

/**
 * A mean difference with the sign-flip test that it is 0 (`signFlipTest`), and the intervals of that very test: a value is
 * rejected if the differences from it, their signs flipped by chance, seldom sum up as far from 0. It lies between the mean
 * of the pairs that are flipped and the mean of the others for as many assignments as do not reject it, so the bounds are
 * order statistics of such means. Hartigan, "Using subsample values as typical values", 1969.
 * @param sums shape [n], differences added up over each independent unit
 * @param counts shape [n], how much each unit counts
 * @throws {RangeError} if there is no unit that counts, a sum is not finite or resamples is not a positive integer
 * @example pairedTest([1, 2, 3, 4], [1, 1, 1, 1], { seed: 0 }).p // => 0.125
 */
export function pairedTest(
  sums: ArrayLike<number>,
  counts: ArrayLike<number>,
  { seed, resamples = 10_000 }: SignFlipOptions,
): PairedTest {
  const wrong = Array.from(sums).findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new RangeError(`paired test: the sum of unit ${wrong} is ${sums[wrong]}`);
  const units = Array.from(counts, (_, i) => i).filter((i) => counts[i]! > 0);
  if (units.length === 0) throw new RangeError('the paired test needs 1 unit or more that counts, got 0');
  const [x, c] = [sums, counts].map((values) => Float64Array.from(units, (i) => values[i]!)) as [
    Float64Array,
    Float64Array,
  ];
  const n = units.length;
  const total = x.reduce((sum, value) => sum + value, 0);
  const weight = c.reduce((sum, value) => sum + value, 0);
  // Sums that are 0 in exact arithmetic may differ from it in their last bits.
  const none = (x.reduce((sum, value) => sum + Math.abs(value), 0) * n * Number.EPSILON) / 2;
  const { exact, assignments } = randomSigns(n, { seed, resamples });
  const lows: number[] = [];
  const highs: number[] = [];
  let hits = 0;
  const take = (flipped: number, count: number) => {
    const [one, other] = [flipped, total - flipped].map((sum) => (Math.abs(sum) <= none ? 0 : sum)) as [number, number];
    // Of no pair there is no mean: such an assignment rejects nothing.
    const whole = count <= 0 || weight - count <= 0;
    const [a, b] = whole ? [-Infinity, Infinity] : [one / count, other / (weight - count)];
    lows.push(Math.min(a, b));
    highs.push(Math.max(a, b));
    if (lows.at(-1)! <= 0 && highs.at(-1)! >= 0) hits++;
  };
  // A sample counts the assignment that was observed (Phipson & Smyth 2010).
  if (!exact) take(0, 0);
  for (const bits of assignments()) {
    let [sum, count, flips] = [0, 0, 0];
    for (let i = 0; i < n; i++)
      if ((bits[i >> 5]! >>> (i & 31)) & 1) {
        sum += x[i]!;
        count += c[i]!;
        flips++;
      }
    if (flips === n) take(0, 0);
    else take(sum, count);
  }
  const all = lows.length;
  const [low, high] = [Float64Array.from(lows).sort(), Float64Array.from(highs).sort()];
  return {
    value: total / weight,
    p: hits / all,
    exact,
    interval: (level) => {
      // As many assignments may lie beyond a bound as a p of at most `level` allows, up to rounding.
      const beyond = Math.min(all - 1, Math.floor(level * all + 1e-9));
      return { lower: low[beyond]!, upper: high[all - 1 - beyond]! };
    },
  };
}
