import { mean, standardDeviation } from '../../stats/moments.ts';
import { mard } from '../../stats/repetitions.ts';
import { completeRatings, type Iccs, iccsOf, levelMeans } from './agreement.ts';
import type { Interview } from './interview.ts';
import type { FacetPlan } from './plan.ts';
import type { Asked } from './setting.ts';
import { type Cosine, similarity, type TextSpace } from './similarity.ts';

/** What one facet does to the answers, everything else at its reference. */
export interface FacetReport {
  readonly levels: readonly string[];
  /** How the answers that are compared were got; see `planOf`. */
  readonly asked: Asked;
  /** Prompts that were answered at every level. */
  readonly prompts: number;
  /** Mean answer at each level. */
  readonly means: readonly number[];
  /** Of temperature: the mean over prompts of the standard deviation over seeds at each level; null elsewhere. */
  readonly sds: readonly (number | null)[];
  /** Mean over prompts and pairs of levels; of sampled answers between means over seeds, so some of it is their noise. */
  readonly meanAbsoluteDifference: number;
  readonly largestDifference: number;
  readonly mard: number;
  readonly icc: Iccs;
  /** Of the first explanation at each level, where explanations were asked for. */
  readonly cosine: Cosine;
}

/** @throws {UnderstudyError} DISTILL_ANSWERS where fewer than two prompts were answered at every level */
export function facetReport(plan: FacetPlan, interview: Interview, space: TextSpace): FacetReport {
  const { facet, asked, levels } = plan;
  const answers = levels.map(({ settings }) => settings.map((setting) => interview.answers(setting)));
  const where = facet === 'seed' ? 'in every run' : `at every level of ${facet}`;
  const complete = completeRatings(answers, where);
  const ratings = levelMeans(complete);
  const differences = ratings.flatMap((row) => row.flatMap((a, i) => row.slice(i + 1).map((b) => Math.abs(a - b))));
  const explanations = answers[0]![0]!.map((_, prompt) =>
    answers.flatMap((level) => level[0]![prompt]!.explanation ?? []),
  );
  return {
    levels: levels.map(({ name }) => name),
    asked,
    prompts: ratings.length,
    means: levels.map((_, level) => mean(ratings.map((row) => row[level]!))),
    sds: levels.map((_, level) => {
      const draws = complete.values.map((row) => row[level]!);
      return facet === 'temperature' && draws[0]!.length > 1 ? mean(draws.map((of) => standardDeviation(of))) : null;
    }),
    meanAbsoluteDifference: mean(differences),
    largestDifference: differences.reduce((most, difference) => Math.max(most, difference), 0),
    mard: mard(levels.map((_, level) => ratings.map((row) => row[level]!))),
    icc: iccsOf(
      ratings,
      facet === 'seed'
        ? `${asked === 'greedy' ? 'greedy' : 'sampled'} reruns are identical`
        : `no level of ${facet} changes an answer`,
    ),
    cosine: similarity(explanations, space),
  };
}
