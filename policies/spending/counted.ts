import type { Teacher } from '../policy.ts';
import { currentBudget } from './budget.ts';

/**
 * A teacher that costs nothing and keeps nothing, held to a limit on questions all the same: whoever tries a plan out on it sees
 * where the limit lies.
 */
export function counted(teacher: Teacher): Teacher {
  const take = (n: number): void => {
    const budget = currentBudget();
    if (budget?.limits.maxQuestions === undefined) return;
    const taken = budget.takeQuestions(n);
    if (taken === n) return;
    budget.returnQuestions(taken);
    throw budget.reached('maxQuestions', false);
  };
  return {
    ...teacher,
    decide: async (observations, options) => {
      take(observations.masks.length);
      return teacher.decide(observations, options);
    },
    ask: async (observations, options) => {
      take(observations.masks.length);
      return teacher.ask(observations, options);
    },
    [Symbol.asyncDispose]: () => teacher[Symbol.asyncDispose](),
  };
}
