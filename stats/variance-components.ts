import { type BootstrapOptions, bootstrap } from './bootstrap.ts';
import { type Effect, effectsOf, type Factor } from './factorial-design.ts';

/** How much of the variance one effect brings. */
export interface VarianceComponent {
  readonly effect: string;
  readonly df: number;
  readonly meanSquare: number;
  /** As estimated: below 0 where the effect shows less than chance would. */
  readonly variance: number;
  /** Share of the total, from 0 to 1, an estimate below 0 counted as 0; NaN if nothing varies. */
  readonly share: number;
  /** Bounds of the variance, not of the share. */
  readonly lower: number;
  readonly upper: number;
}

export interface VarianceComponents {
  readonly observations: number;
  /** Sum of the variances, those below 0 counted as 0: the variance of a single observation. */
  readonly total: number;
  /** From single factors to the one of all, which is the residual where it has no repetitions in it. */
  readonly components: readonly VarianceComponent[];
}

/**
 * Variance components of a balanced random-effects design of crossed and nested factors, by analysis of variance.
 *
 * An effect's mean square estimates the sum, over all effects that contain its factors, of their variances times the
 * observations in their cells (Cornfield & Tukey, "Average values of mean squares in factorials", 1956); from the
 * effect of all factors down, that gives one variance after the other (Brennan, "Generalizability Theory", 2001,
 * sections 3.3 to 3.5).
 *
 * Intervals are percentiles of a bootstrap over the levels of the first factor, everything else as it is: they say what
 * other prompts would have given, not what other paraphrases would. Mean squares of a resample are corrected so that
 * its estimates are unbiased (Wiley, "Bootstrap strategies for variance component estimation", 2000; Brennan, "Unbiased
 * estimates of variance components with bootstrap procedures", 2007).
 * @param values one for each cell, the last factor's levels next to each other; shape [levels of each factor]
 * @param factors the first, whose levels are resampled, is nested in nothing; repetitions are a factor nested in all
 *   others
 * @throws {RangeError} if the values are not one for each cell or not finite, or the design is none
 * @example varianceComponents([1, 3, 5, 7], [{ name: 'p', levels: 2 }, { name: 'r', levels: 2, nestedIn: ['p'] }], { seed: 0 }).total // => 9
 */
export const varianceComponents = (
  values: ArrayLike<number>,
  factors: readonly Factor[],
  options: BootstrapOptions,
): VarianceComponents => pooledVarianceComponents([values], factors, options);

/**
 * The same for observations that have several numbers each: each component is the mean over the numbers. Intervals take
 * what the numbers of one object have in common into account, as all are resampled together.
 * @param variables shape [numbers][cells]
 */
export function pooledVarianceComponents(
  variables: readonly ArrayLike<number>[],
  factors: readonly Factor[],
  options: BootstrapOptions,
): VarianceComponents {
  const effects = effectsOf(factors);
  const objects = factors[0]!.levels;
  if (factors[0]!.nestedIn?.length)
    throw new RangeError(`the first factor, ${factors[0]!.name}, is resampled and cannot be nested in another`);
  const cells = factors.reduce((product, { levels }) => product * levels, 1);
  let largest = 0;
  for (const values of variables) {
    if (values.length !== cells)
      throw new RangeError(
        `expected ${cells} values (${factors.map(({ name, levels }) => `${levels} ${name}`).join(' × ')}), got ${values.length}`,
      );
    for (let i = 0; i < cells; i++) {
      if (!Number.isFinite(values[i]!)) throw new RangeError(`value ${i} is ${values[i]}; no cell may be missing`);
      largest = Math.max(largest, Math.abs(values[i]!));
    }
  }

  const parts = variables.map((values) => partsOf(values, factors, effects));
  /** Means over the variables. */
  const squaresOf = (rows: Uint32Array) => {
    const each = parts.map((of) => meanSquaresOf(of, effects, rows));
    return effects.map((_, e) => each.reduce((sum, squares) => sum + squares[e]!, 0) / each.length);
  };
  const meanSquares = squaresOf(Uint32Array.from({ length: objects }, (_, i) => i));
  // Means of equal values differ in their last bits; such squares are not variance.
  const rounding = cells * factors.reduce((sum, { levels }) => sum + levels, 0) * (largest * Number.EPSILON) ** 2;
  const clean = meanSquares.map((square, e) => (square * effects[e]!.df <= rounding ? 0 : square));
  const variances = variancesOf(clean, effects);
  const total = variances.reduce((sum, variance) => sum + Math.max(0, variance), 0);
  const intervals = bootstrap(
    objects,
    (rows) => variancesOf(unbiased(squaresOf(rows), effects, objects), effects),
    options,
  );
  return {
    observations: cells,
    total,
    components: effects.map(({ name, df }, e) => ({
      effect: name,
      df,
      meanSquare: clean[e]!,
      variance: variances[e]!,
      share: Math.max(0, variances[e]!) / total,
      ...intervals[e]!,
    })),
  };
}

const FIRST = 1;

/**
 * What all observations of one level of the first factor, an object, say of an effect of the other factors.
 * Two effects are made of it where they are crossed with the first factor (they themselves, from the mean over objects,
 * and their interaction with it, from the deviations); one where they are nested in it.
 */
