import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UnderstudyError } from '../env/error.ts';
import { decisionsOf } from '../policies/policy.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { openTeacher } from '../scenarios/open.ts';
import { study } from './study.ts';

describe('a study', () => {
  let workspace: string;
  beforeAll(() => {
    workspace = mkdtempSync(join(tmpdir(), 'understudy-study-'));
  });
  afterAll(() => rmSync(workspace, { recursive: true }));
  const small = (options: object = {}) =>
    study({ teacher: 'oracle', prompts: 5, runs: 3, size: 60, epochs: 1, agents: 40, workspace, seed: 1, ...options });

  it('knows at once that its teacher does not open', async () => {
    await expect(small({ teacher: 'nobody' })).rejects.toMatchObject({ code: 'POLICY_UNKNOWN' });
    expect(existsSync(join(workspace, 'results'))).toBe(false);
  });

  it('takes every step in order and leaves the files of each', async () => {
    const log: string[] = [];
    const report = await small({ log: (line: string) => log.push(line) });
    expect(log.filter((line) => /^\[\d\/5\]/.test(line)).map((line) => line.split(/[ :]/)[1])).toEqual([
      'stability',
      'dataset',
      'train',
      'evaluate',
      'visualize',
    ]);
    const students = ['logistic', 'mlp', 'encoder', 'decoder'];
    for (const path of [
      'data/train.jsonl',
      'data/test.jsonl',
      'data/rejects.jsonl',
      'results/metrics/stability.csv',
      'results/metrics/stability.json',
      'results/metrics/evaluation.csv',
      'results/metrics/predictions.csv',
      'results/metrics/effects.csv',
      'results/report.html',
      ...students.flatMap((name) => [
        `models/saved_models/${name}.onnx`,
        `models/configs/${name}.json`,
        `results/logs/${name}.csv`,
      ]),
    ])
      expect(existsSync(join(workspace, path)), path).toBe(true);
    expect(report.students.map(({ student }) => student)).toEqual(students);
    expect(report.evaluation.models.map(({ model }) => model)).toEqual(expect.arrayContaining(students));
    expect(report.figures.length).toBeGreaterThan(5);
  });

  it('reads the numbers of its data set as the teacher can: one without log-probabilities is asked greedily', async () => {
    await using oracle = await openTeacher('oracle', { scenario: iceCream });
    const ask: typeof oracle.ask = async (batch, options = {}) => {
      if (options.elicit === 'expected' || options.elicit === undefined)
        throw new UnderstudyError('TEACHER_UNSUPPORTED', 'there are no log-probabilities to read');
      return oracle.ask(batch, options);
    };
    const decide: typeof oracle.decide = async (batch, options) =>
      decisionsOf(await ask(batch, { ...options, elicit: 'greedy' }), 2);
    const teacher = { ...oracle, decidesBy: 'greedy' as const, ask, decide };
    // What comes after the data set is another test's subject.
    const controller = new AbortController();
    const log = (line: string) => line.startsWith('[3/5]') && controller.abort(new Error('far enough'));
    const greedy = join(workspace, 'greedy');
    const stopped = small({ teacher, workspace: greedy, signal: controller.signal, log });
    await expect(stopped).rejects.toThrow('far enough');
    const manifest = JSON.parse(await readFile(join(greedy, 'data', 'dataset.json'), 'utf8'));
    expect(manifest).toMatchObject({ teacher: oracle.id, elicitation: 'greedy', asked: 60 });
  });

  it('trains nothing the second time', async () => {
    const report = await small();
    expect(report.students.map(({ finishedBefore }) => finishedBefore)).toEqual([true, true, true, true]);
  });
});
