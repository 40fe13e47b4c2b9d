import { expect, it } from 'vitest';
import type { EvaluationReport } from '../measure/evaluation/evaluate.ts';
import { evaluationFindings } from '../report/findings/evaluation.ts';
import { evaluatedWords } from './evaluate.ts';

type Model = EvaluationReport['models'][number];

const interval = { lower: 0.0011, upper: 0.0013 };
const model = (name: string, mse: number, more: Partial<Model> = {}): Model => ({
  ...{ model: name, kind: 'student', policy: `student:${name}-0123456789ab`, unanswered: 0, n: 1200, mse },
  ...{ mae: 0.0254, r2: 0.981, pearson: 0.991, spearman: 0.99, ece: 0.0043, kl: 0.004, bias: -0.00001, bce: 0.5 },
  intervals: { mse: interval, mae: interval, r2: interval, pearson: interval, bias: interval, logLoss: interval },
  ...{ logLoss: 0.5, brier: mse, auc: Number.NaN, reliability: [] },
  ...{ beatsBaseline: true, parameters: 44_609, decisionsPerSecond: 164_321 },
  ...more,
});
const order = { states: 180, orders: 8, meanSd: 0.0127, maxSd: 0.0384, variance: 2e-4, changeFromCanonical: 3e-4 };
const onPolicy = {
  mse: 0.00184,
  lower: 0.0015,
  upper: 0.0021,
  mseUnseen: 0.0019,
  covered: 0.594,
  visited: 9,
  states: 5,
};
const pair = (a: string, b: string, pHolm: number) =>
  ({
    ...{ a, b, n: 1200, difference: -0.001, lower: -0.002, upper: pHolm <= 0.05 ? -0.0004 : 0.001, p: pHolm / 3 },
    ...{ exact: false, pHolm, confidence: 0.9833 },
  }) as const;

const report: EvaluationReport = {
  ...{ scenario: 'ice-cream-v1', actions: ['buy'], teacher: ['tiny-01'], seed: 0, bestBaseline: 'nearest' },
  ...{ labels: 'probabilities', labelled: 'by a teacher', loss: 'mse', beside: [] },
  test: { path: 'data/test.jsonl', sha256: '', rows: 1200, states: 1200, seenInTraining: 0 },
  train: null,
  models: [
    model('mlp', 0.0012, {
      order: { ...order, meanSd: 0, maxSd: 0, byConstruction: true },
      onPolicy: { ...onPolicy, seenInTraining: 0.3, agents: 1000, ticks: 210, answers: 'teacher' },
      achievable: { value: 0.994, lower: 0.991, upper: 0.9961 },
      worstGroup: { by: 'contexts', group: '1', n: 26, mse: 0.0036, interval, mae: 0.04, bias: 0.01 },
    }),
    model('encoder-with-a-very-long-name', 0.0013, {
      order: { ...order, byConstruction: false },
      worstGroup: { by: 'trait', group: 'cheap', n: 260, mse: 0.0026, interval, mae: 0.04, bias: 0.01 },
    }),
    model('logistic', 0.01, { beatsBaseline: false }),
    model('nearest', 0.009, {
      ...{ bias: -0.0123, r2: -0.076 },
      kind: 'baseline',
      pearson: Number.NaN,
      parameters: undefined,
    }),
  ],
  comparisons: [
    pair('mlp', 'encoder-with-a-very-long-name', 0.42),
    pair('mlp', 'logistic', 0.0003),
    pair('encoder-with-a-very-long-name', 'logistic', 0.0003),
  ],
  ceiling: { r2: 0.987, mse: 0.0008, reasking: 0.0024, labels: 'one sample each at temperature 1' },
  teacherOrder: { ...order, states: 55, meanSd: 0.0403, maxSd: 0.0826, byConstruction: false },
  machine: 'A processor, Node.js 20',
};
const words = evaluatedWords(report);
/** Without the breaks of lines. */
const prose = (lines: readonly string[]) => lines.join(' ').replaceAll(/ +/g, ' ');
const table = words.slice(
  0,
  words.findIndex((line) => line.startsWith('Best')),
);

it('everything fits into 80 columns, and what was not measured or does not exist is a dash', () => {
  const best = { ...report.models[0]!, mse: 0.00004, bias: -0.0123 };
  for (const lines of [words, evaluatedWords({ ...report, models: [best, ...report.models.slice(1)] })])
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
  expect(table.find((line) => line.startsWith('nearest (baseline)'))).toContain('–');
  expect(table.join('\n')).not.toMatch(/NaN|undefined|-\.0000/);
  expect(table.filter((line) => line.startsWith('…'))).toHaveLength(3);
});

it('below the tables stand the findings of the report, word for word', () => {
  const findings = evaluationFindings(report);
  expect(findings.length).toBeGreaterThan(6);
  for (const { topic, text } of findings) expect(prose(words)).toContain(`${topic}: ${text}`);
});

it('what is to be known before is said first', () => {
  const seen = evaluatedWords({ ...report, test: { ...report.test, seenInTraining: 7 } });
  expect(seen.find((line) => /^(Warning|Best)/.test(line))).toMatch(
    /^Warning: 7 of the 1,200 test states are in the train file too/,
  );
});
