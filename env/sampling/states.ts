import type { Vocabulary } from '../scenario.ts';
import { traitBlocks } from '../trait-law.ts';

/** Whether observations of an ordinary hour, in which no context holds, are among the states. */
export const emptyContexts = ['include', 'exclude'] as const;
export type EmptyContext = (typeof emptyContexts)[number];

/**
 * The default of everything that draws states: data sets of every sampling, prompts of a stability study, pools to choose
 * labels from, states that an error is measured on. A simulation meets the empty context.
 */
export const EMPTY_CONTEXT: EmptyContext = 'include';

/** What the states of a vocabulary are made of. */
export type StateWords = Pick<
  Vocabulary,
  'id' | 'traits' | 'contexts' | 'sets' | 'groups' | 'conflicts' | 'traitLaw' | 'population'
>;

/**
 * Every state that a vocabulary can express without a conflict and with one phrase of each group, one at a time and each
 * once: trait set by trait set, context sets ascending. What conflicts is never gone into, so the work is proportional to
 * what is yielded. A scenario without contexts has states of empty context only, and keeps them.
 */
export function* states(vocabulary: StateWords, emptyContext: EmptyContext = EMPTY_CONTEXT): Generator<number> {
  const { contexts } = vocabulary;
  const excluded = emptyContext === 'exclude' && contexts.length > 0;
  const situations = new ContextSets(vocabulary);
  for (const set of traitSets(vocabulary))
    for (const context of situations.from(set)) if (!excluded || context !== set) yield context;
}

/** States that a vocabulary can express, counted without listing what is not tied by conflicts. */
export function stateCount(vocabulary: StateWords): number {
  const people = traitBlocks(vocabulary).reduce((product, { sets }) => product * sets.length, 1);
  return people * new ContextSets(vocabulary).count();
}

/** Every union of one set of each block. */
function* traitSets({ sets, ...vocabulary }: StateWords, block = 0, set = sets.of([])): Generator<number> {
  const blocks = traitBlocks(vocabulary);
  if (block === blocks.length) yield set;
  else
    for (const own of blocks[block]!.sets) yield* traitSets({ sets, ...vocabulary }, block + 1, sets.union(set, own));
}

/** Contexts of which one holds, or at most one. */
interface Unit {
  readonly phrases: readonly number[];
  readonly optional: boolean;
}

/** The sets of contexts that can hold together. */
export class ContextSets {
  readonly #vocabulary: StateWords;
  /** Groups, then phrases without a group, by descending index: the phrases of which one (or none) is chosen. */
  readonly #units: readonly Unit[];
  readonly #rivals: readonly (readonly number[])[];

  constructor(vocabulary: StateWords) {
    const { traits, contexts, groups, conflicts } = vocabulary;
    const own = groups.filter(({ kind }) => kind === 'contexts').map(({ phrases }) => phrases);
    const grouped = new Set(own.flat());
    const free = contexts.map((_, c) => traits.length + c).filter((phrase) => !grouped.has(phrase));
    this.#vocabulary = vocabulary;
    this.#units = [
      ...own.map((phrases) => ({ phrases, optional: false })),
      ...free.map((phrase) => ({ phrases: [phrase], optional: true })),
    ].sort((a, b) => b.phrases.at(-1)! - a.phrases.at(-1)!);
    this.#rivals = Array.from({ length: traits.length + contexts.length }, (_, phrase) =>
      conflicts.flatMap(([a, b]) => (a === phrase ? b : b === phrase ? a : [])),
    );
  }

  /** A set of traits with every set of contexts that conflicts neither within nor with it, ascending. */
  *from(set: number, unit = 0): Generator<number> {
    if (unit === this.#units.length) {
      yield set;
      return;
    }
    const { sets } = this.#vocabulary;
    const { phrases, optional } = this.#units[unit]!;
    if (optional) yield* this.from(set, unit + 1);
    for (const phrase of phrases)
      if (!this.#rivals[phrase]!.some((rival) => sets.holds(set, rival)))
        yield* this.from(sets.with(set, phrase), unit + 1);
  }

  /** A set of traits with one of the sets of contexts that go with it: phrase by phrase as the digits of a number say. */
  at(set: number, digits: number): number {
    const { sets } = this.#vocabulary;
    return this.#units.reduceRight((held, { phrases, optional }, u) => {
      const free = phrases.filter((phrase) => !this.#rivals[phrase]!.some((rival) => sets.holds(held, rival)));
      const choice = Math.floor(digits / (u + 1)) % (free.length + (optional ? 1 : 0) || 1);
      return free[choice] === undefined ? held : sets.with(held, free[choice]);
    }, set);
  }

  /**
   * How many sets of contexts there are: what conflicts do not tie together is multiplied. Conflicts between a trait and a
   * context are not looked at.
   */
  count(): number {
    const { traits, conflicts } = this.#vocabulary;
    let parts = this.#units.map((unit) => [unit]);
    for (const pair of conflicts.filter(([a, b]) => a >= traits.length && b >= traits.length)) {
      const tied = parts.filter((part) => part.some(({ phrases }) => pair.some((phrase) => phrases.includes(phrase))));
      if (tied.length > 1) parts = [...parts.filter((part) => !tied.includes(part)), tied.flat()];
    }
    const choices = (part: readonly Unit[], chosen: readonly number[] = [], unit = 0): number => {
      if (unit === part.length) return 1;
      const { phrases, optional } = part[unit]!;
      const free = phrases.filter((phrase) => !this.#rivals[phrase]!.some((rival) => chosen.includes(rival)));
      return free.reduce(
        (sum, phrase) => sum + choices(part, [...chosen, phrase], unit + 1),
        optional ? choices(part, chosen, unit + 1) : 0,
      );
    };
    return parts.reduce((product, part) => product * choices(part), 1);
  }
}
