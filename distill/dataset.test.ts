import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { iceCream } from '../env/ice-cream.ts';
import { fromPhrases, type Observations, orderOf } from '../env/observation.ts';
import { defineScenario } from '../env/scenario.ts';
import { readDecisions } from '../policies/decision-file.ts';
import { openPolicy } from '../policies/open.ts';
import { type Answer, type AskOptions, decisionsOf, type Teacher } from '../policies/policy.ts';
import { iceCreamRule } from '../policies/teachers/ice-cream-rule.ts';
import { expectedReply, replyDistribution } from '../policies/teachers/oracle-rule.ts';
import { type DatasetOptions, dataset } from './dataset.ts';

/** Answers by the oracle's rule and remembers every answer, as a teacher with a label store does. */
class RememberingTeacher implements Teacher {
  readonly id = 'remembering';
  readonly scenario = iceCream.id;
  readonly labels = new Map<string, Answer>();
  questions = 0;
  failing: (row: number, options: AskOptions) => boolean = () => false;
  async ask(observations: Observations, options: AskOptions = {}): Promise<Answer[]> {
    const n = observations.masks.length;
    const answers: Answer[] = [];
    for (let i = 0; i < n; i++) {
      options.signal?.throwIfAborted();
      const shown = orderOf(observations, i);
      const key = `${shown} ${options.elicit} ${options.repeat ?? 0}`;
      if (!this.labels.has(key)) {
        this.questions++;
        await undefined;
        this.labels.set(key, this.answer(shown, i, options));
      }
      answers.push(this.labels.get(key)!);
      options.onProgress?.(i + 1, n);
    }
    return answers;
  }
  private answer(shown: readonly number[], row: number, options: AskOptions): Answer {
    if (this.failing(row, options))
      return { outcome: 'unparsable', reply: 'maybe', reason: 'the reply names no probability: "maybe"' };
    const p = expectedReply(replyDistribution(iceCreamRule, shown));
    return { outcome: 'ok', probabilities: [1 - p, p], ...(options.explain && { explanation: 'Because.' }) };
  }
  async decide(observations: Observations) {
    return decisionsOf(await this.ask(observations), 2);
  }
  async [Symbol.asyncDispose]() {}
}

let root: string;
let teacher: RememberingTeacher;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'understudy-dataset-'));
  teacher = new RememberingTeacher();
});
afterEach(() => rmSync(root, { recursive: true }));

const make = (options: Partial<DatasetOptions> = {}) =>
  dataset({ teacher, size: 100, order: 'shuffled', elicit: 'expected', seed: 5, workspace: root, ...options });
const text = (name: string, workspace = root) => readFileSync(join(workspace, 'data', name), 'utf8');
const rows = (name: string): Record<string, unknown>[] =>
  text(name)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
const observationOf = (row: Record<string, unknown>) =>
  fromPhrases(iceCream, [{ traits: row.traits as string[], context: row.context as string[] }]);

