import { UnderstudyError } from '../../env/error.ts';
import type { Answer } from '../../policies/policy.ts';
import { mean } from '../../stats/moments.ts';

/** Answers of prompts that were answered throughout. */
export interface Ratings {
  /** Numbers of those prompts in the sample, shape [n]. */
  readonly prompts: readonly number[];
  /** Probability of each action but the default one, shape [k − 1][n][levels][settings of the level]. */
  readonly values: readonly (readonly (readonly (readonly number[])[])[])[];
  /** The same of the default action. */
  readonly rest: readonly (readonly (readonly number[])[])[];
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
  const k = columns[0]![prompts[0]!]!.probabilities!.length;
  const of = (action: number) =>
    prompts.map((prompt) => answers.map((level) => level.map((column) => column[prompt]!.probabilities![action]!)));
  return { prompts, values: Array.from({ length: k - 1 }, (_, a) => of(a + 1)), rest: of(0) };
}

/** A number for each prompt and level. */
export type Table = readonly (readonly number[])[];

/** Means over the settings of each level, shape [n][levels]. */
export const levelMeans = (values: Ratings['rest']): Table =>
  values.map((levels) => levels.map((draws) => mean(draws)));

/** The level means of each action but the default one, shape [k − 1][n][levels]. */
export const levelMeansOf = ({ values }: Ratings): readonly Table[] => values.map(levelMeans);
