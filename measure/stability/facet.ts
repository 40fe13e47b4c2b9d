import { mard } from '../../stats/mard.ts';
import { mean } from '../../stats/mean.ts';
import { standardDeviation } from '../../stats/standard-deviation.ts';
import type { FacetReport } from '../../workspace/stability.ts';
import { completeRatings, iccsOf, levelMeans } from './agreement.ts';
import type { Interview } from './interview.ts';
import type { FacetPlan } from './plan.ts';
import { similarity, type TextSpace } from './similarity.ts';

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
