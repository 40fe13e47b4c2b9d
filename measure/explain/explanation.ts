import type { Vocabulary } from '../../env/scenario.ts';
import type { DecideOptions, Policy } from '../../policies/policy.ts';
import { shapleyInteractions, shapleyValues, shapleyValuesFrom } from '../../stats/shapley.ts';
import { worthsOf } from './effects.ts';

/** What one phrase adds. */
export interface Contribution {
  readonly phrase: string;
  /** Its Shapley value; steps through sets without traits, which are not states of the scenario, count too. */
  readonly value: number;
  /**
   * What it adds on average in the orders that begin with a trait, as effects count it: far from `value` where the
   * policy extrapolates strangely. Absent for an only trait, and in a scenario without traits.
   */
  readonly inside?: number;
}

/** Why a policy decides as it does in one state. */
export interface Explanation {
  /** P of the explained action. */
  readonly probability: number;
  /** P where no phrase is shown. */
  readonly baseline: number;
  /** Shapley values in canonical order; their sum is probability − baseline, up to rounding. */
  readonly contributions: readonly Contribution[];
  /** Shapley interactions of each pair, the strongest first. */
  readonly interactions: readonly { readonly phrases: readonly [string, string]; readonly value: number }[];
}

/**
 * Exact, from all 2^m subsets of the m phrases of a state.
 * @param action whose probability is explained; default 1, the first beside the default action
 * @throws {UnderstudyError} DISTILL_SIZE for more than 16 phrases; DISTILL_ANSWERS where a subset has no answer
 */
export async function explain(
  policy: Pick<Policy, 'id' | 'decide'>,
  scenario: Vocabulary,
  mask: number,
  { action = 1, ...options }: DecideOptions & { readonly action?: number } = {},
): Promise<Explanation> {
  const game = (await worthsOf(policy, scenario, [mask], 'all', action, options))(mask);
  const indices = scenario.sets.indices(mask);
  const phrases = indices.map((phrase) => scenario.phrases[phrase]!);
  const inside = shapleyValuesFrom(
    game,
    indices.reduce((bits, phrase, j) => (phrase < scenario.traits.length ? bits | (1 << j) : bits), 0),
  );
  const [values, pairs] = [shapleyValues(game), shapleyInteractions(game)];
  return {
    probability: game.at(-1)!,
    baseline: game[0]!,
    contributions: phrases.map((phrase, j) => ({
      phrase,
      value: values[j]!,
      ...(!Number.isNaN(inside[j]) && { inside: inside[j]! }),
    })),
    interactions: phrases
      .flatMap((a, i) =>
        phrases
          .slice(i + 1)
          .map((b, j) => ({ phrases: [a, b] as const, value: pairs[i * phrases.length + i + 1 + j]! })),
      )
      .sort((a, b) => Math.abs(b.value) - Math.abs(a.value)),
  };
}
