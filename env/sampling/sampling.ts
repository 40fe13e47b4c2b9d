import { UnderstudyError } from '../error.ts';
import type { Observations } from '../observation.ts';
import { sequence, shuffle } from '../random.ts';
import type { Vocabulary } from '../scenario.ts';
import { type PhraseOrder, showings } from './orders.ts';
import { type StateWords, stateCount, states } from './states.ts';
import { drawnByStratum } from './strata.ts';

/** More states than this are not listed, fewer if a set of phrases takes several words. */
const LISTABLE = 2 ** 22;

/** Whether the states of a vocabulary are few enough to be listed. */
export const canList = (vocabulary: StateWords): boolean =>
  stateCount(vocabulary) * vocabulary.sets.wordCount <= LISTABLE;

/**
 * Every state of a vocabulary.
 * @param instead what to do if they cannot be listed, for the error
 * @throws {UnderstudyError} DISTILL_SIZE naming how many there are
 */
export function listStates(vocabulary: StateWords, instead: string): Uint32Array {
  if (canList(vocabulary)) return Uint32Array.from(states(vocabulary));
  throw new UnderstudyError(
    'DISTILL_SIZE',
    `${vocabulary.id} has ${stateCountText(vocabulary)} states, too many to list; ${instead}`,
  );
}

/** The number of states in words: exact while that can be read, otherwise a power of ten. */
export function stateCountText(vocabulary: StateWords): string {
  const count = stateCount(vocabulary);
  if (count < 1e12) return count.toLocaleString('en-US');
  return Number.isFinite(count) ? `about 10^${Math.floor(Math.log10(count))}` : 'more than 10^308';
}

/**
 * The first `size` states of the sampling order, without listing it where there are too many: then states are drawn
 * stratum by stratum, and the order is that of the draws. In both cases a smaller sample is the beginning of a larger one.
 * @param among what is sampled from; default: every state
 * @param keep which states count; default: all
 * @throws {UnderstudyError} DISTILL_SIZE if there are fewer, naming both numbers
 */
export function firstStates(
  scenario: Vocabulary,
  seed: number,
  size: number,
  { among, keep = () => true }: { readonly among?: Iterable<number>; readonly keep?: (mask: number) => boolean } = {},
): Uint32Array {
  if (among !== undefined || canList(scenario))
    return firstOf(scenario, samplingOrder(scenario, seed, among).filter(keep), size);
  if (!Number.isInteger(size) || size < 1) throw wrongSize(scenario, stateCountText(scenario), size);
  const drawn: number[] = [];
  for (const state of drawnByStratum(scenario, seed)) {
    if (keep(state)) drawn.push(state);
    if (drawn.length === size) return Uint32Array.from(drawn);
  }
  throw wrongSize(scenario, drawn.length, size);
}

/**
 * States in the seeded order in which they are sampled without replacement, stratified by size: in each round one of
 * every stratum (number of traits × number of contexts) that is not used up, strata in random order.
 * The first n are the sample of n, so a larger sample contains every smaller one of the same seed.
 * @param masks what is sampled from, each state once; default: every state of the scenario
 * @throws {UnderstudyError} DISTILL_SIZE for more than 4,194,304 states
 */
export function samplingOrder(
  scenario: Vocabulary,
  seed: number,
  masks: Iterable<number> = states(scenario),
): Uint32Array {
  const random = sequence(seed, 'sampling');
  const { sets, traits } = scenario;
  const traitBits = sets.of(traits.keys());
  const strata = new Map<number, number[]>();
  let listed = 0;
  for (const mask of masks) {
    if (++listed > LISTABLE)
      throw new UnderstudyError(
        'DISTILL_SIZE',
        `${scenario.id} has more states than the ${LISTABLE} that can be listed`,
      );
    const size = sets.size(mask);
    const own = sets.size(sets.intersection(mask, traitBits));
    const stratum = (scenario.contexts.length + 1) * own + size - own;
    const members = strata.get(stratum);
    if (members) members.push(mask);
    else strata.set(stratum, [mask]);
  }
  const left = [...strata.values()].map((stratum) => shuffle(stratum, random));
  const drawn: number[] = [];
  while (left.length > 0) {
    for (const stratum of shuffle([...left], random)) {
      drawn.push(stratum.pop()!);
      if (stratum.length === 0) left.splice(left.indexOf(stratum), 1);
    }
  }
  return Uint32Array.from(drawn);
}

/**
 * The first `size` observations of the sampling order, all different, the empty context included.
 * A shuffled row's order depends on the seed and the observation only, not on the size of the sample.
 * @throws {UnderstudyError} DISTILL_SIZE if the scenario has fewer observations, naming both numbers, or too many for `all`
 */
export function sampleObservations(
  scenario: Vocabulary,
  { size, order, seed }: { size: number | 'all'; order: PhraseOrder; seed: number },
): Observations {
  const masks =
    size === 'all'
      ? samplingOrder(scenario, seed, listStates(scenario, 'give a size'))
      : firstStates(scenario, seed, size);
  const width = scenario.phrases.length;
  if (order === 'canonical') return { width, masks };
  const shown = (mask: number) => showings(scenario, mask, { order, repeats: 1, again: false, seed })[0];
  return { width, masks, orders: Array.from(masks, shown) };
}

/** @throws {UnderstudyError} DISTILL_SIZE if there are fewer states than asked for, naming both numbers */
export function firstOf(scenario: Vocabulary, drawn: Uint32Array, size: number): Uint32Array {
  if (!Number.isInteger(size) || size < 1 || size > drawn.length) throw wrongSize(scenario, drawn.length, size);
  return drawn.slice(0, size);
}

const wrongSize = ({ id }: Vocabulary, most: number | string, size: number) =>
  new UnderstudyError(
    'DISTILL_SIZE',
    `${id} has ${most} observations to ask about: a size is an integer from 1 to ${most}, or all; got ${size}`,
  );
