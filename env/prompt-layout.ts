import { UnderstudyError } from './error.ts';
import { sequence, shuffle } from './random.ts';
import type { Vocabulary } from './scenario.ts';

/**
 * Where the parts of a prompt stand: as the scenario declares them; with the question on the other side of the description;
 * or with the sentence of the contexts and that of the traits in each other's place.
 */
export const slotOrders = ['declared', 'moved', 'swapped'] as const;
export type SlotOrder = (typeof slotOrders)[number];

/** How phrases are listed: "a, b, c", "a, b and c", "a; b; c", or each on a line of its own after a dash. */
export const listForms = ['commas', 'and', 'semicolons', 'lines'] as const;
export type ListForm = (typeof listForms)[number];

/** As declared; each phrase in quotation marks; or each sentence on a line of its own. */
export const punctuations = ['declared', 'quoted', 'broken'] as const;
export type Punctuation = (typeof punctuations)[number];

/**
 * How a prompt is laid out beside its words. None of it changes what is said about a person, so none of it should change an
 * answer (Sclar et al., "Quantifying language models' sensitivity to spurious features in prompt design", 2024).
 */
export interface PromptLayout {
  readonly slots: SlotOrder;
  /** Order of the phrases within each list: `declared` (as the observation shows them), `reversed`, or `shuffle-N`. */
  readonly order: string;
  readonly list: ListForm;
  readonly punctuation: Punctuation;
}

/** How prompts are laid out unless something else is asked for. */
export const standardLayout: PromptLayout = {
  slots: 'declared',
  order: 'declared',
  list: 'commas',
  punctuation: 'declared',
};

export const isPhraseOrder = (name: string): boolean => /^(?:declared|reversed|shuffle-[1-9]\d{0,5})$/.test(name);

/**
 * A layout with every part filled in.
 * @throws {UnderstudyError} POLICY_ARGUMENT for a part that there is not, naming those that there are
 */
export function layoutOf(given: Partial<PromptLayout> = {}): PromptLayout {
  const layout = { ...standardLayout, ...given };
  const known = { slots: slotOrders, list: listForms, punctuation: punctuations } as const;
  for (const [part, names] of Object.entries(known))
    if (!(names as readonly string[]).includes(layout[part as keyof typeof known]))
      throw new UnderstudyError('POLICY_ARGUMENT', `unknown ${part} of a prompt: ${layout[part as keyof typeof known]} (known: ${names.join(', ')})`); // biome-ignore format: one line
  if (!isPhraseOrder(layout.order))
    throw new UnderstudyError(
      'POLICY_ARGUMENT',
      `unknown order of phrases: ${layout.order} (known: declared, reversed, shuffle-1, shuffle-2 and so on)`,
    );
  return layout;
}

/** A layout as it is passed on: undefined for the standard one, whose prompts and labels are as they always were. */
export function differentLayout(layout: Partial<PromptLayout> | undefined): PromptLayout | undefined {
  const whole = layoutOf(layout);
  const parts = Object.keys(standardLayout) as (keyof PromptLayout)[];
  return parts.every((part) => whole[part] === standardLayout[part]) ? undefined : whole;
}

/** Ranks of all phrases in a shuffle, by the vocabulary's size: one permutation for every state. */
const ranks = new Map<string, readonly number[]>();

/**
 * Phrases in the order of a layout, traits before contexts as before. A shuffle is one permutation of the whole vocabulary:
 * two phrases stand in the same order wherever both are shown.
 * @param shown indices, traits before contexts
 */
export function inOrder(
  { traits, phrases }: Pick<Vocabulary, 'traits' | 'phrases'>,
  shown: readonly number[],
  order: string,
): readonly number[] {
  if (order === 'declared') return shown;
  const lists = [shown.filter((phrase) => phrase < traits.length), shown.filter((phrase) => phrase >= traits.length)];
  if (order === 'reversed') return lists.flatMap((list) => list.toReversed());
  const key = `${order} ${phrases.length}`;
  let rank = ranks.get(key);
  if (!rank) {
    const number = Number(order.slice('shuffle-'.length));
    const random = sequence(number, 'layoutOrders');
    const places = shuffle(
      phrases.map((_, i) => i),
      random,
    );
    const made = new Array<number>(phrases.length);
    places.forEach((phrase, place) => {
      made[phrase] = place;
    });
    rank = made;
    ranks.set(key, rank);
  }
  const byRank = rank;
  return lists.flatMap((list) => list.toSorted((a, b) => byRank[a]! - byRank[b]!));
}

/** A list of phrases in words; `lines` begins and ends with a line break. */
export function listed(phrases: readonly string[], { list, punctuation }: PromptLayout): string {
  const words = punctuation === 'quoted' ? phrases.map((phrase) => `"${phrase}"`) : phrases;
  switch (list) {
    case 'commas':
      return words.join(', ');
    case 'semicolons':
      return words.join('; ');
    case 'and':
      return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
    case 'lines':
      return `\n${words.map((word) => `- ${word}\n`).join('')}`;
  }
}

/** Sentences of a paraphrase: cut after a full stop, question or exclamation mark. */
const sentencesOf = (form: string): string[] => form.split(/(?<=[.!?])\s+/);

/** Whether traits and contexts stand in sentences of their own, so that these can change places. */
export function canSwap(form: string): boolean {
  const sentences = sentencesOf(form);
  const [traits, contexts] = ['{traits}', '{contexts}'].map((place) => sentences.findIndex((one) => one.includes(place))); // biome-ignore format: one line
  return traits! >= 0 && contexts! >= 0 && traits !== contexts;
}

/** The sentences of a paraphrase in a layout; what cannot be swapped stays. */
export function laidOut(form: string, { slots, punctuation }: PromptLayout): string {
  const sentences = sentencesOf(form);
  const swaps = slots === 'swapped' && canSwap(form);
  if (swaps) {
    const [a, b] = ['{traits}', '{contexts}'].map((place) => sentences.findIndex((one) => one.includes(place))) as [number, number]; // biome-ignore format: one line
    [sentences[a], sentences[b]] = [sentences[b]!, sentences[a]!];
  }
  if (punctuation === 'broken') return sentences.join('\n');
  return swaps ? sentences.join(' ') : form;
}
