import { UnderstudyError } from '../env/error.ts';
import { phrasesOf } from '../env/observation.ts';
import type { Rule, RuleProbabilities, Vocabulary } from '../env/scenario.ts';
import { immediatePolicy } from './immediate.ts';
import type { Policy } from './policy.ts';

/**
 * A policy from a function of what an agent sees.
 * @param rule gives P(a | s); the same phrases must give the same probabilities
 * @param options `id` names the policy in records; default "rule"
 * @throws {UnderstudyError} POLICY_ARGUMENT when it decides, for probabilities that are not some
 * @example policyOf(scenario, ({ contexts }) => ({ ride: contexts.includes('it is sunny') ? 0.8 : 0.1 }))
 */
export function policyOf(scenario: Vocabulary, rule: Rule, { id = 'rule' }: { readonly id?: string } = {}): Policy {
  return immediatePolicy(scenario, {
    id,
    row: (batch, i, out) => {
      const { traits, context } = phrasesOf(scenario, batch, i);
      out.set(rowOf(scenario, id, rule({ traits, contexts: context })));
    },
  });
}

/**
 * What a rule gave as probabilities of all actions, in order.
 * @throws {UnderstudyError} POLICY_ARGUMENT for what are not probabilities that sum to 1
 */
export function rowOf({ actions }: Pick<Vocabulary, 'actions'>, id: string, given: RuleProbabilities): number[] {
  const wrong = (what: string) => new UnderstudyError('POLICY_ARGUMENT', `${id}: ${what}`);
  if (typeof given !== 'object' || given === null)
    throw wrong(`expected probabilities of ${actions.join(', ')}, got ${String(given)}`);
  let row: number[];
  if (Array.isArray(given)) row = [...(given as readonly number[])];
  else {
    const named = given as Readonly<Record<string, number | undefined>>;
    const unknown = Object.keys(named).find((action) => !actions.includes(action));
    if (unknown !== undefined) throw wrong(`unknown action: ${unknown} (known: ${actions.join(', ')})`);
    const [first, ...others] = actions as [string, ...string[]];
    const rest = 1 - others.reduce((sum, action) => sum + (named[action] ?? 0), 0);
    row = [named[first] ?? rest, ...others.map((action) => named[action] ?? 0)];
  }
  const sum = row.reduce((total, p) => total + p, 0);
  if (row.length !== actions.length || !row.every((p) => p >= -1e-9 && p <= 1 + 1e-9) || Math.abs(sum - 1) > 1e-6)
    throw wrong(`[${row.join(', ')}] are not probabilities of ${actions.join(', ')} that sum to 1`);
  return row.map((p) => Math.min(1, Math.max(0, p)));
}
