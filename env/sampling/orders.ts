import { sequence, shuffle } from '../random.ts';
import type { Vocabulary } from '../scenario.ts';

/** In which order the phrases of an observation are shown. */
export const phraseOrders = ['canonical', 'shuffled'] as const;
export type PhraseOrder = (typeof phraseOrders)[number];

/** In how many orders a state can be shown: traits come before contexts, so t! × c!. */
export function orderCount({ traits, sets }: Pick<Vocabulary, 'traits' | 'sets'>, mask: number): number {
  const phrases = sets.indices(mask);
  const t = phrases.filter((phrase) => phrase < traits.length).length;
  return factorial(t) * factorial(phrases.length - t);
}

/**
 * The different orders in which a state's phrases can be shown, each once, traits and contexts shuffled apart. They depend
 * on the seed and the state only. Ends after t! × c!; made one at a time, for there may be millions.
 */
export function* ordersOf(
  scenario: Pick<Vocabulary, 'traits' | 'sets'>,
  mask: number,
  seed: number,
): Generator<readonly number[]> {
  const phrases = scenario.sets.indices(mask);
  if (phrases.length < 2) {
    yield phrases;
    return;
  }
  const random = sequence(seed, 'phraseOrders', Math.max(0, scenario.sets.key(mask) - 3));
  const t = phrases.filter((phrase) => phrase < scenario.traits.length).length;
  const seen = new Set<string>();
  for (const of = orderCount(scenario, mask); seen.size < of; ) {
    const order = [...shuffle(phrases.slice(0, t), random), ...shuffle(phrases.slice(t), random)];
    const key = order.join();
    if (seen.has(key)) continue;
    seen.add(key);
    yield order;
  }
}

/** How a state is shown each time that it is asked about; undefined is the canonical order. */
export type Showings = readonly (readonly number[] | undefined)[];

export interface ShowingOptions {
  readonly order: PhraseOrder;
  readonly repeats: number;
  /** Whether a question may be asked again in the same order: where each answer is a draw of its own. */
  readonly again: boolean;
  readonly seed: number;
}

/**
 * The orders in which a state is shown to a teacher, one for each repeat. Shuffled repeats show different orders; when a
 * state has no more of them, they come round again or, where that would be asking in vain, there are fewer repeats.
 */
export function showings(scenario: Vocabulary, mask: number, options: ShowingOptions): Showings {
  if (options.order === 'canonical') return Array.from({ length: options.repeats }, () => undefined);
  return repeated(take(ordersOf(scenario, mask, options.seed), options.repeats), options);
}

/** Orders of a state that `showings` shows none of; empty for a state that has no other. */
export function otherShowings(scenario: Vocabulary, mask: number, options: ShowingOptions): Showings {
  const { order, repeats, seed } = options;
  if (order === 'shuffled') return repeated(take(ordersOf(scenario, mask, seed), 2 * repeats).slice(repeats), options);
  const canonical = scenario.sets.indices(mask).join();
  const two = take(ordersOf(scenario, mask, seed), 2);
  return repeated(two.filter((shown) => shown.join() !== canonical).slice(0, 1), options);
}

function repeated(orders: readonly (readonly number[])[], { repeats, again }: ShowingOptions): Showings {
  if (!again || orders.length === 0) return orders;
  return Array.from({ length: repeats }, (_, i) => orders[i % orders.length]);
}

function take<T>(items: Iterable<T>, n: number): T[] {
  const taken: T[] = [];
  for (const item of items) if (taken.push(item) === n) break;
  return taken;
}

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
