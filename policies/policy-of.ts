import { UnderstudyError } from '../env/error.ts';
import { orderOf } from '../env/observation.ts';
import type { Rule, RuleProbabilities, Vocabulary } from '../env/scenario.ts';
import { suggestion } from '../env/suggestion.ts';
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
    row: (batch, i, out) => out.set(ruleRow(scenario, id, rule, orderOf(batch, i))),
  });
}

/**
 * What a rule gives where phrases are shown, by their indices, in order.
 * @param id names the rule in errors
 * @throws {UnderstudyError} POLICY_ARGUMENT for what are not probabilities that sum to 1, and where the rule looks for a
 *   phrase that the scenario does not know: it would never be found
 */
export function ruleRow(
  { actions, traits, phrases }: Pick<Vocabulary, 'actions' | 'traits' | 'phrases'>,
  id: string,
  rule: Rule,
  shown: readonly number[],
): number[] {
  // A rule may look for one phrase among both traits and contexts.
  const requireKnown = (phrase: string) => {
    if (phrases.includes(phrase)) return;
    const near = suggestion(phrase, phrases);
    throw new UnderstudyError(
      'POLICY_ARGUMENT',
      `${id} looks for "${phrase}", which the scenario does not know (known: ${phrases.join(', ')})${near ? `; did you mean ${near}?` : ''}`,
    );
  };
  const list = (held: readonly number[]): string[] => {
    const words = held.map((phrase) => phrases[phrase]!);
    for (const method of ['includes', 'indexOf'] as const)
      Object.defineProperty(words, method, {
        value(phrase: string, ...from: [number?]) {
          requireKnown(phrase);
          return (Array.prototype[method] as (phrase: string, from?: number) => unknown).call(this, phrase, ...from);
        },
      });
    return words;
  };
  const given = rule({
    traits: list(shown.filter((phrase) => phrase < traits.length)),
    contexts: list(shown.filter((phrase) => phrase >= traits.length)),
  });
  return rowOf({ actions }, id, given);
}

/**
 * What a rule gave as probabilities of all actions, in order.
 * @throws {UnderstudyError} POLICY_ARGUMENT for what are not probabilities that sum to 1
 */
function rowOf({ actions }: Pick<Vocabulary, 'actions'>, id: string, given: RuleProbabilities): number[] {
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