describe('a data set', () => {
  it('has 80 % of the rows for training and 20 % for testing, and no observation in both in any order', async () => {
    const manifest = await make();
    expect([manifest.files.train.rows, manifest.files.test.rows, manifest.files.rejects.rows]).toEqual([80, 20, 0]);
    const masks = ['train.jsonl', 'test.jsonl'].flatMap((name) => rows(name).map((row) => observationOf(row).masks[0]));
    expect(new Set(masks).size).toBe(100);
  });

  it('says what the teacher said to the phrases in the order shown, and where it comes from', async () => {
    await make();
    let shuffled = 0;
    for (const row of rows('train.jsonl')) {
      const shown = orderOf(observationOf(row), 0);
      if ([...shown].sort((a, b) => a - b).join() !== shown.join()) shuffled++;
      expect(row.probability_LLM).toBeCloseTo(expectedReply(replyDistribution(iceCreamRule, shown)), 6);
      expect(Object.keys(row)).toEqual([
        'traits',
        'context',
        'probability_LLM',
        'scenario',
        'teacher',
        'elicitation',
        'seed',
      ]);
      expect(row).toMatchObject({ scenario: 'ice-cream-v1', teacher: 'remembering', elicitation: 'expected', seed: 5 });
    }
    expect(shuffled).toBeGreaterThan(40);
  });

  it('of three actions is read back as it was answered, to six decimals', async () => {
    const scenario = defineScenario({
      id: 'crossing',
      actions: ['stay', 'left', 'right'],
      discount: 1,
      horizon: 1,
      traits: { phrases: ['young', 'old', 'lost'] },
      contexts: { dark: ({ lamp }) => lamp === 'off' },
      world: {},
      agent: { lamp: { levels: ['off', 'on'], start: 'off', next: ({ lamp }) => lamp } },
      reward: () => 0,
    });
    const thirds = await openPolicy('uniform', { scenario });
    const even: Teacher = {
      ...thirds,
      ask: async ({ masks }) => Array.from(masks, () => ({ outcome: 'ok', probabilities: [1 / 3, 1 / 3, 1 / 3] })),
    };
    await dataset({
      teacher: even,
      scenario,
      size: 'all',
      order: 'canonical',
      elicit: 'expected',
      workspace: root,
      seed: 1,
    });
    const { probabilities, rows } = await readDecisions(join(root, 'data', 'train.jsonl'), scenario);
    expect(rows[0]).toMatchObject({ probability_LLM: 0.333333, probabilities: [0.333333, 0.333333, 0.333333] });
    expect(probabilities[0]! + probabilities[1]! + probabilities[2]!).toBeCloseTo(1, 12);
  });

  it('has explanations where asked, and refuses to ask for them where none can come', async () => {
    await make({ elicit: 'greedy', explain: true });
    expect(rows('train.jsonl').every((row) => row.explanation === 'Because.')).toBe(true);
    await expect(make({ explain: true })).rejects.toMatchObject({ code: 'DISTILL_ARGUMENT' });
  });

  it('of all observations covers the vocabulary, the empty context included', async () => {
    const { files } = await make({ size: 'all', order: 'canonical' });
    expect(files.train.rows + files.test.rows).toBe(16_992);
    const empty = [...rows('train.jsonl'), ...rows('test.jsonl')].filter((row) => (row.context as []).length === 0);
    expect(empty).toHaveLength(59);
  });

  it('refuses a size that leaves no test row or that the scenario does not have', async () => {
    await expect(make({ size: 4 })).rejects.toThrow(/5 rows or more.*got 4/);
    await expect(make({ size: 20_000 })).rejects.toThrow(/got 20000/);
  });

  it('does not write over rows that somebody else put there', async () => {
    mkdirSync(join(root, 'data'));
    writeFileSync(join(root, 'data', 'train.jsonl'), '{"traits": [], "context": [], "probability_LLM": 0.15}\n');
    await expect(make()).rejects.toMatchObject({ code: 'DISTILL_FILE' });
    expect(text('train.jsonl')).toContain('0.15');
    expect(teacher.questions).toBe(0);
  });
});

describe('an answer that names no probability', () => {
  it('is asked for once more, and used when it then does', async () => {
    teacher.failing = (row, { repeat = 0 }) => row < 3 && repeat === 0;
    const manifest = await make();
    expect(manifest).toMatchObject({ askedAgain: 3, outcomes: { ok: 100, unparsable: 0 } });
  });

  it('goes to the rejects with its reply and the reason when it does not', async () => {
    teacher.failing = (row) => row < 3;
    const manifest = await make();
    expect(manifest).toMatchObject({ askedAgain: 3, outcomes: { ok: 97, unparsable: 3 } });
    expect(rows('rejects.jsonl')).toHaveLength(3);
    expect(rows('rejects.jsonl')[0]).toMatchObject({
      outcome: 'unparsable',
      reply: 'maybe',
      reason: 'the reply names no probability: "maybe"',
      teacher: 'remembering',
    });
    expect(manifest.files.train.rows + manifest.files.test.rows).toBe(97);
  });

  it('fails with its reason where no answer can be used, and keeps the files of before', async () => {
    await make();
    const before = text('train.jsonl');
    teacher.labels.clear();
    teacher.failing = () => true;
    await expect(make()).rejects.toMatchObject({
      code: 'DISTILL_ANSWERS',
      message: expect.stringContaining('"maybe"'),
    });
    expect(text('train.jsonl')).toBe(before);
  });
});

describe('going on after an interruption', () => {
  it('ends with the same files, byte for byte, and asks no question twice', async () => {
    const other = join(root, 'uninterrupted');
    await make({ workspace: other });
    teacher = new RememberingTeacher();
    teacher.failing = (row, { repeat = 0 }) => row === 2 && repeat === 0;
    for (const after of [1, 40, 99]) {
      const stop = new AbortController();
      const stopped = make({
        signal: stop.signal,
        progress: ({ done }) => done === after && stop.abort(new Error('stopped by a person')),
      });
      await expect(stopped).rejects.toThrow('stopped by a person');
      expect(() => text('train.jsonl')).toThrow(/ENOENT/);
    }
    await make();
    expect(teacher.questions).toBe(101);
    for (const name of ['train.jsonl', 'test.jsonl', 'rejects.jsonl']) expect(text(name), name).toBe(text(name, other));
  });

  it('asks nothing the second time', async () => {
    await make();
    const before = [teacher.questions, text('train.jsonl')];
    await make();
    expect([teacher.questions, text('train.jsonl')]).toEqual(before);
  });

  it('asks only what is new when the sample grows, and no row changes its part', async () => {
    await make();
    const before = rows('test.jsonl');
    await make({ size: 150 });
    expect(teacher.questions).toBe(150);
    expect(rows('test.jsonl').slice(0, before.length)).toEqual(before);
  });
});
