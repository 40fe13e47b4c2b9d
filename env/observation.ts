import { UnderstudyError } from './error.ts';
import { phraseSets } from './phrase-sets.ts';
import type { Vocabulary } from './scenario.ts';
import { suggestion } from './suggestion.ts';

/**
 * A batch of observations: which phrases hold for each of n agents.
 * As a set, a row is a number of `phraseSets(width)`: up to 32 phrases the bitmask itself, bit j of masks[i] saying that
 * phrase j of the scenario holds (traits first, then contexts). Where the order in which the phrases are shown matters, orders[i] lists the row's phrase indices in
 * that order, traits before contexts; rows without an order are shown in the scenario's own (canonical) order.
 */
export interface Observations {
  /** Phrases in the vocabulary that the masks are written in. */
  readonly width: number;
  /** Shape [n]. */
  readonly masks: Uint32Array;
  /** Shape [n][phrases that hold], or absent: every row canonical. */
  readonly orders?: readonly (readonly number[] | undefined)[];
}

/** One observation in words, phrases in the order shown. */
export interface Phrases {
  readonly traits: readonly string[];
  readonly context: readonly string[];
}

/** Observations of bitmasks in canonical order. */
export function observations(scenario: Vocabulary, masks: ArrayLike<number> | Iterable<number>): Observations {
  return { width: scenario.phrases.length, masks: Uint32Array.from(masks as Iterable<number>) };
}

/** @throws {UnderstudyError} if the batch is not written in this scenario's vocabulary; names both sizes */
export function requireWidth(scenario: Pick<Vocabulary, 'id' | 'phrases'>, batch: Observations): void {
  if (batch.width !== scenario.phrases.length)
    throw new UnderstudyError(
      'OBSERVATION_WIDTH',
      `expected ${scenario.phrases.length} phrases (${scenario.id}), got ${batch.width}`,
    );
}

/** Phrase indices of row i in the order shown. */
export function orderOf(batch: Observations, i: number): readonly number[] {
  return batch.orders?.[i] ?? phraseSets(batch.width).indices(batch.masks[i]!);
}

/** Row i in words. */
export function phrasesOf(scenario: Vocabulary, batch: Observations, i: number): Phrases {
  const shown = orderOf(batch, i);
  const traitCount = scenario.traits.length;
  return {
    traits: shown.filter((j) => j < traitCount).map((j) => scenario.phrases[j]!),
    context: shown.filter((j) => j >= traitCount).map((j) => scenario.phrases[j]!),
  };
}

/**
 * Observations from phrases, keeping the order given.
 * @throws {UnderstudyError} for a phrase that the scenario does not know (naming the one that was probably meant), one
 *   that is repeated, or two that conflict
 */
export function fromPhrases(scenario: Vocabulary, rows: readonly Phrases[]): Observations {
  const { sets } = scenario;
  const masks = new Uint32Array(rows.length);
  const orders = rows.map((row, i) => {
    const order = [
      ...row.traits.map((phrase) => indexOf(scenario, phrase, 'trait')),
      ...row.context.map((phrase) => scenario.traits.length + indexOf(scenario, phrase, 'context')),
    ];
    const twice = order.find((j, at) => order.indexOf(j) !== at);
    if (twice !== undefined)
      throw new UnderstudyError('OBSERVATION_PHRASE', `row ${i} names "${scenario.phrases[twice]}" twice`);
    masks[i] = sets.of(order);
    const broken = brokenBy(scenario, masks[i]!);
    if (broken)
      throw new UnderstudyError(
        'OBSERVATION_CONFLICT',
        `row ${i} names "${scenario.phrases[broken[0]]}" and "${scenario.phrases[broken[1]]}", which conflict in ${scenario.id}`,
      );
    return order;
  });
  return { width: scenario.phrases.length, masks, orders };
}

/** Two phrases of a set that conflict, or belong to one group; undefined if there are none. */
export function brokenBy(
  { sets, conflicts, groups }: Pick<Vocabulary, 'sets' | 'conflicts' | 'groups'>,
  set: number,
): readonly [number, number] | undefined {
  for (const { phrases } of groups) {
    const held = phrases.filter((phrase) => sets.holds(set, phrase));
    if (held.length > 1) return [held[0]!, held[1]!];
  }
  return conflicts.find(([a, b]) => sets.holds(set, a) && sets.holds(set, b));
}

function indexOf(scenario: Vocabulary, phrase: string, kind: 'trait' | 'context'): number {
  const { id, traits, contexts } = scenario;
  const known = kind === 'trait' ? traits : contexts;
  const i = known.indexOf(phrase);
  if (i >= 0) return i;
  const other = kind === 'trait' ? 'context' : 'trait';
  const near = suggestion(phrase, known);
  const meant = (kind === 'trait' ? contexts : traits).includes(phrase)
    ? `, which is a ${other}`
    : near === undefined
      ? ''
      : `, did you mean "${near}"?`;
  throw new UnderstudyError(
    'OBSERVATION_PHRASE',
    `unknown ${kind}: "${phrase}"${meant} (${id} knows: ${known.join(', ')})`,
  );
}

/** Rows [from, to) of a batch, sharing its memory. */
export function slice(batch: Observations, from: number, to: number): Observations {
  return {
    width: batch.width,
    masks: batch.masks.subarray(from, to),
    ...(batch.orders && { orders: batch.orders.slice(from, to) }),
  };
}
