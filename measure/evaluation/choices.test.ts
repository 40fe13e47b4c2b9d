import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ceilingOf } from './ceiling.ts';
import { evaluate } from './evaluate.ts';
import { score } from './score.ts';
import { smallScenario as scenario } from './small-scenario.test-support.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'understudy-choices-'));
  await mkdir(join(root, 'data'));
});
afterAll(() => rm(root, { recursive: true }));

/** Ten people who choose four times each: the bold say yes three times, the shy once. */
const rows = Array.from({ length: 40 }, (_, i) => {
  const bold = i < 20;
  return {
    traits: [bold ? 'bold' : 'shy'],
    context: ['rain'],
    action: (i % 4 === 0) === bold ? 'no' : 'yes',
    unit: `person ${Math.floor(i / 4)}`,
    ...(i % 2 === 0 && { probability_model: bold ? 0.8 : 0.2 }),
  };
});

const options = { workspace: '', seed: 1, agents: 0, orders: 1, scenario, models: ['constant:0.25'] };

describe('an evaluation on single choices', () => {
  it('says that they are, scores them as such and resamples people', async () => {
    const test = join(root, 'test.jsonl');
    await writeFile(test, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const report = await evaluate({ ...options, workspace: root, test });
    expect(report.labels).toBe('choices');
    expect(report.test).toMatchObject({ rows: 40, units: 10, states: 2 });
    const constant = report.models.find(({ model }) => model === 'constant:0.25')!;
    // Half of the choices are yes.
    expect(constant.logLoss).toBeCloseTo(-(Math.log(0.25) + Math.log(0.75)) / 2, 12);
    expect(constant.brier).toBeCloseTo((0.75 ** 2 + 0.25 ** 2) / 2, 12);
    expect(constant.auc).toBe(0.5);
    expect(constant.reliability).toEqual([{ from: 0.2, to: 0.3, n: 40, meanPredicted: 0.25, meanTarget: 0.5 }]);
    const [header] = (await readFile(join(root, 'results/metrics/evaluation.csv'), 'utf8')).split('\n');
    expect(header).toMatch(/^model,n,mse,mae,r2,pearson,spearman,ece,kl,bias,log_loss,brier,.*,auc,/);
  });

  it('holds another column against the choices on the rows that have it', async () => {
    const test = join(root, 'beside.jsonl');
    await writeFile(test, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const { beside } = await evaluate({ ...options, workspace: root, test });
    expect(beside).toHaveLength(1);
    // Rows 0, 2, 4, …: of the bold one of two says yes, and so of the shy.
    expect(beside[0]).toMatchObject({ name: 'model', kind: 'probabilities', n: 20 });
    expect(beside[0]!.logLoss).toBeCloseTo(-(Math.log(0.8) + Math.log(0.2)) / 2, 12);
    expect(beside[0]!.auc).toBeCloseTo(0.5, 12);
  });
});

describe('scores of weighted rows', () => {
  it('are those of rows that are repeated so often', () => {
    const [target, predicted] = [Float64Array.of(1, 0, 1, 0), Float64Array.of(0.9, 0.3, 0.4, 0.45)];
    const times = [3, 1, 2, 2];
    const repeat = (values: ArrayLike<number>) =>
      Float64Array.from(times.flatMap((n, i) => Array.from({ length: n }, () => values[i]!)));
    const weighted = score(target, predicted, Uint32Array.of(0, 1, 2, 3), {
      ...{ seed: 1, kind: 'choices', weights: Float64Array.from(times) },
    });
    const repeated = score(repeat(target), repeat(predicted), Uint32Array.from(repeat([0, 1, 2, 3])), {
      ...{ seed: 1, kind: 'choices' },
    });
    for (const name of [
      ...(['mse', 'mae', 'r2', 'pearson', 'spearman', 'ece', 'kl', 'bias', 'bce', 'logLoss', 'brier', 'auc'] as const),
    ])
      expect(weighted[name], name).toBeCloseTo(repeated[name], 10);
    expect(weighted.intervals.mse.upper).toBeCloseTo(repeated.intervals.mse.upper, 10);
  });

  it('of three actions are those of each action beside those of all', () => {
    // Two rows; P of the second and the third action.
    const found = score(Float64Array.of(1, 0, 0, 0), Float64Array.of(0.5, 0.25, 0.25, 0.25), Uint32Array.of(0, 1), {
      ...{ seed: 1, kind: 'choices', actions: ['bus', 'bike'] },
    });
    expect(found.logLoss).toBeCloseTo(Math.LN2, 12);
    // Half of .25² + .5² + .25², and of .5² + .25² + .25².
    expect(found.brier).toBeCloseTo(0.1875, 12);
    expect(found.byAction!.map(({ action, mse, auc }) => [action, mse, auc])).toEqual([
      ['bus', (0.25 + 0.0625) / 2, 1],
      ['bike', 0.0625, Number.NaN],
    ]);
    expect(found.auc).toBe(1);
  });
});

it('labels that are means of answers whose spread is known have a noise ceiling without a teacher', () => {
  const facts = { teachers: [], rows: [{}, {}], target: [0.2, 0.8], m: 1 };
  const repetition = { repeats: Float64Array.of(4, 2), variances: Float64Array.of(0.04, 0.04, 0.08, 0.08) };
  // Noise: (.04 / 4 + .08 / 2) / 2; variance of the labels: .3².
  const found = ceilingOf(undefined, { ...facts, repetition });
  expect(found.r2).toBeCloseTo(1 - 0.025 / 0.09, 12);
  expect(found).toMatchObject({ labels: 'means of 3 answers, whose spread the rows hold' });
});