interface Part {
  /** Index of the effect that the first factor is in. */
  readonly with: number;
  /** Index of the effect without it; −1 for the grand mean; undefined where the part is nested in the first factor. */
  readonly without: number | undefined;
  /** Mean over objects, shape [cells]; zeros where nested. */
  readonly mean: Float64Array;
  /** Shape [objects][cells], less the mean; for what is nested only its squares are needed. */
  readonly deviations: readonly Float64Array[];
  /** Sum of the squares of an object's deviations, shape [objects]. */
  readonly squares: Float64Array;
}

function partsOf(values: ArrayLike<number>, factors: readonly Factor[], effects: readonly Effect[]): Part[] {
  return effects.flatMap((effect, index): Part[] => {
    if (!(effect.factors & FIRST)) return [];
    const others = effect.factors & ~FIRST;
    const crossed = (effect.primary & FIRST) !== 0;
    const contrasts = contrastsOf(values, factors, others, effect.primary & ~FIRST);
    const width = contrasts.length / factors[0]!.levels;
    const deviations = Array.from({ length: factors[0]!.levels }, (_, i) =>
      contrasts.subarray(i * width, (i + 1) * width),
    );
    const mean = new Float64Array(width);
    if (crossed) {
      for (const object of deviations) object.forEach((value, c) => (mean[c]! += value / deviations.length));
      for (const object of deviations) object.forEach((value, c) => (object[c] = value - mean[c]!));
    }
    const squares = Float64Array.from(deviations, (object) => object.reduce((sum, value) => sum + value * value, 0));
    const without = crossed ? effects.findIndex(({ factors: set }) => set === others) : undefined;
    return [{ with: index, without, mean, deviations: crossed ? deviations : [], squares }];
  });
}

/** Means over all factors but the first and the kept ones, less the means over each of the primary ones. */
function contrastsOf(values: ArrayLike<number>, factors: readonly Factor[], kept: number, primary: number) {
  let result = Float64Array.from(values as ArrayLike<number>);
  let inner = 1;
  for (let f = factors.length - 1; f > 0; f--) {
    const n = factors[f]!.levels;
    const keep = (kept & (1 << f)) !== 0;
    if (!keep || primary & (1 << f)) {
      const outer = result.length / (n * inner);
      const next = keep ? result : new Float64Array(outer * inner);
      for (let o = 0; o < outer; o++)
        for (let i = 0; i < inner; i++) {
          const at = o * n * inner + i;
          let sum = 0;
          for (let level = 0; level < n; level++) sum += result[at + level * inner]!;
          if (keep) for (let level = 0; level < n; level++) result[at + level * inner]! -= sum / n;
          else next[o * inner + i] = sum / n;
        }
      result = next;
    }
    if (keep) inner *= n;
  }
  return result;
}

/** Mean squares over the objects in `rows`, each of which may occur several times; shape [effects]. */
function meanSquaresOf(parts: readonly Part[], effects: readonly Effect[], rows: Uint32Array): number[] {
  const result = new Array<number>(effects.length);
  for (const { with: inside, without, mean, deviations, squares } of parts) {
    const { perCell, df } = effects[inside]!;
    let sum = 0;
    for (const row of rows) sum += squares[row]!;
    if (without !== undefined) {
      const shift = new Float64Array(mean.length);
      for (const row of rows) {
        const object = deviations[row]!;
        for (let c = 0; c < shift.length; c++) shift[c]! += object[c]! / rows.length;
      }
      let ofMeans = 0;
      for (let c = 0; c < shift.length; c++) {
        sum -= rows.length * shift[c]! ** 2;
        ofMeans += (mean[c]! + shift[c]!) ** 2;
      }
      if (without >= 0) result[without] = (effects[without]!.perCell * ofMeans) / effects[without]!.df;
    }
    result[inside] = (perCell * Math.max(0, sum)) / df;
  }
  return result;
}

/** Solves the expected mean squares for the variances, from the largest effect down. */
function variancesOf(meanSquares: readonly number[], effects: readonly Effect[]): number[] {
  const variances = new Array<number>(effects.length);
  for (let e = effects.length - 1; e >= 0; e--) {
    const { factors, perCell } = effects[e]!;
    let rest = meanSquares[e]!;
    for (let larger = e + 1; larger < effects.length; larger++)
      if ((effects[larger]!.factors & factors) === factors) rest -= effects[larger]!.perCell * variances[larger]!;
    variances[e] = rest / perCell;
  }
  return variances;
}

/**
 * A resample repeats objects. Deviations from its mean are too small by (n − 1) / n, and its means stray from the
 * sample's by the interaction with objects: both are known and taken back.
 */
function unbiased(meanSquares: readonly number[], effects: readonly Effect[], objects: number): number[] {
  return effects.map(({ factors, primary }, e) => {
    if (primary & FIRST) return (meanSquares[e]! * objects) / (objects - 1);
    if (factors & FIRST) return meanSquares[e]!;
    return meanSquares[e]! - meanSquares[effects.findIndex((other) => other.factors === (factors | FIRST))]!;
  });
}
