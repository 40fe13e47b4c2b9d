import { UnderstudyError } from '../../env/error.ts';
import { indicesOf, observations } from '../../env/observation.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { DecideOptions, Policy } from '../../policies/policy.ts';

/** P of one action for a state: the worths of the game whose players are the state's phrases. */
export type Worths = (mask: number) => Float64Array;

/** Maximum number of phrases of an explained state: 2^16 subsets are asked about. */
export const MOST_PHRASES = 16;

/**
 * Asks a policy about subsets of every state, each distinct one once, in canonical order. A subset of a valid
 * observation breaks no conflict; one without traits is not a state of a scenario that has any, and the policy
 * extrapolates there.
 * @param which every subset, or those that hold one of these phrases, by their bits; the worth of others is NaN
 * @param action whose probability is explained, by its index
 * @throws {UnderstudyError} DISTILL_SIZE for a state of more than 16 phrases; DISTILL_ANSWERS where a subset has no
 *   answer
 * @returns a game in which phrase j of a state, canonically counted, is player j
 */
export async function worthsOf(
  policy: Pick<Policy, 'id' | 'decide'>,
  scenario: Scenario,
  states: Iterable<number>,
  which: 'all' | number,
  action: number,
  options: DecideOptions = {},
): Promise<Worths> {
  const needed = new Set<number>();
  for (const mask of states) {
    const phrases = indicesOf(mask).length;
    if (phrases > MOST_PHRASES)
      throw new UnderstudyError('DISTILL_SIZE', `expected a state of at most ${MOST_PHRASES} phrases, got ${phrases}`);
    for (const subset of subsetsOf(mask)) if (which === 'all' || subset & which) needed.add(subset);
  }
  const masks = Uint32Array.from(needed).sort();
  const { probabilities, outcomes } = await policy.decide(observations(scenario, masks), options);
  const table = new Map<number, number>();
  masks.forEach((mask, i) => {
    if (outcomes[i] !== 'ok')
      throw new UnderstudyError(
        'DISTILL_ANSWERS',
        `${policy.id} gave no answer (${outcomes[i]}) to {${indicesOf(mask)
          .map((phrase) => scenario.phrases[phrase])
          .join(', ')}}, which an explanation needs`,
      );
    table.set(mask, probabilities[i * scenario.actions.length + action]!);
  });
  return (mask) => Float64Array.from(subsetsOf(mask), (subset) => table.get(subset) ?? Number.NaN);
}

/** Subset c has the phrases of the mask whose places among its phrases are the set bits of c. */
function subsetsOf(mask: number): number[] {
  const subsets = [0];
  for (const phrase of indicesOf(mask))
    for (let c = 0, n = subsets.length; c < n; c++) subsets.push((subsets[c]! | (1 << phrase)) >>> 0);
  return subsets;
}
