import { quantile } from '../../stats/bootstrap.ts';
import { mean, populationStandardDeviation, standardDeviation } from '../../stats/moments.ts';
import { noiseCeiling, spearmanBrown } from '../../stats/noise-ceiling.ts';
import { heaping, mard } from '../../stats/repetitions.ts';
import type { ActionStability, Iccs, StabilityReport } from '../../workspace/stability.ts';
import type { Table } from './ratings.ts';

/** So many answers may be averaged in a label. */
const REPEATS = [1, 2, 3, 5, 10, 20, 50] as const;

type Reruns = Pick<
  StabilityReport,
  'complete' | 'mean' | 'std' | 'variance' | 'mard' | 'icc' | 'heaping' | 'repeats' | 'noiseCeiling'
>;

/**
 * How alike exchangeable reruns are, and what that means for labels and students: means over the actions.
 * @param ratings shape [actions][prompts][runs]
 * @param icc of these ratings
 */
export function rerunStatistics(ratings: readonly Table[], icc: Iccs): Reruns {
  const each = ratings.map(spreadOf);
  const sample = ratings[0]!.map((_, prompt) => mean(each.map(({ sds }) => sds[prompt]!)));
  const sorted = [...sample].sort((a, b) => a - b);
  const within = mean(each.map(({ variance }) => variance.within));
  return {
    complete: sample.length,
    mean: each.reduce((sum, of) => sum + of.mean, 0),
    std: {
      population: mean(each.map(({ std }) => std.population)),
      sample: mean(sample),
      perPrompt: {
        min: sorted[0]!,
        median: quantile(sorted, 0.5),
        p90: quantile(sorted, 0.9),
        max: sorted.at(-1)!,
      },
    },
    variance: { within, between: mean(each.map(({ variance }) => variance.between)) },
    mard: mean(each.map((of) => of.mard)),
    icc,
    heaping: heaping(ratings.flat(2)),
    ...averaging(icc, within),
  };
}

/** How alike the reruns are in one action. @param ratings shape [prompts][runs] */
export function spreadOf(
  ratings: Table,
): Omit<ActionStability, 'icc'> & { /** Of each prompt. */ readonly sds: readonly number[] } {
  const runs = ratings[0]!.length;
  const sds = ratings.map((row) => standardDeviation(row));
  const within = mean(sds.map((sd) => sd ** 2));
  const betweenMeans = standardDeviation(ratings.map((row) => mean(row))) ** 2;
  return {
    mean: mean(ratings.flat()),
    std: { population: mean(ratings.map((row) => populationStandardDeviation(row))), sample: mean(sds) },
    variance: { within, between: Math.max(0, betweenMeans - within / runs) },
    mard: mard(Array.from({ length: runs }, (_, run) => ratings.map((row) => row[run]!))),
    sds,
  };
}

/** An estimated reliability below 0 counts as 0; one that is undefined leaves the bounds undefined. */
function averaging(icc: Iccs, within: number): Pick<StabilityReport, 'repeats' | 'noiseCeiling'> {
  const one = icc['ICC(1,1)'].value;
  return {
    repeats: REPEATS.map((repeats) => ({
      repeats,
      reliability: one === null ? null : spearmanBrown(Math.max(0, one), repeats),
      sd: Math.sqrt(within / repeats),
    })),
    noiseCeiling: REPEATS.map((repeats) => ({
      repeats,
      ...(one === null ? { r2: null, pearson: null, mse: within / repeats } : noiseCeiling(one, within, repeats)),
    })),
  };
}
