import { UnderstudyError } from '../error.ts';
import type { Observations } from '../observation.ts';
import { sequence, shuffle } from '../random.ts';
import type { Vocabulary } from '../scenario.ts';
import { type PhraseOrder, showings } from './orders.ts';
import { states } from './states.ts';

/** More states than this are not listed. */
const LISTABLE = 2 ** 22;

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
 * @throws {UnderstudyError} DISTILL_SIZE if the scenario has fewer observations, naming both numbers
 */
export function sampleObservations(
  scenario: Vocabulary,
  { size, order, seed }: { size: number | 'all'; order: PhraseOrder; seed: number },
): Observations {
  const drawn = samplingOrder(scenario, seed);
  const masks = firstOf(scenario, drawn, size === 'all' ? drawn.length : size);
  const width = scenario.phrases.length;
  if (order === 'canonical') return { width, masks };
  const shown = (mask: number) => showings(scenario, mask, { order, repeats: 1, again: false, seed })[0];
  return { width, masks, orders: Array.from(masks, shown) };
}

/** @throws {UnderstudyError} DISTILL_SIZE if there are fewer states than asked for, naming both numbers */
export function firstOf(scenario: Vocabulary, drawn: Uint32Array, size: number): Uint32Array {
  if (!Number.isInteger(size) || size < 1 || size > drawn.length)
    throw new UnderstudyError(
      'DISTILL_SIZE',
      `${scenario.id} has ${drawn.length} observations to ask about: a size is an integer from 1 to ${drawn.length}, or all; got ${size}`,
    );
  return drawn.slice(0, size);
}
