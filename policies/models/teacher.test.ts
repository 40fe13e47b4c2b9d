import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnderstudyError } from '../../env/error.ts';
import { observations } from '../../env/observation.ts';
import { promptOf } from '../../env/prompt.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { describePolicy } from '../../scenarios/open.ts';
import type { Answer, AskOptions } from '../policy.ts';
import { askingOf, type Backend, type LanguageModel, type Question } from './backend.ts';
import { labelKey, modelKey } from './label.ts';
import { openLanguageModel } from './open-model.ts';
import { type LanguageModelTeacher, questionSeed } from './teacher.ts';
import { commuting, holidays } from './worlds.test-support.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'teacher-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A model that counts what it is asked; `end` can end an asking before its row. */
function model(end?: (row: number) => Error | undefined, outcome: Answer['outcome'] = 'ok') {
  const asked = { questions: 0, opened: 0 };
  const byPrompt = (prompt: string) => {
    const p = questionSeed(0, 0, prompt) / 2 ** 31;
    return { outcome, ...(outcome === 'ok' ? { probabilities: [1 - p, p] } : { reason: 'it said nothing' }) };
  };
  const open = async (): Promise<Backend> => {
    asked.opened++;
    return {
      template: '<user>{prompt}<model>',
      async ask(questions, _, { onAnswer }) {
        // By row, as the rows of the batch came.
        for (const { row, prompt } of [...questions].sort((a, b) => a.row - b.row)) {
          const error = end?.(row);
          if (error) throw error;
          asked.questions++;
          onAnswer(row, byPrompt(prompt));
        }
      },
      async [Symbol.asyncDispose]() {},
    };
  };
  return { asked, open };
}

const languageModel = (open: LanguageModel['open']): LanguageModel => ({
  name: 'tiny',
  model: 'a'.repeat(64),
  library: 'test 1',
  request: 'Reply with the letter.',
  open,
});
/** With a store in which the model has been opened before. */
async function remembered(open: LanguageModel['open'], at = folder): Promise<LanguageModelTeacher> {
  const labels = join(at, 'labels.jsonl');
  if (!existsSync(labels)) {
    const before = await openLanguageModel(languageModel(model().open), { scenario: iceCream, labels });
    await before[Symbol.asyncDispose]();
  }
  return openLanguageModel(languageModel(open), { scenario: iceCream, labels });
}

const shared = mkdtempSync(join(tmpdir(), 'teacher-'));
afterAll(() => rmSync(shared, { recursive: true }));
describePolicy('a language model with a label store', () => remembered(model().open, shared), { describe, it });

