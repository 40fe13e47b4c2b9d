import { type Observations, phrasesOf } from './observation.ts';
import type { Vocabulary } from './scenario.ts';

/**
 * The question about row i of a batch, phrases in the order shown.
 * @throws {RangeError} for a paraphrase that the scenario does not have
 */
export function promptOf(scenario: Vocabulary, batch: Observations, i: number, paraphrase = 0): string {
  const { paraphrases, question } = scenario.prompt;
  return `${described(scenario, batch, i, paraphrases, paraphrase)} ${question}`;
}

/** Letters of the options of a choice, in the order in which they are shown. */
export const OPTION_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

export interface ChoicePromptOptions {
  readonly paraphrase?: number;
  /** Actions by which the options are rotated: the option A is action number `shift`. */
  readonly shift: number;
  /** How the letter, or the option, is to be given, in a sentence. */
  readonly request: string;
  /** Default true; otherwise options are shown without letters, to be named. */
  readonly lettered?: boolean;
}

/** What an action is called among the options of a choice. */
export function optionOf({ prompt }: Pick<Vocabulary, 'prompt'>, action: string): string {
  const { options = {} } = prompt.choice ?? {};
  return Object.hasOwn(options, action) ? options[action]! : action;
}

/**
 * The choice about row i of a batch: what is asked and how to reply, the observation, then the actions as lettered
 * options, in cyclic order. What all questions share comes first and what rotations differ in comes last, so that a model
 * reads the rest once.
 * @throws {RangeError} for a paraphrase that the scenario does not have, or more actions than there are letters
 */
export function choicePromptOf(
  scenario: Vocabulary,
  batch: Observations,
  i: number,
  { paraphrase = 0, shift, request, lettered = true }: ChoicePromptOptions,
): string {
  const { actions, prompt } = scenario;
  const k = actions.length;
  if (lettered && k > OPTION_LETTERS.length)
    throw new RangeError(`${scenario.id} has ${k} actions, and there are ${OPTION_LETTERS.length} letters`);
  const { paraphrases = prompt.paraphrases, question = CHOICE_QUESTION } = prompt.choice ?? {};
  const shown = actions.map((_, position) => {
    const option = optionOf(scenario, actions[(position + shift) % k]!);
    return `${lettered ? `${OPTION_LETTERS[position]})` : '-'} ${option}`;
  });
  return `${question} ${request}\n${described(scenario, batch, i, paraphrases, paraphrase)}\n${shown.join('\n')}`;
}

const CHOICE_QUESTION = 'Which of the options below does this person choose?';

function described(
  scenario: Vocabulary,
  batch: Observations,
  i: number,
  forms: readonly string[],
  paraphrase: number,
): string {
  const form = forms[paraphrase];
  if (form === undefined)
    throw new RangeError(`${scenario.id} has ${forms.length} paraphrases, asked for number ${paraphrase}`);
  const { traits, context } = phrasesOf(scenario, batch, i);
  return form
    .replace('{traits}', () => traits.join(', ') || scenario.prompt.none.traits)
    .replace('{contexts}', () => context.join(', ') || scenario.prompt.none.contexts);
}
