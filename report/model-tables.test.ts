import { describe, expect, it } from 'vitest';
import type { ModelCoefficient } from '../workspace/coefficients.ts';
import type { StudyEvaluation, StudyModel } from '../workspace/evaluation.ts';
import { coefficientsHtml, modelTables } from './model-tables.ts';
import type { StudyFiles } from './study-files.ts';

const around = (value: number) => ({ lower: 0.5 * value, upper: 2 * value });
const model = (name: string, mse: number, more: Partial<StudyModel> = {}): StudyModel => ({
  ...{ model: name, kind: 'student', policy: name, n: 160, unanswered: 0, mse, mae: 0.02, r2: 0.98, pearson: 0.9912 },
  ...{ spearman: 0.95, ece: 0.0123, kl: 0.0045, bias: -0.0021 },
  intervals: { mse: around(mse), mae: around(0.02), r2: around(0.9), pearson: around(0.95) },
  ...more,
});
const order = {
  states: 50,
  orders: 8,
  meanSd: 0.012,
  maxSd: 0.07,
  variance: 0,
  changeFromCanonical: 0,
  byConstruction: false,
};
const onPolicy = {
  mse: 0.002,
  ...around(0.002),
  covered: 0.59,
  visited: 90,
  states: 50,
  seenInTraining: 0,
  agents: 1000,
  ticks: 210,
};
const encoder = model('encoder', 0.001, {
  ...{ order, onPolicy: { ...onPolicy, answers: 'teacher' }, parameters: 18305, decisionsPerSecond: 12_345 },
  achievable: { value: 0.974, lower: 0.97, upper: 0.9961 },
  versusBaseline: { value: -0.004, lower: -0.005, upper: -0.003 },
});
const nearest = model('nearest', 0.005, { kind: 'baseline', pearson: Number.NaN });
const studyOf = (models: StudyModel[], more: Partial<StudyEvaluation> = {}): StudyFiles => ({
  evaluation: {
    ...{ scenario: 'ice-cream-v1', actions: ['buy'], teacher: ['tiny'], seed: 1, train: null, bestBaseline: 'nearest' },
    test: { path: 'data/test.jsonl', sha256: '0', rows: 160, seenInTraining: 0 },
    models,
    ...more,
  },
  ...{ states: [], logs: [], repeats: [], students: [] },
});

/** Rows of each table, as head and cells by column. */
function tablesOf(study: StudyFiles): Record<string, Record<string, string>>[] {
  const cells = (row: string) => Array.from(row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g), ([, cell]) => cell!);
  return modelTables(study)
    .text.split('<table>')
    .slice(1)
    .map((table) => {
      const [head, ...rows] = Array.from(table.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs), ([, row]) => cells(row!));
      return Object.fromEntries(
        rows.map(([name, ...values]) => [name!, Object.fromEntries(values.map((value, i) => [head![i + 1]!, value]))]),
      );
    });
}

describe('the tables of models', () => {
  it('say every error of models and baselines, and what else a choice depends on', () => {
    const [errors, beyond] = tablesOf(
      studyOf([encoder, nearest], { ceiling: { r2: 0.95, mse: 0.001, reasking: 0.002, labels: 'x' } }),
    );
    expect(errors!.encoder).toEqual({
      'MSE [95 %]': '0.0010 [0.00050, 0.0020]',
      MAE: '0.020',
      'R²': '0.9800',
      Pearson: '0.9912',
      Spearman: '0.9500',
      'KL (nats)': '0.0045',
      bias: '−0.0021',
      ECE: '0.0123',
      'MSE − nearest’s': '−0.0040 [−0.0050, −0.0030]',
    });
    expect(errors!.nearest).toMatchObject({ Pearson: '–', 'MSE − nearest’s': '' });
    expect(beyond!.encoder).toEqual({
      'share of the achievable [95 %]': '97.4 % [97.0 %, 99.61 %]',
      'MSE on visits [95 %]': '0.0020 [0.0010, 0.0040]',
      'visits covered': '59 %',
      'sd over orders': '0.012',
      'largest sd': '0.070',
      parameters: '18,305',
      'decisions a second': '12,000',
    });
    expect(Object.values(beyond!.nearest!)).toEqual(new Array(7).fill('–'));
  });

  it('leave out what was measured of nobody, and a second table without a column', () => {
    expect(tablesOf(studyOf([model('mlp', 0.001), nearest]))).toHaveLength(1);
    const [, beyond] = tablesOf(studyOf([model('mlp', 0.001, { parameters: 9 }), nearest]));
    expect(beyond).toEqual({ mlp: { parameters: '9' }, nearest: { parameters: '–' } });
  });

  it('say whose answers stand behind the error where a model goes', () => {
    const text = (answers: 'teacher' | 'test file') =>
      modelTables(studyOf([{ ...encoder, onPolicy: { ...onPolicy, answers } }, nearest])).text;
    expect(text('teacher')).toContain('the teacher answered about states drawn by their visits');
    expect(text('test file')).toContain('the test file has an answer');
    expect(modelTables(studyOf([model('mlp', 0.001, { parameters: 9 }), nearest])).text).not.toContain('agents');
  });
});

