import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getLlama, type Llama, type LlamaModel, resolveChatWrapper } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Reference {
  readonly numberPrefix: string;
  readonly conversations: readonly {
    readonly prompt: string;
    readonly promptTokens: number[];
    readonly reply: string;
    readonly replyTokens: number[];
    /** PyTorch's distribution of the number's first decimal, float32 weights. */
    readonly firstDecimal: number[];
  }[];
  readonly texts: readonly { readonly text: string; readonly tokens: number[] }[];
}
const reference: Reference = JSON.parse(readFileSync(join(import.meta.dirname, 'reference.json'), 'utf8'));
const modelPath = join(import.meta.dirname, '..', '..', 'data', 'teachers', 'tiny.gguf');

describe('the tiny teacher in llama.cpp', () => {
  let llama: Llama;
  let model: LlamaModel;
  beforeAll(async () => {
    llama = await getLlama({ gpu: false, build: 'never', maxThreads: 1 });
    model = await llama.loadModel({ modelPath });
  });
  afterAll(async () => {
    await model?.dispose();
    await llama?.dispose();
  });

  it('reads prompts through the chat wrapper as the tokens that it was trained on', () => {
    const wrapper = resolveChatWrapper(model);
    expect(wrapper.wrapperName).toBe('Gemma');
    for (const { prompt, promptTokens } of reference.conversations) {
      const { contextText } = wrapper.generateContextState({
        chatHistory: [
          { type: 'user', text: prompt },
          { type: 'model', response: [''] },
        ],
      });
      expect(contextText.tokenize(model.tokenizer)).toEqual(promptTokens);
    }
  });

  it('reads replies and odd texts as the Python tokenizer does', () => {
    for (const { reply, replyTokens } of reference.conversations) expect(model.tokenize(reply)).toEqual(replyTokens);
    for (const { text, tokens } of reference.texts) expect(model.tokenize(text)).toEqual(tokens);
  });

  it('computes what PyTorch computes, but for the rounding of weights to 8 bits', async () => {
    const context = await model.createContext({ contextSize: 256, threads: 1, flashAttention: false });
    const sequence = context.getSequence();
    const digits = [...'0123456789'].map((digit) => model.tokenize(digit)[0]!);
    for (const { promptTokens, firstDecimal } of reference.conversations) {
      const tokens = [...promptTokens, ...model.tokenize(reference.numberPrefix)] as (typeof digits)[number][];
      await sequence.clearHistory();
      const evaluated = await sequence.controlledEvaluate([
        ...tokens.slice(0, -1),
        [tokens.at(-1)!, { generateNext: { logits: { filter: { tokens: digits } } } }],
      ]);
      const logits = evaluated.at(-1)!.next.logits!;
      const weights = digits.map((digit) => Math.exp(logits.get(digit)! - logits.get(digits[0]!)!));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      weights.forEach((weight, digit) => {
        expect(Math.abs(weight / total - firstDecimal[digit]!)).toBeLessThan(0.02);
      });
    }
    await context.dispose();
  });
});
