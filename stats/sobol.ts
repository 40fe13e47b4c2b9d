import { philoxInto, purposes, streamKey } from '../env/random.ts';
import { BITS, directions, SOBOL_DIMENSIONS } from './sobol-directions.ts';

export interface SobolOptions {
  /** Scrambles the sequence; without a seed it is the published one, whose first point is 0. */
  readonly seed?: number;
  /** Points left out at the beginning; default 0. */
  readonly skip?: number;
}

/**
 * The first n points of a Sobol' sequence, in the order of Gray codes (Antonov & Saleev 1979), with the direction numbers of
 * Joe & Kuo (2008). Every 2^m points, from a multiple of 2^m on, are spread evenly over the cells of many grids.
 *
 * With a seed it is scrambled as Owen describes ("Randomly permuted (t, m, s)-nets and (t, s)-sequences", 1995): the same
 * evenness, and each point by itself is uniform, so that a mean over the points is unbiased.
 * @param n 1 or more
 * @param dimensions from 1 to 100
 * @throws {RangeError} for other numbers
 * @returns shape [n][dimensions], each in [0, 1); scrambled, in (0, 1)
 * @example sobol(4, 2) // => [[0, 0], [0.5, 0.5], [0.75, 0.25], [0.25, 0.75]]
 */
export function sobol(n: number, dimensions: number, { seed, skip = 0 }: SobolOptions = {}): number[][] {
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > SOBOL_DIMENSIONS)
    throw new RangeError(`a Sobol' sequence has 1 to ${SOBOL_DIMENSIONS} dimensions, got ${dimensions}`);
  for (const [name, value, least] of [
    ['points', n, 1],
    ['points to skip', skip, 0],
  ] as const)
    if (!Number.isInteger(value) || value < least || skip + n > 2 ** BITS)
      throw new RangeError(`a Sobol' sequence: expected a whole number of ${name} from ${least} to 2^32, got ${value}`);
  const at = new Uint32Array(dimensions);
  const points: number[][] = [];
  const scramble = seed === undefined ? undefined : scrambler(seed);
  for (let i = 0; i < skip + n; i++) {
    if (i > 0) {
      const bit = 31 - Math.clz32(i & -i);
      for (let d = 0; d < dimensions; d++) at[d]! ^= directions[d]![bit]!;
    }
    if (i >= skip) points.push(Array.from(at, (value, d) => (scramble ? scramble(value, d) + 0.5 : value) / 2 ** BITS));
  }
  return points;
}

/** Nested uniform scrambling: each bit is flipped or not by chance, for all coordinates alike that agree in the bits before. */
function scrambler(seed: number): (value: number, dimension: number) => number {
  const { stream, word, first } = purposes.scrambling;
  const [k0, k1] = streamKey(seed, stream);
  const block = new Uint32Array(4);
  return (value, dimension) => {
    let scrambled = 0;
    for (let bit = 0; bit < BITS; bit++) {
      const before = bit === 0 ? 0 : value >>> (BITS - bit);
      philoxInto(block, before, bit, first + dimension, word, k0, k1);
      scrambled = (scrambled << 1) | (((value >>> (BITS - 1 - bit)) ^ block[0]!) & 1);
    }
    return scrambled >>> 0;
  };
}
