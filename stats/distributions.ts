import { paired } from './moments.ts';

/**
 * The number of outcomes k of two distributions over the same outcomes.
 * @param of what is being computed, for the message
 * @throws {RangeError} if the lengths differ or are 0, or either has a negative part or a sum that is not 1 (to 1e-6)
 */
function requireDistributions(of: string, target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  const k = paired(of, target, predicted);
  for (const [name, distribution] of [
    ['target', target],
    ['prediction', predicted],
  ] as const) {
    let sum = 0;
    for (let i = 0; i < k; i++) {
      if (!(distribution[i]! >= 0)) throw new RangeError(`${of}: the ${name} has ${distribution[i]} at ${i}`);
      sum += distribution[i]!;
    }
    if (Math.abs(sum - 1) > 1e-6) throw new RangeError(`${of}: the ${name} sums to ${Number(sum.toFixed(6))}, not 1`);
  }
  return k;
}

/**
 * Kullback–Leibler divergence of one distribution from another, KL(target ‖ predicted) = Σ target · ln(target /
 * predicted). Kullback & Leibler, "On information and sufficiency", 1951. For n separate probabilities of two-way
 * decisions see `meanBernoulliKl`.
 * @param target shape [k], a distribution
 * @param predicted shape [k], a distribution
 * @throws {RangeError} if the lengths differ or are 0, or either is not a distribution (negative, or sum not 1 to 1e-6)
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

/**
 * Jensen–Shannon divergence of two distributions: the mean KL divergence of each from their average.
 * Lin, "Divergence measures based on the Shannon entropy", 1991.
 * @param target shape [k], a distribution
 * @param predicted shape [k], a distribution
 * @throws {RangeError} if the lengths differ or are 0, or either is not a distribution (negative, or sum not 1 to 1e-6)
 * @returns in nats, from 0 (equal) to ln 2 (nothing in common); the same with the arguments exchanged
 * @example jsDivergence([1, 0], [0, 1]) // => 0.6931…
 */
export function jsDivergence(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  requireDistributions('JS divergence', target, predicted);
  const middle = Float64Array.from(target, (t, i) => (t + predicted[i]!) / 2);
  return (klDivergence(target, middle) + klDivergence(predicted, middle)) / 2;
}

/**
 * Total variation distance of two distributions: half the sum of the differences, the least share of draws from one that
 * have to change to be draws from the other.
 * @param target shape [k], a distribution
 * @param predicted shape [k], a distribution
 * @throws {RangeError} if the lengths differ or are 0, or either is not a distribution (negative, or sum not 1 to 1e-6)
 * @returns from 0 (equal) to 1 (nothing in common)
 * @example totalVariation([0.5, 0.5], [0.25, 0.75]) // => 0.25
 */
export function totalVariation(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  const k = requireDistributions('total variation', target, predicted);
  let sum = 0;
  for (let i = 0; i < k; i++) sum += Math.abs(target[i]! - predicted[i]!);
  return Math.min(1, sum / 2);
}

/** Two-sample Kolmogorov–Smirnov statistic and its p-value. */
export interface KsTest {
  /** The largest distance between the two empirical distributions, from 0 to 1. */
  readonly statistic: number;
  /** Two-sided. */
  readonly p: number;
  readonly method: 'exact' | 'asymptotic';
}

/** Up to this many cells n · m the exact law is summed; it costs one multiplication each. */
const EXACT_CELLS = 1_000_000;

/**
 * Two-sample Kolmogorov–Smirnov test of whether two samples come from one continuous distribution.
 * Exact for n · m up to 1,000,000 (Hodges, "The significance probability of the Smirnov two-sample test", 1957, by
 * lattice paths), otherwise by Kolmogorov's limit (Smirnov 1948). With ties, as with probabilities on a grid, the exact
 * p-value is conservative: the true one is not larger.
 * @param a shape [n]
 * @param b shape [m]; n and m may differ
 * @throws {RangeError} if either sample is empty or has a value that is not a number
 * @example ksTest([1, 2], [3]) // => { statistic: 1, p: 0.6666666666666666, method: 'exact' }
 */
