import { quantile } from '../../stats/bootstrap.ts';
import { heaping } from '../../stats/heaping.ts';
import { mard } from '../../stats/mard.ts';
import { mean } from '../../stats/mean.ts';
import { noiseCeiling } from '../../stats/noise-ceiling.ts';
import { spearmanBrown } from '../../stats/spearman-brown.ts';
import { populationStandardDeviation, standardDeviation } from '../../stats/standard-deviation.ts';
import type { Iccs, StabilityReport } from '../../workspace/stability.ts';

/** So many answers may be averaged in a label. */
const REPEATS = [1, 2, 3, 5, 10, 20, 50] as const;

type Reruns = Pick<
  StabilityReport,
  'complete' | 'mean' | 'std' | 'variance' | 'mard' | 'icc' | 'heaping' | 'repeats' | 'noiseCeiling'
>;

/**
 * How alike exchangeable reruns are, and what that means for labels and students.
 * @param ratings shape [prompts][runs]
 * @param icc of these ratings
 */
export function rerunStatistics(ratings: readonly (readonly number[])[], icc: Iccs): Reruns {
  const runs = ratings[0]!.length;
  const sample = ratings.map((row) => standardDeviation(row));
  const within = mean(sample.map((sd) => sd ** 2));
  const betweenMeans = standardDeviation(ratings.map((row) => mean(row))) ** 2;
  const sorted = [...sample].sort((a, b) => a - b);
  return {
    complete: ratings.length,
    mean: mean(ratings.flat()),
    std: {
      population: mean(ratings.map((row) => populationStandardDeviation(row))),
      sample: mean(sample),
      perPrompt: {
        min: sorted[0]!,
        median: quantile(sorted, 0.5),
        p90: quantile(sorted, 0.9),
        max: sorted.at(-1)!,
      },
    },
    variance: { within, between: Math.max(0, betweenMeans - within / runs) },
    mard: mard(Array.from({ length: runs }, (_, run) => ratings.map((row) => row[run]!))),
    icc,
    heaping: heaping(ratings.flat()),
    ...averaging(icc, within),
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
