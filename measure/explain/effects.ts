import { UnderstudyError } from '../../env/error.ts';
import { observations } from '../../env/observation.ts';
import type { PhraseSets } from '../../env/phrase-sets.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { DecideOptions, Policy } from '../../policies/policy.ts';
import { shapleyInteractions, shapleyInteractionsFrom, shapleyValues, shapleyValuesFrom } from '../../stats/shapley.ts';
import type { Effect } from '../../workspace/effects.ts';

/**
 * Effects over states, each counted once; what is counted in none of them is left out.
 *
 * In each state, phrases join in random order, a trait first, so that every step is a state of the scenario
 * (shapleyValuesFrom, shapleyInteractionsFrom): a policy is not asked about sets without traits, of which no teacher was
 * asked and no student has learned anything. An only trait has nothing to be held against and does not count there. In a
 * scenario without traits the empty set is a state, and these are plain Shapley values.
 * @param masks distinct states
 * @param action whose probability is explained; default 1
 * @throws {UnderstudyError} DISTILL_SIZE for more than 16 phrases; DISTILL_ANSWERS where a subset with a trait has no answer
 * @returns main effects in canonical order, then pairs
 */
export async function effectsOf(
  policy: Pick<Policy, 'id' | 'decide'>,
  scenario: Vocabulary,
  masks: readonly number[],
  { action = 1, ...options }: DecideOptions & { readonly action?: number } = {},
): Promise<Effect[]> {
  const { sets } = scenario;
  const none = scenario.traits.length === 0;
  const traits = sets.of(scenario.traits.keys());
  const worths = await worthsOf(policy, scenario, masks, none ? 'all' : traits, action, options);
  const width = scenario.phrases.length;
  // Place i · width + j: pair i < j; place i · width + i: the main effect of i.
  const [counts, sums, absolutes] = [0, 1, 2].map(() => new Float64Array(width * width)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const add = (place: number, value: number) => {
    if (Number.isNaN(value)) return;
    counts[place]!++;
    sums[place]! += value;
    absolutes[place]! += Math.abs(value);
  };
  for (const mask of masks) {
    options.signal?.throwIfAborted();
    const game = worths(mask);
    const phrases = sets.indices(mask);
    const starters = phrases.reduce((bits, phrase, i) => (sets.holds(traits, phrase) ? bits | (1 << i) : bits), 0);
    const [values, pairs] = none
      ? [shapleyValues(game), shapleyInteractions(game)]
      : [shapleyValuesFrom(game, starters), shapleyInteractionsFrom(game, starters)];
    phrases.forEach((phrase, i) => {
      add(phrase * width + phrase, values[i]!);
      for (let j = i + 1; j < phrases.length; j++) add(phrase * width + phrases[j]!, pairs[i * phrases.length + j]!);
    });
  }
  const effect = (i: number, j: number): Effect[] => {
    const place = i * width + j;
    if (counts[place] === 0) return [];
    return [
      {
        phrase: scenario.phrases[i]!,
        ...(i !== j && { beside: scenario.phrases[j]! }),
        states: counts[place]!,
        mean: sums[place]! / counts[place]!,
        meanAbsolute: absolutes[place]! / counts[place]!,
        action: scenario.actions[action]!,
      },
    ];
  };
  const each = scenario.phrases.map((_, i) => i);
  return [...each.flatMap((i) => effect(i, i)), ...each.flatMap((i) => each.slice(i + 1).flatMap((j) => effect(i, j)))];
}

/** P of one action for a state: the worths of the game whose players are the state's phrases. */
export type Worths = (mask: number) => Float64Array;

/** Maximum number of phrases of an explained state: 2^16 subsets are asked about. */
export const MOST_PHRASES = 16;

/**
 * Asks a policy about subsets of every state, each distinct one once, in canonical order. A subset of a valid
 * observation breaks no conflict; one without traits is not a state of a scenario that has any, and the policy
 * extrapolates there.
 * @param which every subset, or those that hold one of this set of phrases; the worth of others is NaN
 * @param action whose probability is explained, by its index
 * @throws {UnderstudyError} DISTILL_SIZE for a state of more than 16 phrases; DISTILL_ANSWERS where a subset has no
 *   answer
 * @returns a game in which phrase j of a state, canonically counted, is player j
 */
export async function worthsOf(
  policy: Pick<Policy, 'id' | 'decide'>,
  scenario: Vocabulary,
  states: Iterable<number>,
  which: 'all' | number,
  action: number,
  options: DecideOptions = {},
): Promise<Worths> {
  const { sets } = scenario;
  const needed = new Set<number>();
  for (const mask of states) {
    const phrases = sets.size(mask);
    if (phrases > MOST_PHRASES)
      throw new UnderstudyError('DISTILL_SIZE', `expected a state of at most ${MOST_PHRASES} phrases, got ${phrases}`);
    for (const subset of subsetsOf(sets, mask)) if (which === 'all' || sets.meet(subset, which)) needed.add(subset);
  }
  const masks = Uint32Array.from(needed).sort(sets.compare);
  const { probabilities, outcomes } = await policy.decide(observations(scenario, masks), options);
  const table = new Map<number, number>();
  masks.forEach((mask, i) => {
    if (outcomes[i] !== 'ok')
      throw new UnderstudyError(
        'DISTILL_ANSWERS',
        `${policy.id} gave no answer (${outcomes[i]}) to {${sets
          .indices(mask)
          .map((phrase) => scenario.phrases[phrase])
          .join(', ')}}, which an explanation needs`,
      );
    table.set(mask, probabilities[i * scenario.actions.length + action]!);
  });
  return (mask) => Float64Array.from(subsetsOf(sets, mask), (subset) => table.get(subset) ?? Number.NaN);
}

/** Subset c has the phrases of the mask whose places among its phrases are the set bits of c. */
function subsetsOf(sets: PhraseSets, mask: number): number[] {
  const subsets = [sets.of([])];
  for (const phrase of sets.indices(mask))
    for (let c = 0, n = subsets.length; c < n; c++) subsets.push(sets.with(subsets[c]!, phrase));
  return subsets;
}
