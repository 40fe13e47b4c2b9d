import {
  type LlamaContextSequence,
  type LlamaGrammar,
  LlamaGrammarEvaluationState,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp';
import type { Turns } from './turns.ts';
import { evaluatePrompt } from './turns.ts';

export interface WriteOptions {
  readonly grammar: LlamaGrammar;
  /** 0: always the likeliest token. */
  readonly temperature: number;
  readonly seed: number;
  /** Maximum number of tokens. */
  readonly limit: number;
  /** Asked before each token. */
  readonly cancelled: () => boolean;
}

/**
 * What the model writes after `tokens` under a grammar that ends on a closing brace, untruncated: no top-k, top-p or
 * min-p takes anything from the distribution.
 * @param tokens the question and the head of the reply
 * @param head the head in words
 * @returns the whole reply, head included, and how many tokens were written; cut where it reached the limit
 */
export async function writeReply(
  model: LlamaModel,
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
  head: string,
  turns: Turns,
  { grammar, temperature, seed, limit, cancelled }: WriteOptions,
): Promise<{ text: string; cut: boolean; written: number }> {
  const written: Token[] = [];
  const text = () => head + model.detokenize(written, false, tokens);
  const sampler = { temperature, seed, topK: 0, topP: 1, minP: 0 };
  const grammarEvaluationState = new LlamaGrammarEvaluationState({ model, grammar });
  let reply: AsyncGenerator<Token> | undefined;
  const first = await evaluatePrompt(sequence, tokens, 1, turns, (from) => {
    reply = sequence.evaluate(tokens.slice(from), { ...sampler, grammarEvaluationState });
    return reply.next();
  });
  try {
    for (let step = first; !step.done; step = await turns.reply(() => reply!.next())) {
      written.push(step.value);
      // Strings of the grammar hold no quotes, so a brace after a quote or a digit closes the reply.
      if (model.detokenize([step.value]).includes('}') && /["\d]\}$/.test(text()))
        return { text: text(), cut: false, written: written.length };
      if (written.length >= limit || cancelled()) break;
    }
  } finally {
    await reply?.return(undefined);
  }
  return { text: text(), cut: true, written: written.length };
}
