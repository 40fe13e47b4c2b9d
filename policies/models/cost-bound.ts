import type { Amount } from '../spending/budget.ts';
import { mostTokens } from '../spending/tokens.ts';
import type { Asking, Question } from './backend.ts';
import { replyTokens } from './gguf/grammar.ts';

/** Tokens that are looked at to read a number, at most: its tree has ten branches, each with an end. */
const NUMBER_LOOKS = 256;
/** Tokens of an action's name, at most, with its end. */
const NAME_TOKENS = 64;

/** The most tokens that a question to a model on this machine can take, where each byte is a token at most. */
export function costBound(
  { prompt, orders = [prompt] }: Pick<Question, 'prompt' | 'orders'>,
  { elicit, explain, names }: Pick<Asking, 'elicit' | 'explain' | 'names'>,
  actions: readonly string[],
  template: string,
): Amount {
  const promptTokens = orders.reduce((sum, order) => sum + mostTokens(order) + Buffer.byteLength(template), 0);
  const completionTokens =
    elicit === 'expected'
      ? NUMBER_LOOKS
      : elicit === 'choice'
        ? orders.length * (names ? NAME_TOKENS * actions.length : actions.length)
        : replyTokens(actions, explain);
  return { promptTokens, completionTokens, cost: 0 };
}
