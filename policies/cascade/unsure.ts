import type { Vocabulary } from '../../env/scenario.ts';
import { totalVariation } from '../../stats/distributions.ts';
import { kernelRegression } from '../../stats/kernel-regression.ts';
import { mean } from '../../stats/moments.ts';

/** How unsure a decision is, from 0 to 1, by observation alone. */
export type Unsure = (mask: number) => number;

/**
 * How far the members of an ensemble are apart: the mean total variation of each from their average (Lakshminarayanan, Pritzel &
 * Blundell, "Simple and scalable predictive uncertainty estimation using deep ensembles", 2017).
 * @param members shape [members][k]
 * @example spreadOf([[0.5, 0.5], [0.7, 0.3]]) // => 0.1
 */
export function spreadOf(members: readonly ArrayLike<number>[]): number {
  const average = averageOf(members);
  return mean(members.map((member) => totalVariation(member, average)));
}

/** @param members shape [members][k] */
export const averageOf = (members: readonly ArrayLike<number>[]): number[] =>
  Array.from(members[0]!, (_, a) => mean(members.map((member) => member[a]!)));

/** How far a decision was from the teacher's, in total variation, at an observation that it was not fitted to. */
export interface Residual {
  readonly mask: number;
  readonly residual: number;
}

/** Share of decisions whose residual lies within the band. */
const COVERED = 0.9;
/** Of the residuals, every so many-th goes into the factor; no more than so many of the others into the scale, which costs their cube. */
const [FACTOR_EVERY, SCALED_BY] = [3, 400];
/** The least that residuals are taken to be around an observation, as a share of their mean. */
const LEAST = 0.1;
/** Residuals that a band needs. */
export const FEWEST_RESIDUALS = 10;

/**
 * The half-width of a conformal band around a decision: nine of ten new residuals lie within it, whatever the student is, if
 * they come as the held-out ones do. It is wide where residuals are large: a regression over sets of phrases says where, from
 * two thirds of them, and the others give the factor (split conformal prediction with a local scale: Lei, G'Sell, Rinaldo,
 * Tibshirani & Wasserman, "Distribution-free predictive inference for regression", 2018, section 5.2).
 * @param residuals ten or more
 * @throws {RangeError} for fewer
 */
export function conformalBand({ sets }: Pick<Vocabulary, 'sets'>, residuals: readonly Residual[]): Unsure {
  if (residuals.length < FEWEST_RESIDUALS)
    throw new RangeError(`a band needs ${FEWEST_RESIDUALS} residuals or more, got ${residuals.length}`);
  const rest = residuals.filter((_, i) => i % FACTOR_EVERY === 0);
  const scale = residuals.filter((_, i) => i % FACTOR_EVERY !== 0).slice(0, SCALED_BY);
  const all = mean(scale.map(({ residual }) => residual));
  const fit = kernelRegression({
    n: scale.length,
    distance: (i, j) => sets.distance(scale[i]!.mask, scale[j]!.mask),
    values: [scale.map(({ residual }) => residual - all)],
    weights: scale.map(() => 1),
  });
  const around = (mask: number): number => {
    const [deviation] = fit.means(scale.map(({ mask: other }) => sets.distance(mask, other)));
    return Math.max(1e-6, LEAST * all, all + deviation!);
  };
  const scores = rest.map(({ mask, residual }) => residual / around(mask)).sort((a, b) => a - b);
  const rank = Math.ceil((scores.length + 1) * COVERED);
  // Too few to say: the largest score stands in, since an infinite band would rank nothing.
  const factor = scores[Math.min(rank, scores.length) - 1]!;
  return (mask) => Math.min(1, factor * around(mask));
}
