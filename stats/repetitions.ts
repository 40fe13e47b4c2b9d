/**
 * Mean absolute relative difference of repeated runs: the mean, over all pairs of runs and all prompts, of
 * |a − b| / mean(a, b).
 * @param runs shape [runs, prompts], numbers of 0 or more, no missing cells
 * @throws {RangeError} if there are fewer than 2 runs or no prompts, runs differ in length, or a value is negative or
 *   not a number (the difference relative to a mean near 0 or below has no meaning)
 * @returns from 0 (every run the same) to 2; two zeros count as no difference
 * @example mard([[0.4, 0.5], [0.6, 0.5]]) // => 0.1999…
 */
export function mard(runs: readonly ArrayLike<number>[]): number {
  if (runs.length < 2) throw new RangeError(`MARD compares 2 runs or more, got ${runs.length}`);
  const prompts = runs[0]!.length;
  if (prompts === 0) throw new RangeError('MARD needs 1 prompt or more, got 0');
  runs.forEach((run, r) => {
    if (run.length !== prompts) throw new RangeError(`MARD: run 0 has ${prompts} prompts, run ${r} has ${run.length}`);
    for (let i = 0; i < prompts; i++)
      if (!(run[i]! >= 0))
        throw new RangeError(`MARD: run ${r}, prompt ${i} is ${run[i]}; expected a number of 0 or more`);
  });
  let sum = 0;
  for (let a = 1; a < runs.length; a++)
    for (let b = 0; b < a; b++)
      for (let i = 0; i < prompts; i++) {
        const difference = Math.abs(runs[a]![i]! - runs[b]![i]!);
        if (difference > 0) sum += (2 * difference) / (runs[a]![i]! + runs[b]![i]!);
      }
  return sum / (((runs.length * (runs.length - 1)) / 2) * prompts);
}

/**
 * Mean cosine similarity over all pairs of vectors.
 * @param vectors shape [n, dimensions]
 * @throws {RangeError} if there are fewer than 2 vectors, lengths differ, or a vector is all zeros or has a value that
 *   is not finite: it has no direction
 * @returns from −1 / (n − 1) (spread as widely as possible) to 1 (all in one direction)
 * @example meanCosineSimilarity([[1, 0], [0, 2], [1, 1]]) // => 0.4714…
 */
export function meanCosineSimilarity(vectors: readonly ArrayLike<number>[]): number {
  const n = vectors.length;
  if (n < 2) throw new RangeError(`cosine similarity compares 2 vectors or more, got ${n}`);
  const dimensions = vectors[0]!.length;
  // The sum of unit vectors, squared, is n plus twice the sum of all cosines: linear in n where pairs are quadratic.
  const total = new Float64Array(dimensions);
  vectors.forEach((vector, v) => {
    if (vector.length !== dimensions)
      throw new RangeError(
        `cosine similarity: vector 0 has ${dimensions} dimensions, vector ${v} has ${vector.length}`,
      );
    let squares = 0;
    for (let d = 0; d < dimensions; d++) squares += vector[d]! ** 2;
    if (!(squares > 0 && Number.isFinite(squares)))
      throw new RangeError(`cosine similarity: vector ${v} has length ${Math.sqrt(squares)}, so no direction`);
    const length = Math.sqrt(squares);
    for (let d = 0; d < dimensions; d++) total[d]! += vector[d]! / length;
  });
  let squares = 0;
  for (let d = 0; d < dimensions; d++) squares += total[d]! ** 2;
  return Math.min(1, (squares - n) / (n * (n - 1)));
}

/** How far answers heap on round numbers. */
export interface Heaping {
  readonly n: number;
  /** Share of the values that lie on the grid. */
  readonly share: number;
  /** The share expected of values without any preference. */
  readonly chance: number;
  /** (share − chance) / (1 − chance): 0 no preference, 1 every value on the grid, below 0 where the grid is avoided. */
  readonly index: number;
}

/**
 * Heaping on round numbers: the share of values on a coarse grid, beyond the share that falls there by chance.
 * Whipple's index of age heaping (ages ending in 0 or 5; Whipple, "Vital statistics", 1919) carried over to
 * probabilities, rescaled so that no preference is 0 and a value on the grid every time is 1.
 * @param values shape [n]; each is first rounded to the lattice, so numbers of any precision may be given
 * @param grid of the round numbers; default .05
 * @param lattice on which answers are written; default .01
 * @throws {RangeError} if there are no values, one is not finite, or the grid is not a multiple (2 or more) of the lattice
 * @example heaping([0.35, 0.4, 0.85, 0.37]) // => { n: 4, share: 0.75, chance: 0.2, index: 0.6875 }
 */
export function heaping(values: ArrayLike<number>, grid = 0.05, lattice = 0.01): Heaping {
  const n = values.length;
  if (n === 0) throw new RangeError('heaping needs 1 value or more, got 0');
  const steps = Math.round(grid / lattice);
  if (!(steps >= 2 && Math.abs(grid / lattice - steps) < 1e-9))
    throw new RangeError(`heaping: the grid ${grid} is not a multiple of the lattice ${lattice}`);
  let on = 0;
  for (let i = 0; i < n; i++) {
    if (!Number.isFinite(values[i]!)) throw new RangeError(`heaping: value ${i} is ${values[i]}`);
    if (Math.round(values[i]! / lattice) % steps === 0) on++;
  }
  const share = on / n;
  const chance = 1 / steps;
  return { n, share, chance, index: (share - chance) / (1 - chance) };
}