export function ksTest(a: ArrayLike<number>, b: ArrayLike<number>): KsTest {
  const n = a.length;
  const m = b.length;
  for (const [name, sample] of [
    ['first', a],
    ['second', b],
  ] as const) {
    if (sample.length === 0) throw new RangeError(`Kolmogorov–Smirnov test: the ${name} sample is empty`);
    for (let i = 0; i < sample.length; i++)
      if (Number.isNaN(sample[i]!)) throw new RangeError(`Kolmogorov–Smirnov test: the ${name} sample has NaN at ${i}`);
  }
  const first = Float64Array.from(a).sort();
  const second = Float64Array.from(b).sort();
  // The distance times n · m is an integer, so that equal distances compare as equal.
  let distance = 0;
  for (let i = 0, j = 0; i < n && j < m; ) {
    const value = Math.min(first[i]!, second[j]!);
    while (i < n && first[i]! <= value) i++;
    while (j < m && second[j]! <= value) j++;
    distance = Math.max(distance, Math.abs(i * m - j * n));
  }
  const statistic = distance / (n * m);
  return n * m <= EXACT_CELLS
    ? { statistic, p: exactP(n, m, distance), method: 'exact' }
    : { statistic, p: kolmogorovSurvival(Math.sqrt((n * m) / (n + m)) * statistic), method: 'asymptotic' };
}

/** The share of the equally likely orders of n + m values whose paths somewhere reach the distance. */
function exactP(n: number, m: number, distance: number): number {
  if (distance === 0) return 1;
  // reached[j]: of the paths to (i, j), the share that has reached it by then.
  const reached = new Float64Array(m + 1);
  for (let i = 0; i <= n; i++)
    for (let j = 0; j <= m; j++) {
      if (Math.abs(i * m - j * n) >= distance) reached[j] = 1;
      else if (i + j > 0) reached[j] = ((i > 0 ? i * reached[j]! : 0) + (j > 0 ? j * reached[j - 1]! : 0)) / (i + j);
    }
  return Math.min(1, reached[m]!);
}

/** P(K > x) of Kolmogorov's distribution. */
function kolmogorovSurvival(x: number): number {
  // Below, the alternating series would need many terms for a result that is 1 to the last digit.
  if (x < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * k * k * x * x);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-18) break;
  }
  return Math.max(0, Math.min(1, 2 * sum));
}

/**
 * Wasserstein distance of order 1 between two samples (the earth mover's distance): the area between their cumulative
 * distributions. Vallender, "Calculation of the Wasserstein distance between probability distributions on the line",
 * 1974.
 * @param a shape [n]
 * @param b shape [m]; n and m may differ
 * @throws {RangeError} if either sample is empty or has a value that is not finite
 * @returns 0 or more, in the values' units
 * @example wasserstein1([0, 1, 3], [5, 6, 8]) // => 5
 */
export function wasserstein1(a: ArrayLike<number>, b: ArrayLike<number>): number {
  for (const [name, sample] of [
    ['first', a],
    ['second', b],
  ] as const) {
    if (sample.length === 0) throw new RangeError(`Wasserstein distance: the ${name} sample is empty`);
    for (let i = 0; i < sample.length; i++)
      if (!Number.isFinite(sample[i]!))
        throw new RangeError(`Wasserstein distance: the ${name} sample has ${sample[i]}`);
  }
  const first = Float64Array.from(a).sort();
  const second = Float64Array.from(b).sort();
  const all = Float64Array.from([...first, ...second]).sort();
  let distance = 0;
  let i = 0;
  let j = 0;
  for (let k = 0; k + 1 < all.length; k++) {
    while (i < first.length && first[i]! <= all[k]!) i++;
    while (j < second.length && second[j]! <= all[k]!) j++;
    distance += Math.abs(i / first.length - j / second.length) * (all[k + 1]! - all[k]!);
  }
  return distance;
}
