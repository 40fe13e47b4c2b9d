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
 * `a` with probability p, else `b`; each a level or a distribution.
 * @example mix(0.25, 'hot', { mild: 0.5, cold: 0.5 }) // => { hot: 0.25, mild: 0.375, cold: 0.375 }
 */
export function mix<L extends Level>(p: number, a: Chance<L>, b: Chance<L>): Mixed<L> {
  const weights: Record<Level, number> = {};
  for (const [share, side] of [
    [p, a],
    [1 - p, b],
  ] as const) {
    const entries = typeof side === 'object' ? Object.entries<number | undefined>(side) : [[side, 1] as const];
    for (const [level, weight] of entries) weights[level] = (weights[level] ?? 0) + share * (weight ?? 0);
  }
  return weights as Mixed<L>;
}

/**
 * Integer weights out of ONE by largest remainders: impossible stays impossible, possible stays possible and
 * certain stays certain.
 * @param probabilities shape [k], not negative, summing to 1 up to rounding
 * @returns shape [k], summing to ONE
 */
export function quantise(probabilities: ArrayLike<number>): Uint32Array {
  const weights = Uint32Array.from(probabilities, (p) => (p > 0 ? Math.max(1, Math.floor(p * ONE)) : 0));
  const possible = [...weights.keys()].filter((i) => weights[i]! > 0);
  const byRemainder = possible.sort(
    (a, b) => probabilities[b]! * ONE - weights[b]! - (probabilities[a]! * ONE - weights[a]!) || a - b,
  );
  let gap = ONE - weights.reduce((sum, weight) => sum + weight, 0);
  for (let i = 0; gap > 0; i = (i + 1) % byRemainder.length, gap--) weights[byRemainder[i]!]!++;
  // Raising a tiny probability to 1 can overshoot: take it back from the weights that were rounded up the most.
  for (let i = byRemainder.length - 1; gap < 0; i = (i || byRemainder.length) - 1)
    if (weights[byRemainder[i]!]! > 1) {
      weights[byRemainder[i]!]!--;
      gap++;
    }
  return weights;
}
