import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from './main.ts';

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'understudy-train-asking-'));
});
afterEach(() => rmSync(workspace, { recursive: true }));

async function train(...args: string[]) {
  const said = { stdout: '', stderr: '' };
  const code = await main(['train', '--workspace', workspace, ...args], {
    stdout: { write: (text) => (said.stdout += text) },
    stderr: { write: (text) => (said.stderr += text) },
  });
  return { code, ...said };
}
const asOracle = ['--teacher', 'oracle', '--student', 'logistic', '--epochs', '2'];
const lines = (...path: string[]) =>
  readFileSync(join(workspace, ...path), 'utf8')
    .trim()
    .split('\n');

describe('train --active', () => {
  it('leaves rows, the learning curve and a student', async () => {
    const { code, stdout } = await train(
      '--active',
      '30',
      '--batch',
      '20',
      '--members',
      '2',
      '--learn',
      'labels',
      ...asOracle,
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ teacher: 'oracle', test: 500, students: [{ student: 'logistic' }] });
    expect(lines('data', 'active.jsonl')).toHaveLength(30);
    expect(lines('results', 'metrics', 'learning-curve.csv')).toHaveLength(1 + 4);
  });
});

describe('train --on-policy', () => {
  it('adds rows to those of --train and leaves the errors round by round', async () => {
    const file = join(workspace, 'few.jsonl');
    const rows = [0.1, 0.3, 0.8].map((p, i) => ({
      traits: ['cheap'],
      context: ['hungry', 'after work'].slice(0, i),
      probability_LLM: p,
    }));
    writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const town = ['--agents', '20', '--days', '1', '--check', '30'];
    const { code, stdout } = await train('--on-policy', '2', '--budget', '7', '--train', file, ...town, ...asOracle);
    expect(code).toBe(0);
    expect(stdout).toMatch(/on-policy +2 +7 /);
    expect(lines('data', 'on-policy.jsonl')).toHaveLength(3 + 7);
    expect(lines('results', 'metrics', 'on-policy.csv')).toHaveLength(1 + 6);
  });
});

describe('wrong use', () => {
  it.each([
    [['--active', '9', '--on-policy', '1'], '--active and --on-policy exclude each other: leave one out'],
    [['--active', '9', '--train', 'x.jsonl'], '--active chooses its rows itself: leave out --train'],
    [['--batch', '9'], '--batch needs --active'],
    [['--active', '9', '--days', '2'], '--days needs --on-policy'],
    [['--teacher', 'tiny'], '--teacher needs --on-policy or --active'],
    [['--on-policy', '1', '--student', 'all'], 'train.jsonl does not exist'],
    [['--on-policy', '1'], 'train.jsonl does not exist; make it with understudy dataset'],
  ])('%j exits with 2 and says why', async (args, message) => {
    const { code, stderr } = await train(...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
