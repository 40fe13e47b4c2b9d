import { shapleyValues } from './shapley.ts';

/** Something that observations differ in, with the level of each. */
export interface ObservedFacet {
  readonly name: string;
  /** Shape [n]. */
  readonly levels: readonly string[];
  /** Whether the facet is a part of what the units are: then it is held against the units, and not against the rest. */
  readonly ofUnit: boolean;
}

export interface FacetShares {
  /** Of the whole variance, by facet, what it does by itself. */
  readonly facets: Readonly<Record<string, number>>;
  /** What units differ by beyond their facets. */
  readonly units: number;
  /** What is left: facets and units that act together. */
  readonly together: number;
  /**
   * As many units as would be worth as much if they had no level in common: a facet of four levels that decides everything
   * makes any number of units worth four.
   */
  readonly effectiveUnits: number;
  /**
   * Degrees of freedom of the mean's standard error over units if levels are a sample as units are (Satterthwaite, "An approximate
   * distribution of estimates of variance components", 1946).
   */
  readonly degrees: number;
}

/**
 * Where the variance of observations comes from that differ in several facets, some of which make up units that are observed
 * in several ways. A facet's share is what its levels explain in a linear model, on average over the orders in which facets
 * join it (Lindeman, Merenda & Gold 1980; Owen, "Sobol' indices and Shapley value", 2014), less what as many levels would
 * explain by chance (Kelley's ε², 1935): facets of units are held against what units differ by anyway.
 * @param values shape [n]
 * @param units shape [n]: which unit each is of
 * @throws {RangeError} if the lengths differ, or fewer than 2 observations
 * @returns shares that sum to 1; all 0 where nothing varies
 */
export function facetShares(
  values: readonly number[],
  facets: readonly ObservedFacet[],
  units: readonly string[],
): FacetShares {
  const n = values.length;
  if (n < 2) throw new RangeError(`shares of facets: expected 2 observations or more, got ${n}`);
  for (const { name, levels } of [...facets, { name: 'units', levels: units }])
    if (levels.length !== n) throw new RangeError(`${name} has ${levels.length} levels of ${n} observations`);
  const centre = values.reduce((sum, value) => sum + value, 0) / n;
  const y = Float64Array.from(values, (value) => value - centre);
  const total = y.reduce((sum, value) => sum + value * value, 0);
  const size = Math.max(...values.map(Math.abs));
  const count = new Set(units).size;
  const none = Object.fromEntries(facets.map(({ name }) => [name, 0]));
  if (total <= n * (size * n * Number.EPSILON) ** 2)
    return { facets: none, units: 0, together: 0, effectiveUnits: count, degrees: count - 1 };

  const vary = facets.filter(({ levels }) => new Set(levels).size > 1);
  const columns = vary.map(({ levels }) => dummies(levels));
  const explained = (subset: number, before: readonly Float64Array[][] = []) =>
    explainedBy([...before.flat(), ...columns.flatMap((own, f) => (((subset >>> f) & 1) === 1 ? own : []))], y);
  const game = Array.from({ length: 2 ** vary.length }, (_, subset) => explained(subset).squares);
  const shapley = shapleyValues(game);
  const all = 2 ** vary.length - 1;
  const ofUnits = vary.reduce((set, { ofUnit }, f) => set | (ofUnit ? 1 << f : 0), 0);
  const between = explainedBy(dummies(units), y);
  const everything = explained(all & ~ofUnits, [dummies(units)]);
  const inUnits = explained(ofUnits);
  /** Mean square that units differ by beyond their facets, and that of the rest: what chance would explain by a degree of freedom. */
  const meanSquare = (squares: number, degrees: number) => (degrees > 0 ? Math.max(0, squares) / degrees : 0);
  const noise = {
    units: meanSquare(between.squares - inUnits.squares, between.degrees - inUnits.degrees),
    rest: meanSquare(total - everything.squares, n - 1 - everything.degrees),
  };
  const shares = vary.map(({ ofUnit, levels }, f) => {
    const degrees = new Set(levels).size - 1;
    return Math.max(0, shapley[f]! - degrees * (ofUnit ? noise.units : noise.rest)) / total;
  });
  const sumOf = (unit: boolean) => shares.reduce((sum, share, f) => sum + (vary[f]!.ofUnit === unit ? share : 0), 0);
  const ownUnits = Math.max(0, between.squares / total - sumOf(true));
  const known = sumOf(true) + sumOf(false) + ownUnits;
  // Facets that are not balanced may explain a little twice.
  const scale = known > 1 ? 1 / known : 1;
  const unitVariance = sumOf(true) + ownUnits;
  // What each contributes to the variance of the mean over units: a sample of L levels, whose mean is over L.
  const parts = [
    ...vary.flatMap(({ ofUnit, levels }, f) =>
      ofUnit ? [{ share: shares[f]!, degrees: new Set(levels).size - 1 }] : [],
    ),
    { share: ownUnits, degrees: Math.max(1, between.degrees - inUnits.degrees) },
  ];
  const ofMean = parts.map(({ share, degrees }, i) => share / (i === parts.length - 1 ? count - 1 : degrees));
  const perMean = ofMean.reduce((sum, part) => sum + part, 0);
  const satterthwaite = ofMean.reduce((sum, part, i) => sum + part ** 2 / parts[i]!.degrees, 0);
  return {
    facets: { ...none, ...Object.fromEntries(vary.map(({ name }, f) => [name, shares[f]! * scale])) },
    units: ownUnits * scale,
    together: Math.max(0, 1 - known * scale),
    effectiveUnits: unitVariance > 0 ? Math.min(count, 1 + unitVariance / perMean) : count,
    degrees: unitVariance > 0 ? perMean ** 2 / satterthwaite : count - 1,
  };
}

/** A column for each level but one, centred. */
function dummies(levels: readonly string[]): Float64Array[] {
  return [...new Set(levels)].slice(1).map((level) => {
    const share = levels.filter((other) => other === level).length / levels.length;
    return Float64Array.from(levels, (other) => (other === level ? 1 : 0) - share);
  });
}

/** The sum of squares that columns explain of a centred vector, and how many of them are independent. */
function explainedBy(columns: readonly Float64Array[], y: Float64Array): { squares: number; degrees: number } {
  const basis: Float64Array[] = [];
  let squares = 0;
  for (const column of columns) {
    const rest = Float64Array.from(column);
    const norm = dot(column, column);
    // Twice, for rounding (Giraud, Langou & Rozložník 2005).
    for (let pass = 0; pass < 2; pass++)
      for (const known of basis) {
        const along = dot(known, rest);
        for (let i = 0; i < rest.length; i++) rest[i]! -= along * known[i]!;
      }
    const left = dot(rest, rest);
    if (left <= 1e-9 * norm) continue;
    const length = Math.sqrt(left);
    for (let i = 0; i < rest.length; i++) rest[i]! /= length;
    basis.push(rest);
    squares += dot(rest, y) ** 2;
  }
  return { squares, degrees: basis.length };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
