import { UnderstudyError } from '../error.ts';
import { observations } from '../observation.ts';
import { promptOf } from '../prompt.ts';
import { canSwap, isPhraseOrder, layoutOf, listForms, type PromptLayout, punctuations } from '../prompt-layout.ts';
import { sequence, shuffle } from '../random.ts';
import type { Vocabulary } from '../scenario.ts';
import { states } from './states.ts';

/** The words and the layout in which a question is put. */
export interface Wording extends PromptLayout {
  /** Number of the scenario's paraphrase. */
  readonly paraphrase: number;
}

/** What wordings differ in. */
export const wordingFacets = ['paraphrase', 'slots', 'order', 'list', 'punctuation'] as const;
export type WordingFacet = (typeof wordingFacets)[number];

/** Levels of each facet, the standard one first. */
export type WordingLevels = Readonly<Record<WordingFacet, readonly string[]>>;

/** What a wording is called: its levels, those of the standard layout left out. */
export function nameOfWording({ paraphrase, slots, order, list, punctuation }: Wording): string {
  const differs = [
    ...(slots === 'declared' ? [] : [slots === 'moved' ? 'question moved' : 'contexts and traits swapped']),
    ...(order === 'declared' ? [] : [order]),
    ...(list === 'commas' ? [] : [`list: ${list}`]),
    ...(punctuation === 'declared' ? [] : [punctuation]),
  ];
  return [`paraphrase ${paraphrase}`, ...differs].join(', ');
}

/**
 * The levels of each facet that a scenario can have without anything being written for it.
 * @param chosen levels to keep to, by facet
 * @throws {UnderstudyError} POLICY_ARGUMENT for a level that there is not, naming those that there are
 */
export function wordingLevels(
  scenario: Vocabulary,
  chosen: Partial<Readonly<Record<WordingFacet, readonly string[]>>> = {},
): WordingLevels {
  const { paraphrases, choice } = scenario.prompt;
  const swappable = [...paraphrases, ...(choice?.paraphrases ?? [])].every(canSwap);
  const known: WordingLevels = {
    paraphrase: paraphrases.map((_, i) => String(i)),
    slots: ['declared', 'moved', ...(swappable ? ['swapped'] : [])],
    order: ['declared', 'reversed', 'shuffle-1'],
    list: listForms,
    punctuation: punctuations,
  };
  const levels = Object.fromEntries(
    wordingFacets.map((facet) => {
      const wanted = chosen[facet];
      if (wanted === undefined) return [facet, known[facet]];
      for (const level of wanted)
        if (!(known[facet].includes(level) || (facet === 'order' && isPhraseOrder(level))))
          throw new UnderstudyError('POLICY_ARGUMENT', `${scenario.id} has no ${facet} "${level}" of its prompt (known: ${known[facet].join(', ')}${facet === 'order' ? ', shuffle-2 and so on' : ''})`); // biome-ignore format: one line
      if (wanted.length === 0) throw new UnderstudyError('POLICY_ARGUMENT', `no ${facet} of the prompt is named`);
      return [facet, [...new Set(wanted)]];
    }),
  );
  return levels as unknown as WordingLevels;
}

/** Prompts by which wordings are told apart: those of states that show many phrases. */
const TRIED = 6;
const LOOKED_AT = 2000;

function tellingStates(scenario: Vocabulary): number[] {
  const seen: number[] = [];
  for (const state of states(scenario)) if (seen.push(state) === LOOKED_AT) break;
  const size = (state: number) => scenario.sets.indices(state).length;
  const ofTraits = (state: number) => scenario.sets.indices(state).filter((one) => one < scenario.traits.length).length;
  const most = (by: (state: number) => number) => [...seen].sort((a, b) => by(b) - by(a)).slice(0, TRIED / 2);
  return [...new Set([...most(size), ...most(ofTraits)])];
}

/** Wordings beyond so many are not gone through one by one. */
const MOST = 20_000;

/**
 * Every wording of the levels, each once: of those that read the same in every state, the first.
 * @throws {UnderstudyError} POLICY_ARGUMENT for more than 20,000
 */
export function allWordings(scenario: Vocabulary, levels: WordingLevels): Wording[] {
  const count = wordingFacets.reduce((product, facet) => product * levels[facet].length, 1);
  if (count > MOST)
    throw new UnderstudyError('POLICY_ARGUMENT', `${count} wordings, at most ${MOST}: keep to fewer paraphrases or orders`); // biome-ignore format: one line
  const combined = wordingFacets.reduce<Partial<Record<WordingFacet, string>>[]>(
    (before, facet) => before.flatMap((one) => levels[facet].map((level) => ({ ...one, [facet]: level }))),
    [{}],
  );
  const batch = observations(scenario, tellingStates(scenario));
  const known = new Set<string>();
  return combined.flatMap((one) => {
    const { paraphrase: number, ...rest } = one;
    const layout = layoutOf(rest as PromptLayout);
    const paraphrase = Number(number);
    const text = Array.from(batch.masks, (_, i) => promptOf(scenario, batch, i, paraphrase, layout)).join('\0');
    if (known.has(text)) return [];
    known.add(text);
    return [{ paraphrase, ...layout }];
  });
}

/**
 * A number of wordings among all, the standard one first, such that every level, and every pair of levels of two facets,
 * occurs about as often as in all of them: facets can be told apart then.
 * @param count more than there are gives all
 */
export function someWordings(all: readonly Wording[], count: number, seed: number): Wording[] {
  if (count >= all.length) return [...all];
  const level = (wording: Wording, facet: WordingFacet) => `${facet} ${wording[facet]}`;
  const keysOf = all.map((wording) => {
    const own = wordingFacets.map((facet) => level(wording, facet));
    return [...own, ...own.flatMap((a, i) => own.slice(i + 1).map((b) => `${a} ${b}`))];
  });
  const shares = new Map<string, number>();
  for (const keys of keysOf) for (const key of keys) shares.set(key, (shares.get(key) ?? 0) + 1 / all.length);
  const counts = new Map<string, number>();
  const order = shuffle(all.map((_, i) => i).slice(1), sequence(seed, 'wordings'));
  const taken = [0];
  const take = (i: number) => {
    for (const key of keysOf[i]!) counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  take(0);
  while (taken.length < count) {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const [place, i] of order.entries()) {
      // What taking it adds to the squared distance of counts from their shares; single levels weigh more than pairs.
      let cost = 0;
      keysOf[i]!.forEach((key, j) => {
        const away = (counts.get(key) ?? 0) - shares.get(key)! * (taken.length + 1);
        cost += (j < wordingFacets.length ? 4 : 1) * (2 * away + 1);
      });
      if (cost < least - 1e-9) [least, best] = [cost, place];
    }
    const [i] = order.splice(best, 1);
    taken.push(i!);
    take(i!);
  }
  return taken.map((i) => all[i]!);
}
