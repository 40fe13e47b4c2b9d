import { sequence, shuffle } from '../env/random.ts';
import { sobol } from './sobol.ts';

/**
 * Every combination of some levels, the last factor changing fastest.
 * @param levels shape [factors][levels of each]
 * @example grid([[1, 2], ['a', 'b']]) // => [[1, 'a'], [1, 'b'], [2, 'a'], [2, 'b']]
 */
export function grid<T>(levels: readonly (readonly T[])[]): T[][] {
  return levels.reduce<T[][]>((rows, own) => rows.flatMap((row) => own.map((level) => [...row, level])), [[]]);
}

/**
 * A Latin hypercube: of each dimension's n equal strata, every one holds exactly one point, at a random place within it.
 * McKay, Beckman & Conover, "A comparison of three methods for selecting values of input variables", 1979.
 * @param n points, 1 or more
 * @throws {RangeError} for numbers that are not positive integers
 * @returns shape [n][dimensions], each in [0, 1); the same for the same seed
 */
export function latinHypercube(n: number, dimensions: number, { seed }: { readonly seed: number }): number[][] {
  for (const value of [n, dimensions])
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`a Latin hypercube has 1 or more points and dimensions, got ${value}`);
  const columns = Array.from({ length: dimensions }, (_, d) => {
    const random = sequence(seed, 'hypercube', d);
    const strata = shuffle(
      Uint32Array.from({ length: n }, (_, i) => i),
      random,
    );
    return Array.from(strata, (stratum) => (stratum + random()) / n);
  });
  return Array.from({ length: n }, (_, i) => columns.map((column) => column[i]!));
}

/**
 * The cross-sampling design that first-order and total sensitivity indices are estimated from: of each of n pairs of points
 * a and b, the rows a, then a with coordinate i of b for each i, then b. Saltelli et al., "Variance based sensitivity analysis
 * of model output", 2010; the pairs are points of a scrambled Sobol' sequence of twice the dimensions.
 * @param n pairs, best a power of 2
 * @param dimensions from 1 to 50
 * @throws {RangeError} as `sobol` does
 * @returns shape [n · (dimensions + 2)][dimensions]
 */
export function saltelli(n: number, dimensions: number, { seed }: { readonly seed: number }): number[][] {
  return sobol(n, 2 * dimensions, { seed }).flatMap((pair) => {
    const [a, b] = [pair.slice(0, dimensions), pair.slice(dimensions)];
    return [a, ...a.map((_, i) => a.map((value, j) => (j === i ? b[j]! : value))), b];
  });
}