const one = (logOdds: number, phrase?: string): ModelCoefficient => ({
  ...{ model: 'logistic', action: 'buy', logOdds, lowest: logOdds, highest: logOdds },
  ...(phrase !== undefined && { phrase }),
});
const textOf = (coefficients: ModelCoefficient[]) =>
  coefficientsHtml({ coefficients, states: [], logs: [], repeats: [], students: [] })
    .map(({ text }) => text)
    .join('');
/** Cells of the rows, without tags. */
const rowsOf = (text: string) =>
  Array.from(text.matchAll(/<tr><th scope="row">(.*?)<\/tr>/g), ([, row]) => row!.split(/<[^>]+>/).filter(Boolean));

describe('the coefficients in the report', () => {
  it('are listed by size with what they multiply the odds by, the intercept in words', () => {
    const text = textOf([one(-0.5), one(0.25, 'a & b'), one(-1, 'hot')]);
    expect(rowsOf(text)).toEqual([
      ['hot', '−1.00', '0.37'],
      ['a &#38; b', '+0.25', '1.28'],
    ]);
    expect(text).toContain('the log-odds are −0.50.');
    expect(text).toContain('whatever else holds');
  });

  it('of an ordinal student stand with their range, and no odds', () => {
    const text = textOf([one(0), { ...one(0.5, 'hot'), lowest: -1, highest: 2 }]);
    expect(rowsOf(text)).toEqual([['hot', '+0.50', '−1.00', '+2.00']]);
    expect(text).toContain('of an answer above a level');
    expect(text).not.toContain('odds ×');
  });

  it('of pairs are said to be in the CSV', () => {
    const text = textOf([one(0), one(1, 'hot'), { ...one(2, 'hot'), beside: 'cheap' }]);
    expect(rowsOf(text)).toHaveLength(1);
    expect(text).toContain('results/metrics/coefficients.csv');
    expect(text).not.toContain('whatever else holds');
  });

  it('of several actions and models stand apart', () => {
    const share = { ...one(3, 'hot'), action: 'share' };
    const text = textOf([one(1, 'hot'), share, { ...one(2, 'hot'), model: 'other' }]);
    expect(rowsOf(text)).toEqual([
      ['hot', 'buy', '+1.00', '2.72'],
      ['hot', 'share', '+3.00', '20.09'],
      ['hot', '+2.00', '7.39'],
    ]);
    expect(text).toContain('<h3>Coefficients of other</h3>');
  });
});

it('scores single choices by log loss, Brier score and AUC, and not by errors that no model could avoid', () => {
  const scored = model('logistic', 0.2, {
    ...{ logLoss: 0.5878, brier: 0.2031, auc: 0.757 },
    versusBaseline: { value: -0.11, lower: -0.17, upper: -0.031 },
  });
  const [errors] = tablesOf(
    studyOf([{ ...scored, intervals: { ...scored.intervals, logLoss: around(0.5878) } }, nearest], {
      labels: 'choices',
      loss: 'log_loss',
    }),
  );
  expect(errors!.logistic).toEqual({
    'log loss (nats) [95 %]': '0.588 [0.294, 1.176]',
    'Brier score': '0.2031',
    AUC: '0.757',
    bias: '−0.0021',
    ECE: '0.0123',
    'log loss − nearest’s': '−0.110 [−0.170, −0.031]',
  });
  expect(errors!.nearest!.AUC).toBe('–');
});
