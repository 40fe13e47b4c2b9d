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
  if (n === 0) throw new RangeError('the heaping of no values');
  const steps = Math.round(grid / lattice);
  if (!(steps >= 2 && Math.abs(grid / lattice - steps) < 1e-9))
    throw new RangeError(`heaping: the grid ${grid} is no multiple of the lattice ${lattice}`);
  let on = 0;
  for (let i = 0; i < n; i++) {
    if (!Number.isFinite(values[i]!)) throw new RangeError(`heaping: value ${i} is ${values[i]}`);
    if (Math.round(values[i]! / lattice) % steps === 0) on++;
  }
  const share = on / n;
  const chance = 1 / steps;
  return { n, share, chance, index: (share - chance) / (1 - chance) };
}
