import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observations, phrasesOf } from '../../env/observation.ts';
import { ladder, ladderTeacher, maskAt } from '../../measure/toy.test-support.ts';
import { csvRows } from '../../workspace/csv.ts';
import { readDecisions } from '../../workspace/decisions.ts';
import { type OnPolicyOptions, onPolicy } from './on-policy.ts';

/** Steps that no agent of the first days stands on, so that they say nothing about where agents go. */
const known = [8, 9, 10, 11, 12, 13, 14, 15];

let folder: string;
let train: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-on-policy-'));
  train = join(folder, 'train.jsonl');
  const rows = known.map((step) => ({
    ...phrasesOf(ladder, observations(ladder, [maskAt(step)]), 0),
    probability_LLM: step % 2 === 1 ? 0.9 : 0.1,
  }));
  await writeFile(train, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
});
afterAll(() => rm(folder, { recursive: true }));

const call = { student: 'mlp', rounds: 2, budget: 5, compare: true, agents: 4, days: 2, seed: 2 } as const;
const run = (name: string, options: Partial<OnPolicyOptions> = {}) =>
  onPolicy({
    ...call,
    train,
    teacher: ladderTeacher().teacher,
    workspace: join(folder, name),
    scenario: ladder,
    epochs: 60,
    layers: 2,
    backend: 'wasm',
    ...options,
  });

describe('onPolicy', () => {
  it('asks where its agents go, and errs less there than with as many labels at random', async () => {
    const { teacher, asked } = ladderTeacher();
    const report = await run('whole', { teacher });
    const last = (strategy: string) => report.rounds.filter((round) => round.strategy === strategy).at(-1)!;
    expect(report.rounds[0]).toMatchObject({ round: 0, labels: 0, seen: 0, visited: 8 });
    expect(report.rounds[0]!.mseOnPolicy).toBeGreaterThan(0.3);
    expect(last('on-policy').mseOnPolicy).toBeLessThan(0.5 * last('random').mseOnPolicy);
    expect(last('on-policy').seen).toBeGreaterThan(last('random').seen);
    expect(new Set(asked).size).toBe(asked.length);

    // The budget of 5 in rounds of 3 and 2, none of them about a state that had a label.
    expect(report.rounds.map(({ labels }) => labels)).toEqual([0, 0, 3, 5, 3, 5]);
    const { rows, observations: shown } = await readDecisions(report.files.data, ladder);
    expect(rows.slice(known.length)).toMatchObject([
      ...Array.from({ length: 3 }, () => ({ round: 1, teacher: 'ladder-teacher', elicitation: 'expected' })),
      ...Array.from({ length: 2 }, () => ({ round: 2, visits: expect.any(Number), seed: 2 })),
    ]);
    expect(new Set(shown.masks).size).toBe(known.length + 5);
    expect([...shown.masks].slice(known.length).every((mask) => mask >>> 1 < 8)).toBe(true);

    const table = csvRows(await readFile(join(folder, 'whole/results/metrics/on-policy.csv'), 'utf8'));
    expect(table).toHaveLength(6);
    expect(Number(table.at(-1)!.mse_on_policy)).toBe(last('random').mseOnPolicy);
  });

  it('goes on after an interruption and ends with the same bytes', async () => {
    await run('whole');
    const controller = new AbortController();
    const stopped = run('halves', {
      signal: controller.signal,
      log: (line) => /^on-policy, round 1/.test(line) && controller.abort(new Error('stopped by hand')),
    });
    await expect(stopped).rejects.toThrow('stopped by hand');
    const kept: string[] = [];
    await run('halves', { log: (line) => kept.push(line) });
    expect(kept.filter((line) => line.includes('already trained'))).toHaveLength(2);
    for (const file of ['data/on-policy.jsonl', 'results/metrics/on-policy.csv', 'models/saved_models/mlp.onnx']) {
      const bytes = (name: string) => readFile(join(folder, name, file));
      expect((await bytes('halves')).equals(await bytes('whole'))).toBe(true);
    }
  });

  it('leaves the states alone that the workspace tests on', async () => {
    const held = [0, 1, 2];
    const rows = held.map((step) => ({
      ...phrasesOf(ladder, observations(ladder, [maskAt(step)]), 0),
      probability_LLM: 0.5,
    }));
    await mkdir(join(folder, 'tested/data'), { recursive: true });
    await writeFile(join(folder, 'tested/data/test.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const report = await run('tested', { budget: 100, rounds: 1, compare: false });
    // Of the eight states that agents visit.
    expect(report.rounds.map(({ labels }) => labels)).toEqual([0, 5]);
    const { observations: shown } = await readDecisions(report.files.data, ladder);
    for (const step of held) expect(shown.masks).not.toContain(maskAt(step));
  });

  it('spends no more than there is to ask about', async () => {
    const report = await run('all', { budget: 100, rounds: 1, compare: false });
    // Of the eight states that agents visit none had a label.
    expect(report.rounds.at(-1)).toMatchObject({ labels: 8, seen: 1, mseUnseen: Number.NaN });
  });

  it('refuses what makes no sense, naming it', async () => {
    await expect(run('refused', { rounds: 0 })).rejects.toThrow('rounds must be a whole number of 1 or more, got 0');
    await expect(run('refused', { budget: 1 })).rejects.toThrow('a budget of 1 label is too small for 2 rounds');
    await expect(run('refused', { train: join(folder, 'none.jsonl') })).rejects.toThrow('none.jsonl');
  });
});
