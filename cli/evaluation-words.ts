import type { EvaluationReport } from '../measure/evaluation/evaluate.ts';
import { evaluationFindings } from '../report/findings/evaluation.ts';
import { grouped, percent } from '../report/wording.ts';
import { findingLines } from './findings.ts';
import { decimal, table } from './wording.ts';

type Model = EvaluationReport['models'][number];

const WIDTH = 100;
const WIDEST_NAME = 19;
/** Writes a squared error, with a sixth decimal where a fifth would leave one digit of the best. */
type Small = (value: number) => string;

/** What an evaluation found: a table of errors, a table of what else was measured, and the findings of the report. */
export function evaluatedWords(report: EvaluationReport): string[] {
  const { test, models } = report;
  const others = models.filter(({ kind }) => kind !== 'baseline');
  const small: Small = (value) => cell(value, models.some(({ mse }) => mse < 1e-4) ? 6 : 5);
  return [
    `${grouped(test.rows)} rows of ${test.path}`,
    '',
    ...errors(models, small),
    '',
    ...elsewhere(others, small),
    ...findingLines(evaluationFindings(report), WIDTH),
  ];
}

function errors(models: readonly Model[], small: Small): string[] {
  return table([
    ['', 'MSE', '95 %', 'MAE', 'R²', 'r', 'ECE', 'bias', 'weights', 'per s'],
    ...models.map(({ model, kind, mse, intervals, mae, r2, pearson, ece, bias, parameters, decisionsPerSecond }) => [
      short(kind === 'baseline' ? `${model} (baseline)` : model),
      small(mse),
      between(intervals.mse, small),
      cell(mae),
      cell(r2, 3),
      cell(pearson, 3),
      cell(ece),
      cell(bias),
      parameters === undefined ? '–' : grouped(parameters),
      rate(decisionsPerSecond),
    ]),
  ]);
}

/** Empty if none of it was measured. */
function elsewhere(models: readonly Model[], small: Small): string[] {
  if (models.every(({ achievable, order, onPolicy }) => !achievable && !order && !onPolicy)) return [];
  return [
    ...table([
      ['', 'achieved', 'other orders', 'at most', 'MSE on visits', '95 %', 'visits covered'],
      ...models.map(({ model, achievable, order, onPolicy }) => [
        short(model),
        achievable ? percent(achievable.value) : '–',
        order ? spread(order.meanSd) : '–',
        order ? spread(order.maxSd) : '–',
        onPolicy ? small(onPolicy.mse) : '–',
        onPolicy ? between(onPolicy, small) : '–',
        onPolicy ? percent(onPolicy.covered) : '–',
      ]),
    ]),
    '',
  ];
}

const between = ({ lower, upper }: { lower: number; upper: number }, small: Small) =>
  Number.isFinite(lower) ? `${small(lower)}–${small(upper)}` : '–';
const spread = (sd: number) => (sd === 0 ? '0' : `± ${cell(sd)}`);
const short = (name: string) => (name.length > WIDEST_NAME ? `…${name.slice(1 - WIDEST_NAME)}` : name);
const rate = (perSecond: number | undefined) => {
  if (perSecond === undefined) return '–';
  if (perSecond >= 1e6) return `${(perSecond / 1e6).toFixed(1)} M`;
  return perSecond >= 1e4 ? `${Math.round(perSecond / 1e3)} k` : grouped(Number(perSecond.toPrecision(2)));
};

/** A number, or a dash if it is not finite; what rounds to 0 has no sign. */
function cell(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return '–';
  return decimal(Number(value.toFixed(digits)) === 0 ? 0 : value, digits);
}
