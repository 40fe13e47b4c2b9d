import type { LlamaContextSequence, Token } from 'node-llama-cpp';
import type { Turns } from './turns.ts';

/**
 * Evaluates a prompt, keeping what its sequence holds of it already.
 * @param unseen how many of the last tokens are evaluated whatever the sequence holds, for what follows them
 * @param evaluate evaluates the tokens from an index on
 */
export async function evaluatePrompt<T>(
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
  unseen: number,
  turns: Turns,
  evaluate: (from: number) => Promise<T>,
): Promise<T> {
  const held = await keep(sequence, tokens.slice(0, -Math.max(2, unseen)));
  return turns.prompt(tokens.length - held, tokens.length, async (length) =>
    evaluate(await keep(sequence, tokens.slice(0, tokens.length - length))),
  );
}

/** Makes a sequence hold nothing but the beginning of `tokens`; returns how many it holds. */
async function keep(sequence: LlamaContextSequence, tokens: Token[]): Promise<number> {
  await sequence.adaptStateToTokens(tokens, false);
  return sequence.nextTokenIndex;
}
