import { icc, iccForms } from '../../stats/icc.ts';
import { constant, mean, standardDeviation } from '../../stats/moments.ts';
import { pooledIcc } from '../../stats/pooled-icc.ts';
import { mard } from '../../stats/repetitions.ts';
import type { FacetReport, Iccs } from '../../workspace/stability.ts';
import type { AnsweredSettings, Asked } from './interview.ts';
import type { FacetPlan } from './plan.ts';
import { completeRatings, levelMeans, levelMeansOf, type Table } from './ratings.ts';
import { similarity, type TextSpace } from './similarity.ts';

/**
 * The six forms, undefined where no prompt's ratings differ: that all is repeated says how it was asked, and an
 * agreement of 1 would be taken for a steady teacher.
 * @param ratings of one action or, pooled, of several; shape [actions][prompts][levels]
 * @param identical what is so, for the reason
 * @param seed of the bootstrap for several actions
 */
export function iccsOf(ratings: readonly Table[], identical: string, seed: number): Iccs {
  const same = ratings.every((of) => of.every(constant));
  const pooled = same || ratings.length === 1 ? undefined : pooledIcc(ratings, { seed });
  return Object.fromEntries(
    iccForms.map((form) => {
      if (same) return [form, { form, value: null, reason: `undefined: no variance: ${identical}` }];
      const value = pooled?.[form] ?? icc(ratings[0]!, form);
      return [form, value.value === undefined ? { form, value: null, reason: `undefined: ${value.reason}` } : value];
    }),
  ) as Iccs;
}

/** Why reruns that do not differ say nothing about agreement. */
export const identicalReruns = (asked: Asked): string =>
  `${asked === 'greedy' ? 'greedy' : 'sampled'} reruns are identical`;

/** @throws {UnderstudyError} DISTILL_ANSWERS where fewer than two prompts were answered at every level */
export function facetReport(
  plan: FacetPlan,
  interview: AnsweredSettings,
  space: TextSpace,
  { actions, seed }: { readonly actions: readonly string[]; readonly seed: number },
): FacetReport {
  const { facet, asked, levels } = plan;
  const answers = levels.map(({ settings }) => settings.map((setting) => interview.answers(setting)));
  const where = facet === 'seed' ? 'in every run' : `at every level of ${facet}`;
  const complete = completeRatings(answers, where);
  const ratings = levelMeansOf(complete);
  const identical = facet === 'seed' ? identicalReruns(asked) : `no level of ${facet} changes an answer`;
  const each = ratings.map((of) => movedBy(of));
  const explanations = answers[0]![0]!.map((_, prompt) =>
    answers.flatMap((level) => level[0]![prompt]!.explanation ?? []),
  );
  return {
    levels: levels.map(({ name }) => name),
    asked,
    prompts: complete.prompts.length,
    means: levels.map((_, level) => each.reduce((sum, { means }) => sum + means[level]!, 0)),
    sds: levels.map((_, level) => {
      const drawn = complete.values.map((of) => of.map((row) => row[level]!));
      return facet === 'temperature' && drawn[0]![0]!.length > 1
        ? mean(drawn.map((of) => mean(of.map((draws) => standardDeviation(draws)))))
        : null;
    }),
    meanAbsoluteDifference: mean(each.map((of) => of.meanAbsoluteDifference)),
    largestDifference: Math.max(...each.map((of) => of.largestDifference)),
    mard: mean(each.map((of) => of.mard)),
    icc: iccsOf(ratings, identical, seed),
    cosine: similarity(explanations, space),
    ...(actions.length > 2 && {
      actions: Object.fromEntries(
        [levelMeans(complete.rest), ...ratings].map((of, a) => [
          actions[a]!,
          { ...movedBy(of), icc: iccsOf([of], identical, seed) },
        ]),
      ),
    }),
  };
}

/** How far levels lie apart in one action. @param ratings shape [prompts][levels] */
function movedBy(ratings: Table) {
  const differences = ratings.flatMap((row) => row.flatMap((a, i) => row.slice(i + 1).map((b) => Math.abs(a - b))));
  const levels = ratings[0]!.map((_, level) => ratings.map((row) => row[level]!));
  return {
    means: levels.map((level) => mean(level)),
    meanAbsoluteDifference: mean(differences),
    largestDifference: differences.reduce((most, difference) => Math.max(most, difference), 0),
    mard: mard(levels),
  };
}
