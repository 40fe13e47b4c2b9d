import {
  type LlamaContextSequence,
  type LlamaGrammar,
  LlamaGrammarEvaluationState,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp';

export interface WriteOptions {
  readonly grammar: LlamaGrammar;
  /** 0: always the likeliest token. */
  readonly temperature: number;
  readonly seed: number;
  /** At most so many tokens. */
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
  { grammar, temperature, seed, limit, cancelled }: WriteOptions,
): Promise<{ text: string; cut: boolean; written: number }> {
  // Of an equal prompt everything is there already; the last token is evaluated again for what follows it.
  await sequence.adaptStateToTokens(tokens.slice(0, -1), false);
  const rest = tokens.slice(sequence.nextTokenIndex);
  const written: Token[] = [];
  const text = () => head + model.detokenize(written, false, tokens);
  const sampler = { temperature, seed, topK: 0, topP: 1, minP: 0 };
  const grammarEvaluationState = new LlamaGrammarEvaluationState({ model, grammar });
  for await (const token of sequence.evaluate(rest, { ...sampler, grammarEvaluationState })) {
    written.push(token);
    // Strings of the grammar hold no quotes, so a brace after a quote or a digit closes the reply.
    if (model.detokenize([token]).includes('}') && /["\d]\}$/.test(text()))
      return { text: text(), cut: false, written: written.length };
    if (written.length >= limit || cancelled()) break;
  }
  return { text: text(), cut: true, written: written.length };
}
