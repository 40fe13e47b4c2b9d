import { bootstrap, type Interval } from './bootstrap.ts';
import { mean, populationStandardDeviation } from './moments.ts';

/** How far one factor decides an outcome. */
export interface SensitivityIndex {
  /** The share of the outcome's variance that goes if the factor is held: what it does by itself. */
  readonly first: number;
  readonly firstInterval: Interval;
  /** The share that stays if all others are held: with all interactions that it takes part in. */
  readonly total: number;
  readonly totalInterval: Interval;
}

export interface SensitivityOptions {
  readonly seed: number;
  /** Default 1,000. */
  readonly resamples?: number;
  /** Default .95. */
  readonly confidence?: number;
}

/**
 * Sobol' sensitivity indices of an outcome over the rows of `saltelli`, with percentile bootstrap intervals over the pairs of
 * points. First order: Saltelli et al. 2010, table 2 (b), of centred outcomes; total: Jansen, "Analysis of variance designs
 * for model output", 1999.
 * @param outcomes shape [n · (factors + 2)], in the order of `saltelli`; a pair with an outcome that is not finite is left out
 * @throws {RangeError} if their number is not a multiple of factors + 2
 * @returns by factor; NaN if fewer than 2 pairs are left or all their outcomes are equal
 */
export function sensitivity(
  outcomes: ArrayLike<number>,
  factors: number,
  { seed, resamples, confidence }: SensitivityOptions,
): SensitivityIndex[] {
  const size = factors + 2;
  if (outcomes.length % size !== 0)
    throw new RangeError(`sensitivity of ${factors} factors: expected rows by ${size}, got ${outcomes.length}`);
  const pairs = Array.from({ length: outcomes.length / size }, (_, i) =>
    Array.from({ length: size }, (_, j) => outcomes[i * size + j]!),
  ).filter((pair) => pair.every(Number.isFinite));
  if (pairs.length < 2) {
    const none = { lower: Number.NaN, upper: Number.NaN };
    const index = { first: Number.NaN, firstInterval: none, total: Number.NaN, totalInterval: none };
    return Array.from({ length: factors }, () => index);
  }
  // Centred first: the estimate of the first order would otherwise be noisier the farther the outcomes are from 0.
  const centre = mean(pairs.flatMap((pair) => [pair[0]!, pair[size - 1]!]));
  const centred = Float64Array.from(pairs.flat(), (value) => value - centre);
  const all = indices(
    centred,
    factors,
    pairs.map((_, i) => i),
  );
  const intervals = bootstrap(pairs.length, (rows) => indices(centred, factors, rows), {
    seed,
    ...(resamples !== undefined && { resamples }),
    ...(confidence !== undefined && { confidence }),
  });
  return Array.from({ length: factors }, (_, f) => ({
    first: all[2 * f]!,
    firstInterval: intervals[2 * f]!,
    total: all[2 * f + 1]!,
    totalInterval: intervals[2 * f + 1]!,
  }));
}

/** First-order and total index of each factor, over some pairs. @param centred shape [pairs, factors + 2] */
function indices(centred: Float64Array, factors: number, pairs: ArrayLike<number>): number[] {
  const size = factors + 2;
  const n = pairs.length;
  const ends = new Float64Array(2 * n);
  const first = new Float64Array(factors);
  const total = new Float64Array(factors);
  for (let i = 0; i < n; i++) {
    const at = pairs[i]! * size;
    const [a, b] = [centred[at]!, centred[at + size - 1]!];
    ends[2 * i] = a;
    ends[2 * i + 1] = b;
    for (let f = 0; f < factors; f++) {
      const mixed = centred[at + 1 + f]!;
      first[f]! += b * (mixed - a);
      total[f]! += (a - mixed) ** 2 / 2;
    }
  }
  const variance = populationStandardDeviation(ends) ** 2;
  return Array.from({ length: 2 * factors }, (_, i) =>
    variance === 0 ? Number.NaN : (i % 2 === 0 ? first : total)[i >> 1]! / n / variance,
  );
}
