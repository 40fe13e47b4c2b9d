import { UnderstudyError } from './error.ts';
import type { Scenario } from './scenario.ts';
import { suggestion } from './suggestion.ts';

/**
 * A batch of observations: which phrases hold for each of n agents.
 * As a set, a row is a bitmask: bit j of masks[i] says that phrase j of the scenario holds (traits first, then
 * contexts). Where the order in which the phrases are shown matters, orders[i] lists the row's phrase indices in
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
export function observations(scenario: Scenario, masks: ArrayLike<number> | Iterable<number>): Observations {
  return { width: scenario.phrases.length, masks: Uint32Array.from(masks as Iterable<number>) };
}

/** @throws {UnderstudyError} if the batch is not written in this scenario's vocabulary; names both sizes */
export function requireWidth(scenario: Pick<Scenario, 'id' | 'phrases'>, batch: Observations): void {
  if (batch.width !== scenario.phrases.length)
    throw new UnderstudyError(
      'OBSERVATION_WIDTH',
      `expected ${scenario.phrases.length} phrases (${scenario.id}), got ${batch.width}`,
    );
}

/** Phrase indices of a mask in canonical order. */
export function indicesOf(mask: number): number[] {
  const indices: number[] = [];
  for (let rest = mask >>> 0, i = 0; rest !== 0; rest >>>= 1, i++) if (rest & 1) indices.push(i);
  return indices;
}

/** Phrase indices of row i in the order shown. */
export function orderOf(batch: Observations, i: number): readonly number[] {
  return batch.orders?.[i] ?? indicesOf(batch.masks[i]!);
}

/** Row i in words. */
export function phrasesOf(scenario: Scenario, batch: Observations, i: number): Phrases {
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
export function fromPhrases(scenario: Scenario, rows: readonly Phrases[]): Observations {
  const masks = new Uint32Array(rows.length);
  const orders = rows.map((row, i) => {
    const order = [
      ...row.traits.map((phrase) => indexOf(scenario, phrase, 'trait')),
      ...row.context.map((phrase) => scenario.traits.length + indexOf(scenario, phrase, 'context')),
    ];
    for (const j of order) {
      if ((masks[i]! >>> j) & 1)
        throw new UnderstudyError('OBSERVATION_PHRASE', `row ${i} names "${scenario.phrases[j]}" twice`);
      masks[i]! |= 1 << j;
    }
    const broken = scenario.conflicts.find(([a, b]) => (masks[i]! >>> a) & (masks[i]! >>> b) & 1);
    if (broken)
      throw new UnderstudyError(
        'OBSERVATION_CONFLICT',
        `row ${i} names "${scenario.phrases[broken[0]]}" and "${scenario.phrases[broken[1]]}", which conflict in ${scenario.id}`,
      );
    return order;
  });
  return { width: scenario.phrases.length, masks, orders };
}

function indexOf(scenario: Scenario, phrase: string, kind: 'trait' | 'context'): number {
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
