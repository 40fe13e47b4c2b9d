import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getLlama, LlamaLogLevel, type LlamaModel, type Token } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observations } from '../../../env/observation.ts';
import { choicePromptOf } from '../../../env/prompt.ts';
import { defineVocabulary } from '../../../env/vocabulary.ts';
import { readDecisions } from '../../../workspace/decisions.ts';
import { shiftsOf } from '../choice.ts';
import { openLanguageModel } from '../open-model.ts';
import { ggufModel, openGguf } from './backend.ts';
import { Chat } from './chat.ts';
import { generatedModel, threeDigits } from './generated.test-support.ts';
import { LETTER_HEAD } from './letters.ts';
import { NAME_REQUEST, namesOf } from './names.ts';

/** Two names share a beginning, one is the beginning of another, one is cut into groups of digits, one has a quote. */
const commute = defineVocabulary({
  id: 'commute',
  actions: ['walk', 'bus', 'bus lane', 'route 12345', 'car'],
  traits: { phrases: ['fit', 'old'] },
  contexts: { phrases: ['rain'] },
  prompt: {
    paraphrases: ['A commuter who is {traits}. This morning: {contexts}.'],
    none: { traits: 'like anybody else', contexts: 'nothing special' },
    question: 'How likely is each?',
    choice: { options: { car: 'the "big" car' } },
  },
});
const NAMES = ['walk', 'bus', 'bus lane', 'route 12345', 'the "big" car'];

const folder = mkdtempSync(join(tmpdir(), 'names-'));
const path = join(folder, 'names.gguf');
beforeAll(() => {
  // Letters so likely that names have a share that can be compared, a quote to end them.
  const favoured = [...'walkbusroetc', '"', ' ', '123'].map((token) => [token === ' ' ? 'Ġ' : token, 4] as const);
  writeFileSync(path, generatedModel({ tokenizer: threeDigits(), favoured }));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a choice by whole names over a GGUF', () => {
  it('is the product over the tokens of each name and its end, as when each is evaluated alone', async () => {
    await using teacher = await openGguf({ path, scenario: commute });
    expect(teacher.readsNames).toBe(true);
    const batch = observations(commute, [0b101]);
    const [answer] = await teacher.ask(batch, { elicit: 'choice', names: true, rotations: 2 });

    const llama = await getLlama({ gpu: false, build: 'never', maxThreads: 1, logLevel: LlamaLogLevel.error });
    const model = await llama.loadModel({ modelPath: path });
    const context = await model.createContext({ contextSize: 512, threads: 1, flashAttention: false });
    const sequence = context.getSequence();
    const chat = new Chat(model);
    const tokens = (text: string) => model.tokenize(text, false, 'trimLeadingSpace');
    for (const [r, shift] of shiftsOf(5, 2).entries()) {
      const prompt = choicePromptOf(commute, batch, 0, { shift, request: NAME_REQUEST, lettered: false });
      expect(prompt.split('\n').slice(2)).toEqual(
        NAMES.map((_, position) => `- ${NAMES[(position + shift) % NAMES.length]}`),
      );
      let total = 0;
      for (const [action, name] of NAMES.entries()) {
        const escaped = name.replaceAll('"', '\\"');
        const own = tokens(LETTER_HEAD + escaped).slice(tokens(LETTER_HEAD).length);
        const before = [...chat.tokens(prompt), ...tokens(LETTER_HEAD)];
        await sequence.clearHistory();
        const seen = await sequence.controlledEvaluate(
          [...before, ...own].map((token, i) =>
            i < before.length - 1 ? token : [token, { generateNext: { probabilities: true } }],
          ),
        );
        const nextOf = (i: number) => seen[before.length - 1 + i]!.next.probabilities!;
        let chance = own.reduce((product, token, i) => product * nextOf(i).get(token)!, 1);
        let ends = 0;
        for (const [token, p] of nextOf(own.length)) if (model.detokenize([token]).startsWith('"')) ends += p;
        chance *= ends;
        total += chance;
        expect(Math.abs(answer!.choice!.letters[r]![action]! / chance - 1), name).toBeLessThan(2e-3);
      }
      expect(total).toBeLessThan(1);
      expect(answer!.choice!.letters[r]!.reduce((sum, p) => sum + p, 0)).toBeCloseTo(total, 8);
    }
    await llama.dispose();
    // A model of random weights does not know the names, and this is said.
    expect(answer!.outcome).toBe('unparsable');
    expect(answer!.reason).toMatch(/^the names of the options have \S+ of the probability, less than 0\.5/);
    // In each order the head and every token of the trie: walk 4, bus 3 and its lane 5, route 6 and 123 45, the car 15.
    expect(answer!.usage!.completionTokens).toBe(2 * (1 + 4 + 3 + 5 + 8 + 15));
  });

  it('is kept apart from the letters, and is not read back as a decision', async () => {
    const labels = join(folder, 'labels.jsonl');
    const model = await ggufModel({ path, scenario: commute });
    await using teacher = await openLanguageModel(model, { scenario: commute, labels, elicit: 'choice' });
    const batch = observations(commute, [1]);
    const asked = async (names: boolean) => (await teacher.ask(batch, { elicit: 'choice', rotations: 1, names }))[0]!;
    const [letters, named] = [await asked(false), await asked(true)];
    expect(letters.choice!.letters).not.toEqual(named.choice!.letters);
    expect(await asked(true)).toEqual(named);
    expect(teacher.modelAnswers).toBe(2);
    const lines = readFileSync(labels, 'utf8').trim().split('\n');
    expect(lines.filter((line) => line.includes('"names":true'))).toHaveLength(1);
    const log: string[] = [];
    await readDecisions(labels, commute, { log: (line) => log.push(line) });
    expect(log.join()).toContain('1 of checks by whole names');
  });
});

describe('the names of options in a tokenizer', () => {
  /** A model whose tokenizer cuts a text where the pattern says. */
  const model = (pattern: RegExp, vocabulary: readonly string[] = ['"', '"}', 'a"']): LlamaModel => {
    const known = [...vocabulary];
    const tokenize = (text: string) =>
      (text.match(pattern) ?? []).map((piece) => {
        if (!known.includes(piece)) known.push(piece);
        return known.indexOf(piece) as Token;
      });
    return {
      tokenize,
      detokenize: (tokens: readonly number[]) => tokens.map((token) => known[token]).join(''),
      iterateAllTokens: () => vocabulary.keys(),
      isSpecialToken: () => false,
    } as unknown as LlamaModel;
  };
  const words = /"\}|[a-z]+| |[^a-z ]/g;

  it('share their beginnings, and end with every token that begins with a quote', () => {
    const found = namesOf(model(words), ['bus', 'bus lane', 'walk']);
    expect(found).toMatchObject({ count: 3, longest: 3, ends: [0, 1] });
    if (typeof found === 'string') throw new Error(found);
    expect(found.root.next.size).toBe(2);
    const [bus] = [...found.root.next.values()];
    expect(bus).toMatchObject({ name: 0 });
    expect(bus!.next.size).toBe(1);
  });

  it('cannot be told apart if two are the same, or if they melt into what precedes them', () => {
    expect(namesOf(model(words), ['bus', 'bus'])).toBe('two options are called "bus"');
    expect(namesOf(model(/"[a-z]+|[^a-z"]+|[a-z]+|"/g), ['bus'])).toBe(
      'its tokenizer writes "bus" in a way that depends on what precedes it',
    );
  });
});
