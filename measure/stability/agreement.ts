import { UnderstudyError } from '../../env/error.ts';
import type { Answer } from '../../policies/policy.ts';
import { icc, iccForms } from '../../stats/icc.ts';
import { mean } from '../../stats/mean.ts';
import { constant } from '../../stats/paired.ts';
import type { Iccs } from '../../workspace/stability.ts';

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
export function iccsOf(ratings: readonly (readonly number[])[], identical: string): Iccs {
  const same = ratings.every(constant);
  return Object.fromEntries(
    iccForms.map((form) => {
      const value = icc(ratings, form);
      const reason = same ? `no variance: ${identical}` : value.value === undefined ? value.reason : undefined;
      return [form, reason === undefined ? value : { form, value: null, reason: `undefined: ${reason}` }];
    }),
  ) as Iccs;
}
