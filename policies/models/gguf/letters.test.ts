import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getLlama, LlamaLogLevel, type LlamaModel } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observations } from '../../../env/observation.ts';
import { choicePromptOf } from '../../../env/prompt.ts';
import type { Scenario } from '../../../env/scenario.ts';
import { iceCream } from '../../../scenarios/ice-cream-v1/scenario.ts';
import { describePolicy } from '../../../scenarios/open.ts';
import { dataFile } from '../../../workspace/bundled.ts';
import { openLanguageModel } from '../open-model.ts';
import type { LanguageModelTeacher } from '../teacher.ts';
import { commuting, holidays } from '../worlds.test-support.ts';
import { type GgufBackend, ggufModel, openGguf } from './backend.ts';
import { Chat } from './chat.ts';
import { generatedModel, threeDigits } from './generated.test-support.ts';
import { LETTER_HEAD, LETTER_REQUEST, lettersOf } from './letters.ts';

const folder = mkdtempSync(join(tmpdir(), 'letters-'));
/** A model that likes to write letters, the first ones most. */
const path = join(folder, 'letters.gguf');
beforeAll(() => {
  const favoured = [...'ABCDEFGHIJKL'].map((letter, i) => [letter, 9 - i / 8] as const);
  writeFileSync(path, generatedModel({ tokenizer: threeDigits(), favoured }));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a choice over a GGUF', () => {
  const opened = new Map<Scenario, LanguageModelTeacher<GgufBackend>>();
  beforeAll(async () => {
    for (const scenario of [commuting, holidays]) opened.set(scenario, await openGguf({ path, scenario }));
  });
  afterAll(async () => {
    for (const teacher of opened.values()) await teacher[Symbol.asyncDispose]();
  });

  it('reads the probability of each letter out of the whole vocabulary', async () => {
    const teacher = opened.get(commuting)!;
    const batch = observations(commuting, [0b1001]);
    const [answer] = await teacher.ask(batch, { elicit: 'choice' });
    const llama = await getLlama({ gpu: false, build: 'never', maxThreads: 1, logLevel: LlamaLogLevel.error });
    const model = await llama.loadModel({ modelPath: path });
    const context = await model.createContext({ contextSize: 512, threads: 1, flashAttention: false });
    const sequence = context.getSequence();
    const chat = new Chat(model);
    for (let shift = 0; shift < 4; shift++) {
      const prompt = choicePromptOf(commuting, batch, 0, { shift, request: LETTER_REQUEST });
      const tokens = [...chat.tokens(prompt), ...model.tokenize(LETTER_HEAD, false, 'trimLeadingSpace')];
      await sequence.clearHistory();
      const seen = await sequence.controlledEvaluate([
        ...tokens.slice(0, -1),
        [tokens.at(-1)!, { generateNext: { probabilities: true } }],
      ]);
      const next = seen.at(-1)!.next.probabilities!;
      for (let action = 0; action < 4; action++) {
        const letter = 'ABCD'[(action - shift + 4) % 4]!;
        const p = next.get(model.tokenize(letter, false, 'trimLeadingSpace')[0]!)!;
        expect(Math.abs(answer!.choice!.letters[shift]![action]! / p - 1)).toBeLessThan(1e-3);
      }
    }
    expect(answer!.outcome).toBe('ok');
    expect(answer!.choice!.mass).toBeGreaterThan(0.5);
    expect(answer!.choice!.bias).toBeGreaterThan(0);
    expect(answer!.usage!.completionTokens).toBe(4);
    await llama.dispose();
  });

  it('asks about twelve actions in four orders, or in as many as are wanted', async () => {
    const teacher = opened.get(holidays)!;
    const batch = observations(holidays, [1, 2, 5]);
    for (const [rotations, orders] of [
      [undefined, 4],
      [12, 12],
      [1, 1],
    ] as const)
      for (const { outcome, probabilities, choice } of await teacher.ask(batch, {
        elicit: 'choice',
        ...(rotations && { rotations }),
      })) {
        expect(outcome).toBe('ok');
        expect(probabilities).toHaveLength(12);
        expect(probabilities!.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
        expect(choice!.letters).toHaveLength(orders);
      }
    await expect(teacher.ask(batch, { elicit: 'choice', rotations: 13 })).rejects.toThrow(
      'rotations are an integer from 1 to the number of actions, 12 in holidays, got 13',
    );
  });

  it.each([commuting, holidays])(
    'is how it decides in $id, and numbers in words stay as they are',
    async (scenario) => {
      const teacher = opened.get(scenario)!;
      expect(teacher.decidesBy).toBe('choice');
      const batch = observations(scenario, [1, 2]);
      const [decided, chosen] = [await teacher.decide(batch), await teacher.ask(batch, { elicit: 'choice' })];
      for (const [i, p] of chosen.flatMap(({ probabilities }) => probabilities!).entries())
        expect(decided.probabilities[i]).toBeCloseTo(p, 4);
      for (const elicit of ['greedy', 'sample'] as const)
        for (const { reply, outcome } of await teacher.ask(observations(scenario, [1, 2]), { elicit })) {
          expect(Object.keys(JSON.parse(reply!))).toEqual(scenario.actions.slice(1));
          expect(['ok', 'unparsable']).toContain(outcome);
        }
    },
  );

  it('of a model that does not write letters is no answer, and what it was read from is kept', async () => {
    await using tiny = await openGguf({ path: dataFile('teachers/tiny.gguf'), scenario: iceCream });
    const [answer] = await tiny.ask(observations(iceCream, [1]), { elicit: 'choice' });
    expect(answer).toMatchObject({
      outcome: 'unparsable',
      choice: { letters: [expect.any(Array), expect.any(Array)] },
    });
    expect(answer!.choice!.mass).toBeLessThan(1e-3);
    expect(answer!.probabilities).toBeUndefined();
  });

  const scenario = commuting;
  const choosing = async () => openLanguageModel(await ggufModel({ path, scenario }), { scenario, elicit: 'choice' });
  describePolicy('a GGUF that chooses among four', choosing, { scenario, describe, it });
});

describe('the letters of a tokenizer', () => {
  /** A model whose tokenizer cuts a text where the pattern says. */
  const model = (pattern: RegExp): LlamaModel => {
    const known: string[] = [];
    const tokenize = (text: string) =>
      (text.match(pattern) ?? []).map((piece) => {
        if (!known.includes(piece)) known.push(piece);
        return known.indexOf(piece);
      });
    return { tokenize } as unknown as LlamaModel;
  };

  it('are one token each, and one more with the quote where that is a token of its own', () => {
    expect(lettersOf(model(/[A-Z]|[^A-Z]+/g), 3)).toEqual([[1], [3], [5]].map(() => [expect.any(Number)]));
    expect(
      (lettersOf(model(/[A-Z]"?|[^A-Z]+/g), 2) as readonly (readonly number[])[]).map(({ length }) => length),
    ).toEqual([2, 2]);
  });

  it('cannot be told apart where they melt into what precedes them', () => {
    expect(lettersOf(model(/"?[A-Z]|[^A-Z"]+|"/g), 2)).toBe(
      'its tokenizer writes the letter A in a way that depends on what precedes it',
    );
  });
});
