import { UnderstudyError } from '../../env/error.ts';
import type { Scenario } from '../../env/scenario.ts';
import { suggestion } from '../../env/suggestion.ts';

/**
 * The action that is explained if none is named: the likeliest beside the default one, the first of equals.
 * @param means of the probability of each action beside the default
 * @returns its index
 */
export const likeliest = (means: readonly number[]): number =>
  1 + means.reduce((best, mean, i) => (mean > means[best]! ? i : best), 0);

/** The sums of each action's probability over rows, the default's left out. */
export function sumsBesideDefault(probabilities: ArrayLike<number>, k: number): number[] {
  const sums = new Array<number>(k - 1).fill(0);
  for (let i = 0; i < probabilities.length; i++)
    if (i % k > 0 && !Number.isNaN(probabilities[i])) sums[(i % k) - 1]! += probabilities[i]!;
  return sums;
}

/** Index of an action by its name. @throws {UnderstudyError} DISTILL_ARGUMENT naming the known */
export function actionNamed({ id, actions }: Pick<Scenario, 'id' | 'actions'>, name: string): number {
  const index = actions.indexOf(name);
  if (index >= 0) return index;
  const near = suggestion(name, actions);
  throw new UnderstudyError(
    'DISTILL_ARGUMENT',
    `unknown action: ${name} (${id} knows: ${actions.join(', ')})${near ? `; did you mean ${near}?` : ''}`,
  );
}
