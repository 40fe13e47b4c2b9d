import { sequence } from '../env/random.ts';
import { signFlipTest } from './significance.ts';

export interface SignFlipPowerOptions {
  readonly seed: number;
  /** Studies that are drawn; default 400. */
  readonly studies?: number;
  /** Default .05. */
  readonly level?: number;
}

/** The smallest p that the sign-flip test of n differences can give: that of all on one side. */
export const leastSignFlipP = (n: number): number => Math.min(1, 2 / 2 ** n);

/**
 * How often the sign-flip test of n normal differences rejects that their mean is 0, by simulation.
 * @param n differences, 1 or more
 * @param effect their mean in units of their standard deviation
 * @returns within about .03 of the truth for 400 studies; 0 where no outcome of n differences can reject
 */
export function signFlipPower(
  n: number,
  effect: number,
  { seed, studies = 400, level = 0.05 }: SignFlipPowerOptions,
): number {
  if (leastSignFlipP(n) > level) return 0;
  const random = sequence(seed, 'permutation');
  let rejected = 0;
  for (let study = 0; study < studies; study++) {
    // Box & Muller, 1958.
    const differences = Array.from({ length: n }, () => effect + Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())); // biome-ignore format: one line
    if (signFlipTest(differences, { seed: study, resamples: 499 }).p <= level) rejected++;
  }
  return rejected / studies;
}

/** Numbers of differences that are tried. */
const TRIED = [6, 8, 10, 12, 14, 16, 20, 24, 32, 48, 64, 96] as const;

/** The fewest differences among some round numbers with which an effect is found this often; undefined if none is enough. */
export const neededFor = (power: number, effect: number, options: SignFlipPowerOptions): number | undefined =>
  TRIED.find((n) => signFlipPower(n, effect, options) >= power);
