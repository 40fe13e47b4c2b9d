import { indicesOf } from '../../env/observation.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { DecideOptions, Policy } from '../../policies/policy.ts';
import { shapleyInteractions } from '../stats/shapley-interactions.ts';
import { shapleyValues } from '../stats/shapley-values.ts';
import { worthsOf } from './worths.ts';

/** Why a policy decides as it does in one state. */
export interface Explanation {
  /** P of the explained action. */
  readonly probability: number;
  /** P where no phrase is shown. */
  readonly baseline: number;
  /** Shapley values in canonical order; their sum is probability − baseline, up to rounding. */
  readonly contributions: readonly { readonly phrase: string; readonly value: number }[];
  /** Shapley interactions of each pair, the strongest first. */
  readonly interactions: readonly { readonly phrases: readonly [string, string]; readonly value: number }[];
}

/**
 * Exact, from all 2^m subsets of the m phrases of a state.
 * @param action whose probability is explained; default 1, the first beside the default action
 * @throws {DistillError} DISTILL_SIZE for more than 16 phrases; DISTILL_ANSWERS where a subset has no answer
 */
export async function explain(
  policy: Pick<Policy, 'id' | 'decide'>,
  scenario: Scenario,
  mask: number,
  { action = 1, ...options }: DecideOptions & { readonly action?: number } = {},
): Promise<Explanation> {
  const game = (await worthsOf(policy, scenario, [mask], 'all', action, options))(mask);
  const phrases = indicesOf(mask).map((phrase) => scenario.phrases[phrase]!);
  const [values, pairs] = [shapleyValues(game), shapleyInteractions(game)];
  return {
    probability: game.at(-1)!,
    baseline: game[0]!,
    contributions: phrases.map((phrase, j) => ({ phrase, value: values[j]! })),
    interactions: phrases
      .flatMap((a, i) =>
        phrases
          .slice(i + 1)
          .map((b, j) => ({ phrases: [a, b] as const, value: pairs[i * phrases.length + i + 1 + j]! })),
      )
      .sort((a, b) => Math.abs(b.value) - Math.abs(a.value)),
  };
}