describe('a language model with a label store', () => {
  const batch = observations(iceCream, [1, 2, 5, 130, 1]);

  it('asks nothing the second time, and does not even load the model', async () => {
    const first = model();
    const second = model();
    const ask = async ({ open }: ReturnType<typeof model>) => {
      await using teacher = await remembered(open);
      return await teacher.ask(batch, { elicit: 'greedy', explain: true });
    };
    const answers = await ask(first);
    expect(first.asked).toEqual({ questions: 4, opened: 1 });
    expect(await ask(second)).toEqual(answers);
    expect(second.asked).toEqual({ questions: 0, opened: 0 });
  });

  it('asks two questions alike once, and answers both', async () => {
    const { asked, open } = model();
    await using teacher = await remembered(open);
    const heard: number[] = [];
    const progress: number[] = [];
    const answers = await teacher.ask(
      { ...observations(iceCream, [5, 5, 5]), orders: [undefined, [0, 2], [2, 0]] },
      { onAnswer: (row) => heard.push(row), onProgress: (done) => progress.push(done) },
    );
    // The canonical order is the same prompt whether it is spelt out or not; another order is another prompt.
    expect(asked.questions).toBe(2);
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]!.probabilities).not.toEqual(answers[2]!.probabilities);
    expect(heard.sort()).toEqual([0, 1, 2]);
    expect(progress.at(-1)).toBe(3);
  });

  it('tells questions apart by everything that an answer depends on, and by nothing else', async () => {
    const { asked, open } = model();
    await using teacher = await remembered(open);
    const one = observations(iceCream, [5]);
    const different: AskOptions[] = [
      { elicit: 'expected' },
      { elicit: 'greedy' },
      { elicit: 'greedy', explain: true },
      { elicit: 'greedy', repeat: 1 },
      { elicit: 'greedy', paraphrase: 1 },
      { elicit: 'sample' },
      { elicit: 'sample', seed: 1 },
      { elicit: 'sample', temperature: 0.7 },
      { elicit: 'sample', repeat: 1 },
    ];
    for (const options of different) await teacher.ask(one, options);
    expect(asked.questions).toBe(different.length);
    for (const options of [
      ...different,
      { elicit: 'expected', explain: true },
      { elicit: 'greedy', seed: 9, temperature: 2 },
      { elicit: 'sample', seed: 0, temperature: 1, repeat: 0, paraphrase: 0 },
    ] satisfies AskOptions[])
      await teacher.ask(one, options);
    expect(asked.questions).toBe(different.length);
  });

  it.each([
    ['aborted', new Error('enough')],
    ['ended by a crash', new Error('the model crashed')],
  ])('keeps what has arrived when the asking is %s, and asks only for the rest', async (_, reason) => {
    const failing = model((row) => (row === 2 ? reason : undefined));
    {
      await using teacher = await remembered(failing.open);
      await expect(teacher.ask(batch)).rejects.toBe(reason);
    }
    const { asked, open } = model();
    await using teacher = await remembered(open);
    expect(await teacher.ask(batch)).toHaveLength(5);
    expect(asked.questions).toBe(2);
  });

  it.each([
    ['unparsable', 1],
    ['refused', 1],
    ['timeout', 2],
  ] as const)('asks for an answer that was %s %i times in two runs', async (outcome, times) => {
    const { asked, open } = model(undefined, outcome);
    for (const run of [1, 2]) {
      await using teacher = await remembered(open);
      const [answer] = await teacher.ask(observations(iceCream, [3]));
      expect([run, answer]).toEqual([run, { outcome, reason: 'it said nothing' }]);
    }
    expect(asked.questions).toBe(times);
  });

  it('reads the reply of a label again, which an earlier version may have taken for a number', async () => {
    const row = observations(iceCream, [1]);
    const first = await remembered(model().open);
    await first.ask(row, { elicit: 'greedy' });
    await first[Symbol.asyncDispose]();
    const path = join(folder, 'labels.jsonl');
    // As a store without checksums, which earlier versions wrote.
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    const former = lines.map((line) => JSON.parse(line)).map(({ sum: _, ...record }) => record);
    const misread = { reply: '1. I cannot estimate that.', rung: 'words', probabilities: [0, 1], probability_LLM: 1 };
    Object.assign(former.at(-1)!, misread);
    writeFileSync(path, former.map((record) => `${JSON.stringify(record)}\n`).join(''));
    const again = model();
    await using second = await remembered(again.open);
    const [answer] = await second.ask(row, { elicit: 'greedy' });
    expect(answer).toMatchObject({ outcome: 'unparsable', reply: '1. I cannot estimate that.' });
    expect(answer!.probabilities).toBeUndefined();
    expect(again.asked.questions).toBe(0);
  });

  it('goes on loading the model for others when one who waits for it stops', async () => {
    const { asked, open } = model();
    let loaded = () => {};
    const loading = new Promise<void>((resolve) => {
      loaded = resolve;
    });
    await using teacher = await remembered(async () => {
      await loading;
      return open();
    });
    const reason = new Error('enough');
    const controller = new AbortController();
    const stopped = teacher.ask(batch, { signal: controller.signal });
    const patient = teacher.ask(batch);
    controller.abort(reason);
    await expect(stopped).rejects.toBe(reason);
    loaded();
    expect(await patient).toHaveLength(5);
    expect(asked.opened).toBe(1);
  });

  it('opens the model again where it could not be opened the first time', async () => {
    const { open } = model();
    let tries = 0;
    await using teacher = await remembered(async () => {
      if (++tries === 1) throw new Error('the file is gone');
      return open();
    });
    await expect(teacher.ask(batch)).rejects.toThrow('the file is gone');
    expect(await teacher.ask(batch)).toHaveLength(5);
  });
});

