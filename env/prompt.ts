import { type Observations, orderOf } from './observation.ts';
import { inOrder, laidOut, layoutOf, listed, type PromptLayout } from './prompt-layout.ts';
import type { Vocabulary } from './scenario.ts';

/**
 * The question about row i of a batch, phrases in the order shown.
 * @param layout what differs from the standard layout
 * @throws {RangeError} for a paraphrase that the scenario does not have
 * @throws {UnderstudyError} POLICY_ARGUMENT for a layout that there is not
 */
export function promptOf(
  scenario: Vocabulary,
  batch: Observations,
  i: number,
  paraphrase = 0,
  layout?: Partial<PromptLayout>,
): string {
  const { paraphrases, question } = scenario.prompt;
  const form = layoutOf(layout);
  const description = described(scenario, batch, i, paraphrases, paraphrase, form);
  if (layout === undefined) return `${description} ${question}`;
  const parts = form.slots === 'moved' ? [question, description] : [description, question];
  return joined(parts, form.punctuation === 'broken' ? '\n' : ' ');
}

/** Parts one after the other; one that ends a line needs nothing after it, and one that begins a line nothing before. */
const joined = (parts: readonly string[], separator: string): string =>
  parts
    .reduce((text, part) => (text.endsWith('\n') || part.startsWith('\n') ? text + part : `${text}${separator}${part}`))
    .trim();

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
  /** What differs from the standard layout. */
  readonly layout?: Partial<PromptLayout> | undefined;
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
  { paraphrase = 0, shift, request, lettered = true, layout }: ChoicePromptOptions,
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
  const form = layoutOf(layout);
  const asked = `${question} ${request}`;
  const description = described(scenario, batch, i, paraphrases, paraphrase, form);
  if (layout === undefined) return `${asked}\n${description}\n${shown.join('\n')}`;
  const about = [description, shown.join('\n')];
  return joined(form.slots === 'moved' ? [...about, asked] : [asked, ...about], '\n');
}

const CHOICE_QUESTION = 'Which of the options below does this person choose?';

function described(
  scenario: Vocabulary,
  batch: Observations,
  i: number,
  forms: readonly string[],
  paraphrase: number,
  layout: PromptLayout,
): string {
  const form = forms[paraphrase];
  if (form === undefined)
    throw new RangeError(`${scenario.id} has ${forms.length} paraphrases, asked for number ${paraphrase}`);
  const shown = inOrder(scenario, orderOf(batch, i), layout.order);
  const words = (trait: boolean) =>
    shown.filter((phrase) => phrase < scenario.traits.length === trait).map((phrase) => scenario.phrases[phrase]!);
  const { none } = scenario.prompt;
  const text = laidOut(form, layout);
  const filled = fill(fill(text, '{traits}', words(true), none.traits, layout), '{contexts}', words(false), none.contexts, layout); // biome-ignore format: one line
  return layout.list === 'lines' ? filled.replaceAll(/ +\n/g, '\n').trimStart() : filled;
}

/** A text with a list of phrases in the place for it. */
function fill(text: string, place: string, phrases: readonly string[], none: string, layout: PromptLayout): string {
  const at = text.indexOf(place);
  if (at < 0) return text;
  const before = text.slice(0, at);
  const after = text.slice(at + place.length);
  if (phrases.length === 0) return `${before}${none}${after}`;
  // A list of lines ends with its last line: no full stop or space comes after it.
  return `${before}${listed(phrases, layout)}${layout.list === 'lines' ? after.replace(/^[.,;]?\s*/, '') : after}`;
}
