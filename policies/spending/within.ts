import type { Teacher } from '../policy.ts';
import { type Budget, LimitReached, withBudget } from './budget.ts';

/**
 * A teacher that is asked within a budget, whoever asks it: for a server, whose pages ask outside of the work that was given the
 * budget.
 * @param onReached hears of a limit that is reached, once in the same words
 */
export function within<T extends Teacher>(budget: Budget, teacher: T, onReached?: (sentence: string) => void): T {
  let told: string | undefined;
  const held = <R>(work: () => Promise<R>): Promise<R> =>
    withBudget(budget, work).catch((error: unknown) => {
      if (error instanceof LimitReached && error.limit !== told) {
        told = error.limit;
        onReached?.(error.message);
      }
      throw error;
    });
  return new Proxy(teacher, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const method = value as (...given: unknown[]) => Promise<unknown>;
      if (name !== 'ask' && name !== 'decide') return method.bind(target);
      return (...given: unknown[]) => held(() => method.apply(target, given));
    },
  });
}