describe('a choice', () => {
  it('is asked in every order of its options, and kept apart from every other asking', async () => {
    const { open } = model();
    const heard: Question[] = [];
    const labels = join(folder, 'labels.jsonl');
    const listening = async (): Promise<Backend> => {
      const backend = await open();
      return {
        ...backend,
        async ask(questions, _, { onAnswer }) {
          heard.push(...questions);
          for (const { row } of questions) onAnswer(row, { outcome: 'ok', probabilities: [0.25, 0.25, 0.25, 0.25] });
        },
      };
    };
    await using teacher = await openLanguageModel(languageModel(listening), { scenario: commuting, labels });
    heard.length = 0;
    const one = observations(commuting, [1, 1]);
    await teacher.ask(one, { elicit: 'choice' });
    await teacher.ask(one, { elicit: 'choice' });
    expect(heard).toHaveLength(1);
    expect(heard[0]!.orders).toHaveLength(4);
    expect(new Set(heard[0]!.orders).size).toBe(4);
    expect(heard[0]!.prompt).toBe(
      [
        'How does this commuter get to work? Reply with the letter.',
        'A commuter who is fit. This morning: nothing special.',
        'A) on foot',
        'B) by bicycle',
        'C) by bus',
        'D) by car',
      ].join('\n'),
    );
    expect(heard[0]!.orders![1]).toMatch(/\nA\) by bicycle\nB\) by bus\nC\) by car\nD\) on foot$/);
    await teacher.ask(one, { elicit: 'choice', rotations: 2 });
    await teacher.ask(one, { elicit: 'choice', paraphrase: 1 });
    await teacher.ask(one, { elicit: 'greedy' });
    expect(heard).toHaveLength(4);
  });

  it('is refused where there are more actions than letters', async () => {
    const many = { ...commuting, actions: Array.from({ length: 27 }, (_, i) => `day ${i}`) };
    await using teacher = await openLanguageModel(languageModel(model().open), { scenario: many });
    await expect(teacher.ask(observations(many, [1]), { elicit: 'choice' })).rejects.toThrow(
      'commuting has 27 actions, and a choice has at most 26 lettered options; use "greedy" or "sample"',
    );
  });
});

describe('with more than two actions, how a model decides', () => {
  /** A model that answers its trial choices so. */
  const choosing = (answer: Answer | Error) => {
    const asked: string[] = [];
    const open = async (): Promise<Backend> => ({
      template: '{prompt}',
      async ask(questions, { elicit }, { onAnswer }) {
        for (const { row } of questions) {
          asked.push(elicit);
          if (answer instanceof Error) throw answer;
          onAnswer(row, answer);
        }
      },
      async [Symbol.asyncDispose]() {},
    });
    return { asked, open };
  };
  const ok: Answer = {
    ...{ outcome: 'ok', probabilities: [0.4, 0.3, 0.2, 0.1] },
    choice: { letters: [[0.4, 0.3, 0.2, 0.1]], mass: 1, bias: 0 },
  };
  const low: Answer = {
    ...{ outcome: 'unparsable', reason: 'the letters have little; ask for "greedy"' },
    choice: { letters: [[0.1, 0, 0, 0]], mass: 0.1, bias: 0 },
  };
  const unsupported = new UnderstudyError('TEACHER_UNSUPPORTED', 'letters melt; use "greedy" or "sample"');

  it.each([
    ['its letters, if it writes them', ok, 'choice', 'of the probability in trial questions'],
    ['its replies, if it would rather not', low, 'greedy', 'decisions are greedy replies, as the letters have little'],
    ['its replies, if letters cannot be read', unsupported, 'greedy', 'decisions are greedy replies, as letters melt'],
  ] as const)('is by %s, which is found out once for a store', async (_, answer, by, said) => {
    const labels = join(folder, 'labels.jsonl');
    const { asked, open } = choosing(answer);
    const log: string[] = [];
    const options = { scenario: commuting, labels, log: (line: string) => log.push(line) };
    for (const _ of [1, 2]) {
      await using teacher = await openLanguageModel(languageModel(open), options);
      expect(teacher.decidesBy).toBe(by);
    }
    expect(new Set(asked)).toEqual(new Set(['choice']));
    expect(asked.length).toBeLessThanOrEqual(4);
    expect(log).toEqual([expect.stringMatching(new RegExp(`${said}$`))]);
    // Other options are other questions.
    const before = asked.length;
    await using _other = await openLanguageModel(languageModel(open), { ...options, scenario: holidays });
    expect(asked.length).toBeGreaterThan(before);
  });

  it('is not guessed where it answers no trial question in time', async () => {
    const { open } = choosing({ outcome: 'timeout', reason: 'no answer within 1 s' });
    await expect(openLanguageModel(languageModel(open), { scenario: commuting })).rejects.toMatchObject({
      code: 'TEACHER_CRASHED',
      message: 'no trial question was answered: no answer within 1 s',
    });
  });
});

describe("a question's seed", () => {
  it('is the first 31 bits of a SHA-256 over seed, repeat and question', () => {
    // printf '1\n0\nIs it hot?' | sha256sum begins 6a7bb763: as a little-endian number, without its last bit.
    expect(questionSeed(1, 0, 'Is it hot?')).toBe(0x63b77b6a >>> 1);
  });

  it('differs for another seed, another repeat and another question', () => {
    const seeds = [questionSeed(1, 0, 'a'), questionSeed(2, 0, 'a'), questionSeed(1, 1, 'a'), questionSeed(1, 0, 'b')];
    expect(new Set(seeds).size).toBe(4);
    for (const seed of seeds) expect(seed).toBeLessThan(2 ** 31);
  });
});

