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
 * lattice paths), else by Kolmogorov's limit (Smirnov 1948). With ties, as with probabilities on a grid, the exact
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
