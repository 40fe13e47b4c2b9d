import { UnderstudyError } from '../../env/error.ts';
import { observations, phrasesOf } from '../../env/observation.ts';
import { sensible } from '../../env/occurring.ts';
import { stateCountText } from '../../env/sampling/sampling.ts';
import { stateCount, states } from '../../env/sampling/states.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { type DecideOptions, isTeacher, type Policy } from '../../policies/policy.ts';

/** A table of more states than this is not made. */
export const TABLE_LIMIT = 2 ** 18;
/** Probabilities in a program are whole multiples of 1 / SCALE. */
export const SCALE = 1e7;

/** What a policy answers in every state. */
export interface TableForm {
  readonly kind: 'table';
  /** Numbers of `sets`, ascending as bitmasks. */
  readonly masks: Uint32Array;
  /** Row-major [n, k]. */
  readonly probabilities: Float64Array;
}

/** Whether the states of a vocabulary are few enough for a table. */
export const fitsTable = (vocabulary: Vocabulary): boolean => stateCount(vocabulary) <= TABLE_LIMIT;

/**
 * Every state that a policy can be asked about, ascending: of recorded decisions those that were recorded, otherwise those of
 * the vocabulary that do not contradict themselves.
 * @throws {UnderstudyError} DISTILL_SIZE for more than a table may have, naming both numbers
 */
export function statesFor(vocabulary: Vocabulary, policy: Policy): Uint32Array {
  const recorded = isTeacher(policy) ? policy.recorded : undefined;
  if (!recorded && !fitsTable(vocabulary))
    throw new UnderstudyError(
      'DISTILL_SIZE',
      `${vocabulary.id} has ${stateCountText(vocabulary)} states, a table has at most ${TABLE_LIMIT.toLocaleString('en-US')}`,
    );
  const keep = sensible(vocabulary) ?? (() => true);
  return Uint32Array.from([...(recorded ?? states(vocabulary))].filter(keep)).sort(vocabulary.sets.compare);
}

/**
 * Asks a policy about states, phrases in canonical order.
 * @throws {UnderstudyError} SIMULATION_UNANSWERED naming a state without a probability
 */
export async function tableOf(
  vocabulary: Vocabulary,
  policy: Policy,
  masks: Uint32Array,
  options: DecideOptions = {},
): Promise<TableForm> {
  const { probabilities, outcomes } = await policy.decide(observations(vocabulary, masks), options);
  const open = outcomes.findIndex((outcome) => outcome !== 'ok');
  if (open >= 0) {
    const { traits, context } = phrasesOf(vocabulary, observations(vocabulary, masks), open);
    throw new UnderstudyError(
      'SIMULATION_UNANSWERED',
      `${policy.id} gave no probability for ${outcomes.filter((outcome) => outcome !== 'ok').length} of ${outcomes.length} states, such as "${[...traits, ...context].join(', ')}" (${outcomes[open]})`,
    );
  }
  return { kind: 'table', masks, probabilities };
}

/** A set of phrases as hexadecimal digits, the highest phrases first: its bitmask, for a vocabulary of any size. */
export function keyOf({ sets, phrases }: Pick<Vocabulary, 'sets' | 'phrases'>, mask: number): string {
  const digits = Math.ceil(phrases.length / 4);
  return Array.from({ length: digits }, (_, d) => {
    const from = 4 * (digits - 1 - d);
    return ((sets.word(mask, from >>> 5) >>> (from & 31)) & 15).toString(16);
  }).join('');
}