describe('what was kept before', () => {
  const identity = {
    model: '4e7c'.repeat(16),
    template: '<bos><start_of_turn>user\n{prompt}<end_of_turn>\n<start_of_turn>model\n',
    library: 'node-llama-cpp 3.22.1, llama.cpp b0000',
  };
  const prompt = promptOf(iceCream, observations(iceCream, [1]), 0);

  // Keys that version 0.1 wrote for the same question.
  it.each([
    [{ elicit: 'greedy', explain: true }, '985753881f66d94360119d4f4128f96d94b4e53785fe3b408c8bb92520e4948c'],
    [
      { elicit: 'sample', temperature: 0.7, seed: 3, repeat: 2 },
      '5adaaf32ac7dfb558d1e22105c84c2123667ea7cc0c7736a0b72dc82e7956644',
    ],
    [{ elicit: 'greedy', batch: 4 }, '813ea77e46f37584911cb0ac34fdf8df5937b1be0767af6bf9f6f74bb6bf58bb'],
  ] as const)('is found under the same key: a question asked by %j', (options, key) => {
    expect(labelKey(identity, iceCream.actions, { prompt }, askingOf(iceCream, options))).toBe(key);
    expect(modelKey(identity)).toBe('bd03013e6fe76a5be0000ca94508fde8d895b2c3d800da48ca8b0795527d4366');
  });

  it('is found under the same key where a server was asked for a mean, and asked anew where a file was', () => {
    const key = (library: string) =>
      labelKey({ ...identity, library }, iceCream.actions, { prompt }, askingOf(iceCream, {}));
    expect(key('openai chat completions/1')).toBe('6f089024905a5d1b733d69187b42505cc2c8e50e34fc59b403c33828c466ad09');
    // What version 0.1 wrote: it did not look at the end of a number.
    expect(key(identity.library)).not.toBe('418bc8c7af964dbf5e185674c009c186d87bef6f91b465a5aa9927d7158573bb');
  });

  const former = JSON.stringify({
    key: modelKey({ model: 'a'.repeat(64), library: 'test 1' }),
    model: 'tiny',
    template: '<former>{prompt}',
  });

  it('is replayed in its former frame where the model is gone, and asked in the new one where it is not', async () => {
    const labels = join(folder, 'labels.jsonl');
    writeFileSync(labels, `${former}\n`);
    const { asked, open } = model();
    const gone = { ...languageModel(open), missing: true };
    await using old = await openLanguageModel(gone, { scenario: iceCream, labels });
    expect([old.identity.template, asked.opened]).toEqual(['<former>{prompt}', 0]);
    await using current = await openLanguageModel(languageModel(open), { scenario: iceCream, labels });
    expect([current.identity.template, asked.opened]).toEqual(['<user>{prompt}<model>', 1]);
    expect(readFileSync(labels, 'utf8').trim().split('\n')).toHaveLength(2);
  });

  it('is not mixed with answers in another frame', async () => {
    await using first = await remembered(model().open);
    const { open } = model();
    const other = async () => ({ ...(await open()), template: '<other>{prompt}' });
    await using teacher = await remembered(other);
    expect(teacher.id).toBe(first.id);
    await expect(teacher.ask(observations(iceCream, [1]))).rejects.toThrow(
      'tiny frames questions as "<other>{prompt}" now, and its labels here were asked as "<user>{prompt}<model>"; ask it in another workspace',
    );
  });
});

describe('a language model without a label store', () => {
  it('is opened at once, asks rows that show the same prompt once, and counts what it answered', async () => {
    const { asked, open } = model();
    await using teacher = await openLanguageModel(languageModel(open), { scenario: iceCream });
    expect(asked.opened).toBe(1);
    const [a, b, c] = await teacher.ask(observations(iceCream, [5, 2, 5]));
    expect(a).toEqual(c);
    expect(a).not.toEqual(b);
    expect([asked.questions, teacher.modelAnswers]).toEqual([2, 2]);
    await teacher.ask(observations(iceCream, [5]));
    expect(asked.questions).toBe(3);
  });

  it('says what a person should know of the model and of its frame', async () => {
    const { open } = model();
    const framed = async () => ({ ...(await open()), caveat: 'it has no template' });
    await using teacher = await openLanguageModel(
      { ...languageModel(framed), caveat: 'it is small' },
      { scenario: iceCream },
    );
    expect(teacher.caveat).toBe('it is small; it has no template');
    const labels = join(folder, 'labels.jsonl');
    for (const opener of [framed, open]) {
      await using kept = await openLanguageModel(languageModel(opener), { scenario: iceCream, labels });
      expect(kept.caveat).toBe('it has no template');
    }
  });
});
