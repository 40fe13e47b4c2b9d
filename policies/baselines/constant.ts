import { UnderstudyError } from '../../env/error.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { immediatePolicy } from '../immediate.ts';
import type { Policy } from '../policy.ts';

/**
 * Decides the same for everybody.
 * @param probabilities P of each action but the first, which gets the rest; or of all actions, summing to 1
 * @throws {UnderstudyError} POLICY_ARGUMENT for numbers that are not probabilities, or a wrong number of them
 * @example constant(scenario, 0.3) // the second of two actions with probability 0.3
 */
export function constant(scenario: Vocabulary, ...probabilities: number[]): Policy {
  return fixed(scenario, `constant:${probabilities.join(',')}`, probabilities);
}

/** A policy of that id that gives every observation the same row. */
function fixed(scenario: Vocabulary, id: string, probabilities: readonly number[]): Policy {
  const asked = scenario.actions.slice(1);
  const all = asked.length > 1 && probabilities.length === scenario.actions.length;
  if (all) {
    const total = probabilities.reduce((sum, p) => sum + p, 0);
    if (!(Math.abs(total - 1) < 1e-6))
      throw new UnderstudyError(
        'POLICY_ARGUMENT',
        `probabilities of ${scenario.actions.join(', ')} sum to ${Number(total.toPrecision(6))}, not 1`,
      );
    return fixed(scenario, id, probabilities.slice(1));
  }
  if (probabilities.length !== asked.length)
    throw new UnderstudyError(
      'POLICY_ARGUMENT',
      `expected ${asked.length === 1 ? 'one probability' : `${asked.length} probabilities`} (${asked.join(', ')}), got ${probabilities.length}`,
    );
  const outside = probabilities.find((p) => !(p >= 0 && p <= 1));
  if (outside !== undefined)
    throw new UnderstudyError('POLICY_ARGUMENT', `a probability is a number from 0 to 1, got ${outside}`);
  const sum = probabilities.reduce((total, p) => total + p, 0);
  if (sum > 1 + 1e-9)
    throw new UnderstudyError('POLICY_ARGUMENT', `probabilities of ${asked.join(', ')} sum to ${sum}, more than 1`);
  const row = [Math.max(0, 1 - sum), ...probabilities];
  return immediatePolicy(scenario, { id, eager: true, row: (_batch, _i, out) => out.set(row) });
}

/**
 * A constant policy from its name's argument.
 * @param text numbers separated by commas, one for each action but the first
 * @throws {UnderstudyError} POLICY_ARGUMENT
 * @example parseConstant(scenario, '0.3')
 */
export function parseConstant(scenario: Vocabulary, text: string): Policy {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (numbers.some(Number.isNaN))
    throw new UnderstudyError(
      'POLICY_ARGUMENT',
      `constant:${text} names no probability; write constant:0.3 for a P of ${scenario.actions.slice(1).join(', ')} of 0.3`,
    );
  return constant(scenario, ...numbers);
}

/** Gives every action the same probability. */
export function uniform(scenario: Vocabulary): Policy {
  const k = scenario.actions.length;
  return fixed(
    scenario,
    `uniform:${k}`,
    Array.from({ length: k - 1 }, () => 1 / k),
  );
}
