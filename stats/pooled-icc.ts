import { type BootstrapOptions, bootstrap } from './bootstrap.ts';
import {
  estimateOf,
  type Icc,
  type IccForm,
  type IccUndefined,
  iccForms,
  type MeanSquares,
  meanSquares,
} from './icc.ts';

/** Like `Icc`, for several numbers together: no F test goes with it. */
export type PooledIcc = Pick<Icc, 'form' | 'value' | 'lower' | 'upper'>;

/**
 * Agreement of ratings that have several numbers each: the share of their variance that lies between subjects, variances
 * summed over the numbers. Each number has its own mean, so what the numbers differ in on average counts for nothing.
 * With one number it is `icc`, except for the interval. Shou et al., "Quantifying the reliability of image replication
 * studies: the image intraclass correlation coefficient (I2C2)", 2013, for ICC(1,1); the other forms likewise.
 *
 * Intervals are percentiles of a bootstrap over subjects, corrected as those of `varianceComponents`.
 * @param numbers shape [numbers][subjects][raters], no missing cells
 * @throws {RangeError} as `icc` does, or if there are no numbers or they have different numbers of subjects
 * @example pooledIcc([[[1, 2], [3, 3], [5, 6]]], { seed: 0 })['ICC(1,1)'].value // => 0.9215…
 */
export function pooledIcc(
  numbers: readonly (readonly ArrayLike<number>[])[],
  options: BootstrapOptions,
): Record<IccForm, PooledIcc | IccUndefined> {
  const n = numbers[0]?.length ?? 0;
  const other = numbers.find((ratings) => ratings.length !== n);
  if (other) throw new RangeError(`a pooled ICC: numbers have ${n} and ${other.length} subjects`);
  const squares = meanOf(numbers.map(meanSquares));
  const resampled = numbers.map(resampling);
  const intervals = bootstrap(
    n,
    (rows) => {
      const drawn = unbiased(meanOf(resampled.map((squaresOf) => squaresOf(rows))));
      return iccForms.map((form) => estimateOf(drawn, form) ?? Number.NaN);
    },
    options,
  );
  return Object.fromEntries(
    iccForms.map((form, i): [IccForm, PooledIcc | IccUndefined] => {
      const value = estimateOf(squares, form);
      if (value !== undefined) return [form, { form, value, ...intervals[i]! }];
      const reason =
        squares.within === 0 && squares.between === 0
          ? `no variance: all ${n * squares.k} ratings are equal`
          : 'no variance: all subjects have the same ratings';
      return [form, { form, value, lower: undefined, upper: undefined, reason }];
    }),
  ) as Record<IccForm, PooledIcc | IccUndefined>;
}

/** Means of the mean squares of several numbers of the same subjects and raters. */
function meanOf(of: readonly MeanSquares[]): MeanSquares {
  const [first] = of as readonly [MeanSquares, ...MeanSquares[]];
  const average = (name: 'between' | 'within' | 'raters' | 'residual') =>
    of.reduce((sum, squares) => sum + squares[name], 0) / of.length;
  return {
    n: first.n,
    k: first.k,
    between: average('between'),
    within: average('within'),
    raters: average('raters'),
    residual: average('residual'),
  };
}

/** The mean squares of any resample of the subjects, by sums that are made once. */
function resampling(ratings: readonly ArrayLike<number>[]): (rows: Uint32Array) => MeanSquares {
  const n = ratings.length;
  const k = ratings[0]!.length;
  const cells = Float64Array.from({ length: n * k }, (_, at) => ratings[Math.floor(at / k)]![at % k]!);
  const means = Float64Array.from(ratings, (_, i) => cells.subarray(i * k, (i + 1) * k).reduce((a, b) => a + b, 0) / k);
  const spreads = Float64Array.from(ratings, (_, i) =>
    cells.subarray(i * k, (i + 1) * k).reduce((sum, x) => sum + (x - means[i]!) ** 2, 0),
  );
  return (rows) => {
    const raterMeans = new Float64Array(k);
    let [grand, inside] = [0, 0];
    for (const i of rows) {
      grand += means[i]! / n;
      inside += spreads[i]!;
      for (let j = 0; j < k; j++) raterMeans[j]! += cells[i * k + j]! / n;
    }
    let [subjects, raters] = [0, 0];
    for (const i of rows) subjects += k * (means[i]! - grand) ** 2;
    for (let j = 0; j < k; j++) raters += n * (raterMeans[j]! - grand) ** 2;
    return {
      n,
      k,
      between: subjects / (n - 1),
      within: inside / (n * (k - 1)),
      raters: raters / (k - 1),
      residual: Math.max(0, inside - raters) / ((n - 1) * (k - 1)),
    };
  };
}

/** A resample repeats subjects: what varies between them is too small by (n − 1) / n, and its rater means stray. */
function unbiased(squares: MeanSquares): MeanSquares {
  const { n, between, raters, residual } = squares;
  const scale = n / (n - 1);
  return { ...squares, between: scale * between, residual: scale * residual, raters: raters - residual };
}
