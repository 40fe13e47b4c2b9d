import { UnderstudyError } from './error.ts';

/** A value that a factor can take. */
export type Level = string | number;

/** Weights over levels that sum to 1; a level that is not named has weight 0. */
export type Distribution<L extends Level> = { readonly [K in L]?: number };

declare const levelsOf: unique symbol;
/** What mix gives: weights that remember their levels, so that a misspelt one does not type-check. */
export type Mixed<L extends Level> = Distribution<L> & { readonly [levelsOf]?: L };

/** A level for certain, or a distribution over levels. */
export type Chance<L extends Level> = L | Mixed<L>;

/** Probabilities are integers k out of ONE, so that every engine draws from the same law exactly. */
export const ONE = 65536;

/** The integers from `from` to `to`, both included. */
export const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/**
 * `a` with probability p, otherwise `b`; each a level or a distribution.
 * @throws {UnderstudyError} SCENARIO_ROW for an array, which names no levels
 * @example mix(0.25, 'hot', { mild: 0.5, cold: 0.5 }) // => { hot: 0.25, mild: 0.375, cold: 0.375 }
 */
export function mix<L extends Level>(p: number, a: Chance<L>, b: Chance<L>): Mixed<L> {
  const weights = new Map<string, number>();
  for (const [share, side] of [
    [p, a],
    [1 - p, b],
  ] as const) {
    for (const [level, weight] of typeof side === 'object' ? Object.entries(copyDistribution(side)) : [[side, 1]])
      weights.set(String(level), (weights.get(String(level)) ?? 0) + share * Number(weight ?? 0));
  }
  return Object.fromEntries(weights) as Mixed<L>;
}

/**
 * What a law gave, detached from the law: one that fills in and hands back the same object each time (a plain one, a
 * Map, an array, one with getters) is thus taken at its word each time.
 * @param levels of the factor; where a law gives an array, its entries belong to them in this order
 * @throws {UnderstudyError} SCENARIO_ROW for an object that holds no weights by level
 */
export function copyChance(chance: unknown, levels: readonly Level[]): unknown {
  if (typeof chance !== 'object' || chance === null) return chance;
  if (!Array.isArray(chance) && !ArrayBuffer.isView(chance)) return copyDistribution(chance);
  const weights = Array.from(chance as unknown as ArrayLike<number>);
  if (weights.length !== levels.length)
    throw wrongForm(`expected ${levels.length} weights (${levels.join(', ')}), got an array of ${weights.length}`);
  const misleading = levels.find(
    (level, i) => /^\d+$/.test(String(level)) && Number(level) < weights.length && String(level) !== String(i),
  );
  if (misleading !== undefined)
    throw wrongForm(
      `an array could list its entries by position or by the level ${misleading}; name the levels, like { ${misleading}: 1 }`,
    );
  return Object.fromEntries(levels.map((level, i) => [level, weights[i]]));
}

const wrongForm = (message: string) => new UnderstudyError('SCENARIO_ROW', message);

function copyDistribution(distribution: object): Record<string, unknown> {
  if (distribution instanceof Map) return Object.fromEntries(distribution);
  if (Array.isArray(distribution) || ArrayBuffer.isView(distribution))
    throw wrongForm('mix takes weights by level, like { sun: 0.5, rain: 0.5 }, not an array');
  if (typeof (distribution as { then?: unknown }).then === 'function')
    throw wrongForm('expected a level or weights by level, got a promise; a law answers at once');
  if (Symbol.iterator in distribution || Symbol.asyncIterator in distribution)
    throw wrongForm(
      `expected a level or weights by level, got a ${Object.prototype.toString.call(distribution).slice(8, -1)}`,
    );
  return Object.fromEntries(Object.entries(distribution));
}

/**
 * Integer weights out of ONE by largest remainders: impossible stays impossible, possible stays possible and
 * certain stays certain.
 * @param probabilities shape [k], not negative, summing to 1 up to rounding
 * @returns shape [k], summing to ONE
 */
export const quantise = (probabilities: ArrayLike<number>): Uint32Array =>
  apportion(probabilities, ONE, new Uint32Array(probabilities.length));

/**
 * Shares a total out by largest remainders, giving everything possible at least 1.
 * @param probabilities shape [k], not negative, summing to 1 up to rounding, not more than `total` of them positive
 * @param total a power of 2, up to 2^52, so that every sum of weights is exact
 * @param weights written: integers that sum to the total
 */
export function apportion<W extends Uint32Array | Float64Array>(
  probabilities: ArrayLike<number>,
  total: number,
  weights: W,
): W {
  for (let i = 0; i < weights.length; i++)
    weights[i] = probabilities[i]! > 0 ? Math.max(1, Math.floor(probabilities[i]! * total)) : 0;
  const possible = [...weights.keys()].filter((i) => weights[i]! > 0);
  const byRemainder = possible.sort(
    (a, b) => probabilities[b]! * total - weights[b]! - (probabilities[a]! * total - weights[a]!) || a - b,
  );
  let gap = total;
  for (let i = 0; i < weights.length; i++) gap -= weights[i]!;
  for (let i = 0; gap > 0; i = (i + 1) % byRemainder.length, gap--) weights[byRemainder[i]!]!++;
  // Raising a tiny probability to 1 can overshoot: take it back from the weights that were rounded up the most.
  for (let i = byRemainder.length - 1; gap < 0; i = (i || byRemainder.length) - 1)
    if (weights[byRemainder[i]!]! > 1) {
      weights[byRemainder[i]!]!--;
      gap++;
    }
  return weights;
}
