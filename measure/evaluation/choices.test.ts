import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvRows } from '../../workspace/csv.ts';
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
    expect(report).toMatchObject({ labels: 'choices', labelled: 'in a table', loss: 'log_loss', teacher: [] });
    expect(report.ceiling).toMatchObject({ r2: null, reason: expect.stringContaining('labels of a table') });
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

  it('orders models and picks the best baseline by log loss, not by squared errors', async () => {
    const root = await mkdtemp(join(tmpdir(), 'understudy-order-'));
    await mkdir(join(root, 'data'));
    // 9 of 10 say yes; the train file has seen 999 of 1,000.
    const few = Array.from({ length: 60 }, (_, i) => ({ ...rows[i % 40]!, action: i % 10 === 0 ? 'no' : 'yes' }));
    const test = join(root, 'test.jsonl');
    await writeFile(test, few.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const models = ['constant:0.9995', 'constant:0.55', 'constant:0.9'];
    const report = await evaluate({ ...options, workspace: root, test, models });
    const names = report.models.filter(({ kind }) => kind !== 'baseline').map(({ model }) => model);
    expect(names).toEqual(['constant:0.9', 'constant:0.55', 'constant:0.9995']);
    const mse = (name: string) => report.models.find(({ model }) => model === name)!.mse;
    expect(mse('constant:0.9995')).toBeLessThan(mse('constant:0.55'));
    const [, second] = report.models;
    expect(second!.versusBest!.value).toBeCloseTo(second!.logLoss - report.models[0]!.logLoss, 12);
    expect(second!.versusBaseline!.value).toBeCloseTo(second!.logLoss - Math.LN2, 12);
    await rm(root, { recursive: true });
  });

  it('never takes the stability of a teacher for the noise of choices in a table', async () => {
    const root = await mkdtemp(join(tmpdir(), 'understudy-asked-'));
    await mkdir(join(root, 'results', 'metrics'), { recursive: true });
    const study = { teacher: 'constant:0.5', elicitation: 'sample', temperature: 1 };
    const file = join(root, 'results', 'metrics', 'stability.json');
    await writeFile(file, JSON.stringify({ ...study, variance: { within: 0.002, between: 0.05 } }));
    const test = join(root, 'test.jsonl');
    await writeFile(test, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const report = await evaluate({ ...options, workspace: root, test });
    expect(report.ceiling).toEqual({
      r2: null,
      reason: expect.stringMatching(/the stability study of constant:0\.5 does not say it/),
    });
    expect(report.models[0]!.achievable).toBeUndefined();
    await rm(root, { recursive: true });
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
    expect(beside[0]!.versusBaseline!.value).toBeCloseTo(beside[0]!.logLoss - Math.LN2, 12);
    const shares = csvRows(await readFile(join(root, 'results/metrics/shares.csv'), 'utf8'));
    const bold = shares.find(({ of, group }) => of === 'column' && group === 'bold')!;
    expect([bold.model, bold.action, Number(bold.observed), Number(bold.predicted)]).toEqual([
      'model',
      'yes',
      0.5,
      0.8,
    ]);
    const groups = csvRows(await readFile(join(root, 'results/metrics/subgroups.csv'), 'utf8'));
    expect(groups.filter(({ of }) => of === 'column').map(({ group }) => group)).toContain('shy');
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
