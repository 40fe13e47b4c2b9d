import { UnderstudyError } from '../../env/error.ts';
import type { Answer } from '../../policies/policy.ts';
import { icc, iccForms } from '../../stats/icc.ts';
import { constant, mean, standardDeviation } from '../../stats/moments.ts';
import { mard } from '../../stats/repetitions.ts';
import type { FacetReport, Iccs } from '../../workspace/stability.ts';
import type { Interview } from './interview.ts';
import type { FacetPlan } from './plan.ts';
import { similarity, type TextSpace } from './similarity.ts';

/** Answers of prompts that were answered throughout. */
export interface Ratings {
  /** Numbers of those prompts in the sample, shape [n]. */
  readonly prompts: readonly number[];
  /** Probability of the first action that is asked about, shape [n][levels][settings of the level]. */
  readonly values: readonly (readonly (readonly number[])[])[];
}

/**
 * The answers that can be compared: of prompts that have one everywhere.
 * @param answers shape [levels][settings of the level][prompts]
 * @param where what "everywhere" is, for the message: "in every run"
 * @throws {UnderstudyError} DISTILL_ANSWERS for fewer than two such prompts, with the first reason
 */
export function completeRatings(answers: readonly (readonly (readonly Answer[])[])[], where: string): Ratings {
  const columns = answers.flat();
  const all = columns[0]!.map((_, prompt) => prompt);
  const prompts = all.filter((prompt) => columns.every((column) => column[prompt]!.outcome === 'ok'));
  if (prompts.length < 2) {
    const first = columns.flat().find(({ outcome }) => outcome !== 'ok');
    throw new UnderstudyError(
      'DISTILL_ANSWERS',
      `only ${prompts.length} of ${all.length} prompts were answered ${where}, a study needs 2; the first answer that could not be used: ${first?.reason ?? first?.outcome ?? 'none'}`,
    );
  }
  return {
    prompts,
    values: prompts.map((prompt) => answers.map((level) => level.map((column) => column[prompt]!.probabilities![1]!))),
  };
}

/** Means over the settings of each level, shape [prompts][levels]. */
export const levelMeans = ({ values }: Ratings): number[][] =>
  values.map((levels) => levels.map((draws) => mean(draws)));

/**
 * The six forms, undefined where no prompt's ratings differ: that all is repeated says how it was asked, and an
 * agreement of 1 would be taken for a steady teacher.
 * @param ratings shape [prompts][levels]
 * @param identical what is so, for the reason
 */
function iccsOf(ratings: readonly (readonly number[])[], identical: string): Iccs {
  const same = ratings.every(constant);
  return Object.fromEntries(
    iccForms.map((form) => {
      const value = icc(ratings, form);
      const reason = same ? `no variance: ${identical}` : value.value === undefined ? value.reason : undefined;
      return [form, reason === undefined ? value : { form, value: null, reason: `undefined: ${reason}` }];
    }),
  ) as Iccs;
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
