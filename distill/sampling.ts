import { indicesOf, type Observations } from '../env/observation.ts';
import { sequence, shuffle } from '../env/random.ts';
import type { Scenario } from '../env/scenario.ts';
import { DistillError } from './distill-error.ts';

/** In which order the phrases of an observation are shown. */
export const phraseOrders = ['canonical', 'shuffled'] as const;
export type PhraseOrder = (typeof phraseOrders)[number];

/** More observations than this are not listed; the ice-cream scenario has 16,992. */
const LISTABLE = 2 ** 22;
/** One row in every block of this many goes to the test set. */
const BLOCK = 5;

/** Masks of every set of contexts without a conflict, the empty one first. */
export function contextSets(scenario: Pick<Scenario, 'traits' | 'contexts' | 'conflicts'>): Uint32Array {
  const first = scenario.traits.length;
  let sets = [0];
  scenario.contexts.forEach((_, i) => {
    const phrase = first + i;
    const rivals = scenario.conflicts
      .filter((pair) => pair.includes(phrase))
      .reduce((mask, [a, b]) => mask | (1 << (a === phrase ? b : a)), 0);
    sets = sets.concat(sets.filter((set) => (set & rivals) === 0).map((set) => (set | (1 << phrase)) >>> 0));
    if (sets.length > LISTABLE) throw tooMany(sets.length);
  });
  return Uint32Array.from(sets);
}

/**
 * Masks of every observation that a scenario's vocabulary can express without a conflict: trait sets × context sets.
 * For ice cream 59 × 288 = 16,992; without the 59 whose context is empty, the 16,933 of the published decisions.
 * @throws {DistillError} DISTILL_SIZE for more than 4,194,304
 */
export function allObservations(
  scenario: Pick<Scenario, 'traits' | 'contexts' | 'conflicts' | 'traitSets'>,
): Uint32Array {
  const contexts = contextSets(scenario);
  const { traitSets } = scenario;
  if (traitSets.length * contexts.length > LISTABLE) throw tooMany(traitSets.length * contexts.length);
  const masks = new Uint32Array(traitSets.length * contexts.length);
  traitSets.forEach((traits, i) => {
    contexts.forEach((set, j) => {
      masks[i * contexts.length + j] = traits | set;
    });
  });
  return masks;
}

/**
 * All observations in the seeded order in which they are sampled without replacement, stratified by size: in each
 * round one of every stratum (number of traits × number of contexts) that is not used up, strata in random order.
 * The first n are the sample of n, so a larger sample contains every smaller one of the same seed.
 */
export function samplingOrder(scenario: Scenario, seed: number): Uint32Array {
  const random = sequence(seed, 'sampling');
  const traitBits = 2 ** scenario.traits.length - 1;
  const strata = new Map<number, number[]>();
  for (const mask of allObservations(scenario)) {
    const stratum = 64 * indicesOf(mask & traitBits).length + indicesOf(mask & ~traitBits).length;
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
 * The first `size` observations of the sampling order, all different.
 * A shuffled row's order depends on the seed and the observation only, not on the size of the sample.
 * @throws {DistillError} DISTILL_SIZE if the scenario has fewer observations, naming both numbers
 */
export function sampleObservations(
  scenario: Scenario,
  { size, order, seed }: { size: number | 'all'; order: PhraseOrder; seed: number },
): Observations {
  const drawn = samplingOrder(scenario, seed);
  const n = size === 'all' ? drawn.length : size;
  if (!Number.isInteger(n) || n < 1 || n > drawn.length)
    throw new DistillError(
      'DISTILL_SIZE',
      `${scenario.id} has ${drawn.length} observations to ask about: a size is an integer from 1 to ${drawn.length}, or all; got ${n}`,
    );
  const masks = drawn.slice(0, n);
  const width = scenario.phrases.length;
  if (order === 'canonical') return { width, masks };
  return { width, masks, orders: Array.from(masks, (mask) => shuffledPhrases(scenario, mask, seed)) };
}

/**
 * Which rows of a sample in sampling order are for testing: one at random in every five, so that 80 % train.
 * A row's part does not change as the sample grows, and every observation is in one row only, so no permutation of a
 * test observation is ever trained on.
 */
export function testRows(size: number, seed: number): boolean[] {
  const random = sequence(seed, 'splits');
  let chosen = 0;
  return Array.from({ length: size }, (_, i) => {
    if (i % BLOCK === 0) chosen = i + Math.floor(random() * BLOCK);
    return i === chosen;
  });
}

/** Phrases of a mask, traits and contexts each in a random order. */
function shuffledPhrases(scenario: Scenario, mask: number, seed: number): number[] {
  // Substream 0 draws the sample; a mask is never 0 where there are traits, and the shuffle of an empty row draws nothing.
  const random = sequence(seed, 'sampling', mask);
  const phrases = indicesOf(mask);
  const traits = phrases.filter((phrase) => phrase < scenario.traits.length);
  return [...shuffle(traits, random), ...shuffle(phrases.slice(traits.length), random)];
}

const tooMany = (count: number) =>
  new DistillError(
    'DISTILL_SIZE',
    `the scenario has at least ${count} observations; at most ${LISTABLE} can be listed to sample from`,
  );
