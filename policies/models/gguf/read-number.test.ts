import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  getLlama,
  type Llama,
  type LlamaContextSequence,
  LlamaLogLevel,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { dataFile } from '../../../workspace/bundled.ts';
import { readingOf } from '../number-distribution.ts';
import { type Digits, digitsOf } from './digits.ts';
import { type GeneratedOptions, generatedModel, threeDigits } from './generated.test-support.ts';
import { readNumber } from './read-number.ts';
import { Turns } from './turns.ts';

const HEAD = '{"buy": ';
const folder = mkdtempSync(join(tmpdir(), 'digits-'));
let llama: Llama;
beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: 'never', maxThreads: 1, logLevel: LlamaLogLevel.error });
});
const models: LlamaModel[] = [];
afterEach(async () => {
  for (const model of models.splice(0)) await model.dispose();
});
afterAll(async () => {
  await llama.dispose();
  rmSync(folder, { recursive: true });
});

async function opened(path: string) {
  const model = await llama.loadModel({ modelPath: path });
  models.push(model);
  const context = await model.createContext({ sequences: 1, contextSize: 256, threads: 1, flashAttention: false });
  const numbers = digitsOf(model, HEAD);
  const tokens = model.tokenize(`Is it hot? ${HEAD}`, false, 'trimLeadingSpace');
  return { model, sequence: context.getSequence(), numbers: numbers as Digits, tokens };
}

function written(name: string, options: Omit<GeneratedOptions, 'tokenizer'>): string {
  const path = join(folder, `${name}.gguf`);
  writeFileSync(path, generatedModel({ tokenizer: threeDigits(), ...options }));
  return path;
}

/** P of each token after those before it, from the whole softmax in doubles, on a sequence that holds nothing. */
async function nextChances(sequence: LlamaContextSequence, tokens: readonly Token[]): Promise<Map<Token, number>> {
  await sequence.clearHistory();
  const seen = await sequence.controlledEvaluate([
    ...tokens.slice(0, -1),
    [tokens.at(-1)!, { generateNext: { logits: true } }],
  ]);
  const logits = seen.at(-1)!.next.logits!;
  const largest = Math.max(...logits.values());
  const total = [...logits.values()].reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  return new Map([...logits].map(([token, logit]) => [token, Math.exp(logit - largest) / total]));
}

/** Every spelling of every number, each followed from its first token on its own. */
async function bruteForce({ sequence, numbers, tokens }: Awaited<ReturnType<typeof opened>>) {
  const { digits, pairs, triples, point, ends } = numbers;
  const known = new Map<string, Map<Token, number>>();
  const next = async (path: readonly Token[], token: Token) => {
    const key = path.join();
    if (!known.has(key)) known.set(key, await nextChances(sequence, [...tokens, ...path]));
    return known.get(key)!.get(token)!;
  };
  const probability = async (path: readonly Token[]) => {
    let product = 1;
    for (let i = 0; i < path.length; i++) product *= await next(path.slice(0, i), path[i]!);
    return product;
  };
  const weights = new Float64Array(101);
  let other = 0;
  const [zero, one] = digits as [Token, Token];
  for (const end of ends) {
    weights[0]! += await probability([zero, end]);
    weights[100]! += await probability([one, end]);
    for (let d = 0; d < 10; d++) weights[10 * d]! += await probability([zero, point, digits[d]!, end]);
  }
  for (let n = 0; n < 100; n++) {
    const spelt = await probability([zero, point, digits[Math.floor(n / 10)]!, digits[n % 10]!]);
    weights[n]! += spelt;
    const pair = pairs[n];
    if (pair === undefined) continue;
    weights[n]! += await probability([zero, point, pair]);
    other += spelt;
  }
  for (const [n, token] of triples.entries())
    if (token !== undefined) weights[Math.floor(n / 10)]! += await probability([zero, point, token]);
  for (const zeros of [digits[0], pairs[0], triples[0]])
    if (zeros !== undefined) weights[100]! += await probability([one, point, zeros]);
  return { ...readingOf(weights), other, seen: weights.reduce((sum, weight) => sum + weight, 0) };
}

/** A model that favours what numbers are made of, wherever it stands. */
const decided = {
  favoured: [
    ['0', 9],
    ['1', 7],
    ['.', 9],
    ['7', 10],
    ['74', 9],
    ['741', 8],
    ['4', 8],
    ['}', 9],
    [',"', 8],
  ],
} as const;

describe('a number in tokens of up to three digits', () => {
  it('is found to be readable, with all groups of digits and what ends it', async () => {
    const { numbers, model } = await opened(written('found', {}));
    expect(numbers.digits).toHaveLength(10);
    expect(numbers.pairs.filter((token) => token !== undefined)).toHaveLength(100);
    expect(numbers.triples.filter((token) => token !== undefined)).toHaveLength(1000);
    expect(numbers.ends.map((token) => model.detokenize([token]))).toEqual(expect.arrayContaining(['}', ',', ',"']));
    expect(numbers.ends.some((token) => /\d/.test(model.detokenize([token])))).toBe(false);
  });

  it.each([
    ['without any preference', {}],
    ['of a model that means one', decided],
  ])('%s is what every spelling of it sums to', async (name, options) => {
    const model = await opened(written(name, options));
    const brute = await bruteForce(model);
    await model.sequence.clearHistory();
    const { mean, distribution } = await readNumber(model.sequence, model.tokens, model.numbers, new Turns(512));
    const seen = 1 - distribution.missing;
    if (options === decided) {
      expect(brute.seen).toBeGreaterThan(0.01);
      expect(brute.other / brute.seen).toBeGreaterThan(0.05);
      expect(Math.abs(mean - brute.mean)).toBeLessThan(1e-4);
      expect(Math.abs(distribution.otherSpellings! / brute.other - 1)).toBeLessThan(1e-3);
      expect(Math.abs(seen / brute.seen - 1)).toBeLessThan(1e-3);
    } else {
      // Nothing is followed that has less than a millionth, so hardly anything is seen, and that is said.
      expect(brute.seen).toBeLessThan(1e-3);
      expect(distribution.missing).toBeGreaterThan(0.999);
      expect(seen).toBeLessThan(1.001 * brute.seen + 1e-6);
    }
  });
});

describe('a number in single digits', () => {
  it('is what every spelling of it sums to', async () => {
    const tiny = await opened(dataFile('teachers/tiny.gguf'));
    expect(tiny.numbers.pairs.every((token) => token === undefined)).toBe(true);
    const brute = await bruteForce(tiny);
    await tiny.sequence.clearHistory();
    const { mean, distribution } = await readNumber(tiny.sequence, tiny.tokens, tiny.numbers, new Turns(512));
    expect(Math.abs(mean - brute.mean)).toBeLessThan(1e-4);
    expect(Math.abs(1 - distribution.missing - brute.seen)).toBeLessThan(1e-4);
    expect(distribution.otherSpellings).toBeUndefined();
  });
});
