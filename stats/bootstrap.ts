import { sequence } from '../env/random.ts';

/** An interval for a statistic; NaN bounds where it could not be computed in any resample. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

export interface BootstrapOptions {
  readonly seed: number;
  /** Default 1,000. */
  readonly resamples?: number;
  /** Default .95. */
  readonly confidence?: number;
}

/**
 * Percentile bootstrap intervals of any number of statistics of the same n rows, all computed on the same resamples
 * (so that a difference of two of them is a paired comparison).
 * Efron, "Bootstrap methods: another look at the jackknife", 1979; Efron & Tibshirani 1993, chapter 13.
 * @param n rows
 * @param statistics of one resample: `rows` holds n row numbers, drawn with replacement. A resample in which a
 *   statistic is NaN is left out of that statistic's interval.
 * @throws {RangeError} if n or resamples is not a positive integer, or confidence is not between 0 and 1
 * @returns one interval for each statistic; the same for the same seed
 * @example bootstrap(3, (rows) => [mean(rows.map((i) => values[i]))], { seed: 1 })
 */
export function bootstrap(
  n: number,
  statistics: (rows: Uint32Array) => readonly number[],
  { seed, resamples = 1000, confidence = 0.95 }: BootstrapOptions,
): Interval[] {
  if (!Number.isInteger(n) || n < 1) throw new RangeError(`bootstrap: expected 1 row or more, got ${n}`);
  if (!Number.isInteger(resamples) || resamples < 1)
    throw new RangeError(`bootstrap: expected 1 resample or more, got ${resamples}`);
  if (!(confidence > 0 && confidence < 1)) throw new RangeError(`bootstrap: a confidence of ${confidence}`);
  const random = sequence(seed, 'resampling');
  const rows = new Uint32Array(n);
  const drawn: number[][] = [];
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < n; i++) rows[i] = Math.floor(random() * n);
    statistics(rows).forEach((value, s) => {
      drawn[s] ??= [];
      if (!Number.isNaN(value)) drawn[s].push(value);
    });
  }
  return drawn.map((values) => {
    const sorted = Float64Array.from(values).sort();
    return { lower: quantile(sorted, (1 - confidence) / 2), upper: quantile(sorted, (1 + confidence) / 2) };
  });
}

/**
 * Quantile of sorted values, linear between order statistics (Hyndman & Fan 1996, type 7).
 * @param sorted ascending, shape [n]
 * @returns NaN if there are no values
 * @example quantile([1, 2, 3, 4], 0.5) // => 2.5
 */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = (sorted.length - 1) * p;
  const below = Math.floor(at);
  const above = Math.ceil(at);
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!);
}
