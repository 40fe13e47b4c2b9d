import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { study } from './study.ts';

describe('a study', () => {
  let workspace: string;
  beforeAll(() => {
    workspace = mkdtempSync(join(tmpdir(), 'understudy-study-'));
  });
  afterAll(() => rmSync(workspace, { recursive: true }));
  const small = (options: object = {}) =>
    study({ teacher: 'oracle', prompts: 5, runs: 3, size: 60, epochs: 1, workspace, seed: 1, ...options });

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
  }, 120_000);

  it('trains nothing the second time', async () => {
    const report = await small();
    expect(report.students.map(({ finishedBefore }) => finishedBefore)).toEqual([true, true, true, true]);
  }, 120_000);
});
