import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineScenario } from '../../env/define-scenario.ts';
import { observations, phrasesOf } from '../../env/observation.ts';
import { immediateTeacher } from '../../policies/immediate.ts';
import { csvRows } from '../../workspace/csv.ts';
import { type ActiveOptions, active } from './active.ts';

const scenario = defineScenario({
  id: 'seven-contexts-v1',
  actions: ['no', 'yes'],
  horizon: 2,
  discount: 1,
  traits: { phrases: ['a person'] },
  contexts: {
    a: ({ x }) => (x & 1) === 1,
    b: ({ x }) => ((x >> 1) & 1) === 1,
    c: ({ x }) => ((x >> 2) & 1) === 1,
    d: ({ x }) => ((x >> 3) & 1) === 1,
    e: ({ x }) => ((x >> 4) & 1) === 1,
    f: ({ x }) => ((x >> 5) & 1) === 1,
    g: ({ x }) => ((x >> 6) & 1) === 1,
  },
  world: {},
  agent: { x: { levels: Array.from({ length: 128 }, (_, i) => i), start: 0, next: ({ x }) => x } },
  reward: () => 0,
});

/** Three quarters of the states are alike; where a and b hold, three contexts decide by their parity. */
const rule = (mask: number) => {
  const x = mask >>> 1;
  return (x & 3) === 3 ? (((x >> 2) ^ (x >> 3) ^ (x >> 4)) & 1 ? 0.9 : 0.1) : 0.5;
};

function parityTeacher() {
  const asked: number[] = [];
  const teacher = immediateTeacher(scenario, {
    id: 'parity',
    answer: (batch, i) => {
      const mask = batch.masks[i]!;
      asked.push(mask);
      return { outcome: 'ok', probabilities: [1 - rule(mask), rule(mask)] };
    },
  });
  return { teacher, asked };
}

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-active-'));
  file = join(folder, 'all.jsonl');
  const rows = Array.from({ length: 128 }, (_, x) => ({
    ...phrasesOf(scenario, observations(scenario, [1 | (x << 1)]), 0),
    probability_LLM: rule(1 | (x << 1)),
  }));
  await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
});
afterAll(() => rm(folder, { recursive: true }));

const run = (name: string, options: Partial<ActiveOptions> = {}) =>
  active({
    student: 'logistic',
    teacher: parityTeacher().teacher,
    labels: 24,
    batch: 16,
    members: 2,
    seed: 1,
    epochs: 20,
    loss: 'bce',
    workspace: join(folder, name),
    scenario,
    backend: 'wasm',
    ...options,
  });

describe('active', () => {
  it('draws both curves from one start, spends no more than it may, and asks nothing twice', async () => {
    const { teacher, asked } = parityTeacher();
    const { points, students, test, pool, files } = await run('whole', { teacher });
    expect(points.map(({ strategy, labels }) => [strategy, labels])).toEqual([
      ['random', 16],
      ['random', 24],
      ['disagreement', 16],
      ['disagreement', 24],
    ]);
    expect(points[2]!.single).toEqual(points[0]!.single);
    // 64 of the 128 states are test states; 16 are chosen by both strategies, 8 more by each, some perhaps by both.
    expect([test, pool]).toEqual([64, 64]);
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeGreaterThan(64 + 16);
    expect(asked.length).toBeLessThanOrEqual(64 + 16 + 8 + 8);
    const rows = (await readFile(files.data, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map(({ round }) => round)).toEqual([...new Array(16).fill(0), ...new Array(8).fill(1)]);
    expect(rows[0]).toMatchObject({ teacher: 'parity', elicitation: 'expected', scenario: 'seven-contexts-v1' });
    // Every state is learned, by the teacher's own answer if there is one.
    const learned = (await readFile(files.learned, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(learned).toHaveLength(128);
    const own = learned.filter(({ elicitation }) => elicitation === 'expected');
    expect(own.map(({ context }) => context.join()).sort()).toEqual(rows.map(({ context }) => context.join()).sort());
    expect(learned.filter(({ elicitation, members }) => elicitation === 'committee' && members === 2)).toHaveLength(
      104,
    );
    expect(students).toMatchObject([{ student: 'logistic', test: { mse: expect.any(Number) } }]);
    const table = csvRows(await readFile(files.curve, 'utf8'));
    expect(table[3]).toMatchObject({ strategy: 'disagreement', labels: '24', seed: '1', members: '2' });
    expect(Number(table[3]!.mse)).toBe(points[3]!.single.mse);
  });

  it('goes on after an interruption and ends with the same bytes', async () => {
    const controller = new AbortController();
    const stopped = run('halves', {
      signal: controller.signal,
      progress: ({ stage, done }) =>
        stage === 'disagreement, seed 1, 24 labels' && done === 1 && controller.abort(new Error('stopped by hand')),
    });
    await expect(stopped).rejects.toThrow('stopped by hand');
    const lines: string[] = [];
    await run('halves', { log: (line) => lines.push(line) });
    expect(lines).toContain('random, seed 1: continuing after 2 batches');
    expect(lines).toContain('disagreement, seed 1: continuing after 1 batches');
    for (const path of [
      'data/active.jsonl',
      'results/metrics/learning-curve.csv',
      'models/saved_models/logistic.onnx',
    ]) {
      const bytes = (name: string) => readFile(join(folder, name, path));
      expect((await bytes('halves')).equals(await bytes('whole'))).toBe(true);
    }
  });

  it('holds out a fifth of a recorded file, another in each run, and asks about its states only', async () => {
    const { pool, test, points } = await run('recorded', {
      teacher: `recorded:${file}`,
      strategies: ['random'],
      labels: 200,
      batch: 150,
      runs: 2,
    });
    expect([pool, test]).toEqual([102, 26]);
    expect(points.map(({ seed, labels }) => [seed, labels])).toEqual([
      [1, 102],
      [2, 102],
    ]);
    expect(points[0]!.single.mse).not.toBe(points[1]!.single.mse);
  });

  it('takes test rows from a file, and none of their states into the pool', async () => {
    const held = join(folder, 'test.jsonl');
    await writeFile(held, (await readFile(file, 'utf8')).split('\n').slice(0, 28).join('\n'));
    const { pool, test, files } = await run('file', {
      test: held,
      strategies: ['random'],
      labels: 16,
      learns: 'labels',
    });
    expect([pool, test]).toEqual([100, 28]);
    expect(files.learned).toBe(files.data);
    await expect(run('file', { test: file })).rejects.toThrow('0 states are left to ask about and 128 to test on');
  });

  it('refuses what makes no sense, naming it', async () => {
    await expect(run('refused', { members: 1 })).rejects.toThrow('members must be a whole number of 2 or more, got 1');
    await expect(run('refused', { labels: 1 })).rejects.toThrow('labels must be a whole number of 2 or more, got 1');
  });

  it('leaves the states alone that the workspace tests on', async () => {
    await mkdir(join(folder, 'tested/data'), { recursive: true });
    const held = (await readFile(file, 'utf8')).split('\n').slice(0, 60);
    await writeFile(join(folder, 'tested/data/test.jsonl'), `${held.join('\n')}\n`);
    const { files } = await run('tested', { strategies: ['random'], learns: 'labels', labels: 64 });
    const learned = (await readFile(files.data, 'utf8')).trim().split('\n');
    const states = (lines: readonly string[]) => lines.map((line) => String(JSON.parse(line).context));
    expect(learned.length).toBeGreaterThan(0);
    expect(states(held).filter((state) => states(learned).includes(state))).toEqual([]);
  });
});
