import type { EvaluationReport } from '../measure/evaluation/evaluate.ts';
import { groupName } from '../report/group-name.ts';
import { wrap } from './help.ts';
import { decimal, grouped, table } from './wording.ts';

type Model = EvaluationReport['models'][number];

const WIDTH = 100;
const WIDEST_NAME = 19;
/** Writes a squared error, with a sixth decimal where a fifth would leave one digit of the best. */
type Small = (value: number) => string;

/** At most this p, and two models are said to differ. */
const LEVEL = 0.05;

/** What an evaluation found: a table of errors, a table of what else was measured, and the answers in words. */
export function evaluatedWords(report: EvaluationReport): string[] {
  const { test, models } = report;
  const others = models.filter(({ kind }) => kind !== 'baseline');
  const small: Small = (value) => cell(value, models.some(({ mse }) => mse < 1e-4) ? 6 : 5);
  const seen = test.seenInTraining > 0 ? `, ${grouped(test.seenInTraining)} of them seen in training` : '';
  return [
    `${grouped(test.rows)} rows of ${test.path}${seen}`,
    '',
    ...errors(models, small),
    '',
    ...elsewhere(others, small),
    ...[
      bestWords(report, others),
      ...notBetter(report, others),
      ...worstWords(others, small),
      ceilingWords(report, others[0]!, small),
      ...orderWords(report, others),
      ...whereWords(others),
      ...rateWords(report, others),
    ].flatMap((sentence) => wrap(sentence, WIDTH - 2).map((line, i) => (i === 0 ? line : `  ${line}`))),
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

/** Empty where nothing of it was measured. */
function elsewhere(models: readonly Model[], small: Small): string[] {
  if (models.every(({ achievable, order, onPolicy }) => !achievable && !order && !onPolicy)) return [];
  return [
    ...table([
      ['', 'achieved', 'other orders', 'at most', 'MSE where it goes', '95 %', 'of visits'],
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

/** Who is best, and from whom it can be told apart. */
function bestWords({ comparisons }: EvaluationReport, [best, ...rest]: readonly Model[]): string {
  if (rest.length === 0) return `Evaluated: ${best!.model}.`;
  const pairs = comparisons.filter(({ a }) => a === best!.model);
  const apart = pairs.filter(({ pHolm }) => pHolm <= LEVEL);
  const alike = pairs.filter(({ pHolm }) => pHolm > LEVEL);
  const least = apart.reduce((most, { pHolm }) => Math.max(most, pHolm), 0);
  const tests = comparisons.length === 1 ? 'sign-flip test' : `Holm over ${comparisons.length} pairs`;
  return [
    `Best: ${best!.model}.`,
    ...(apart.length > 0 ? [`Better than ${names(apart)} (p ≤ ${pValue(least)}, ${tests}).`] : []),
    ...(alike.length > 0
      ? [
          `Not to be told apart from ${names(alike)} (${atLeast(Math.min(...alike.map(({ pHolm }) => pHolm)))}, ${tests}).`,
        ]
      : []),
  ].join(' ');
}

function notBetter({ bestBaseline }: EvaluationReport, models: readonly Model[]): string[] {
  const beaten = models.filter(({ beatsBaseline }) => !beatsBaseline).map(({ model }) => model);
  return beaten.length > 0 ? [`Not better than the baseline ${bestBaseline}: ${listed(beaten)}.`] : [];
}

function worstWords(models: readonly Model[], small: Small): string[] {
  return models.flatMap(({ model, mse, worstGroup: worst }) => {
    if (!worst) return [];
    const times = mse > 0 ? `, ${(worst.mse / mse).toFixed(1)} times its mean` : '';
    return `Worst group of ${model}: ${whereOf(worst)} (${grouped(worst.n)} rows): MSE ${small(worst.mse)} [${between(worst.interval, small)}]${times}.`;
  });
}

/** Where it is: “cheap”, or states with 3 traits. */
const whereOf = ({ by, group }: NonNullable<Model['worstGroup']>) =>
  by === 'trait' || by === 'context' ? `“${group}”` : `states with ${groupName(by, group)}`;

function ceilingWords({ ceiling }: EvaluationReport, { model, mse, achievable }: Model, small: Small): string {
  if (ceiling.r2 === null) return `Share of the achievable: undefined; ${ceiling.reason}.`;
  const share = achievable
    ? `${model} explains ${percent(achievable.value)} [${percent(achievable.lower)}–${percent(achievable.upper)}] of what can be explained (R² up to ${cell(ceiling.r2, 3)})`
    : `the labels are noise only (R² up to ${cell(ceiling.r2, 3)})`;
  const again =
    ceiling.reasking > 0
      ? ` Asking the teacher once more would have an MSE of ${small(ceiling.reasking)}; ${model} has ${small(mse)}.`
      : '';
  return `Labels: ${ceiling.labels}; ${share}.${again}`;
}

function orderWords({ teacherOrder }: EvaluationReport, models: readonly Model[]): string[] {
  const measured = models.flatMap(({ model, order }) => (order && order.maxSd > 0 ? { model, ...order } : []));
  const blind = models.filter(({ order }) => order?.maxSd === 0).map(({ model }) => model);
  const moves = (name: string, { meanSd, maxSd }: { meanSd: number; maxSd: number }) =>
    `${name} by ${cell(meanSd)} on average, at most ${cell(maxSd)}`;
  const parts = [
    ...(teacherOrder ? [moves(`the teacher moves (${teacherOrder.states} states)`, teacherOrder)] : []),
    ...measured.map((one) => moves(one.model, one)),
    ...(blind.length > 0 ? [`it makes no difference to ${listed(blind)}`] : []),
  ];
  const { orders } = teacherOrder ?? models.find(({ order }) => order)?.order ?? {};
  return parts.length > 0 ? [`Order of the phrases (sd over ${orders} orders): ${parts.join('; ')}.`] : [];
}

function whereWords(models: readonly Model[]): string[] {
  const first = models.find(({ onPolicy }) => onPolicy)?.onPolicy;
  if (!first) return [];
  const { agents, ticks, answers } = first;
  const whose =
    answers === 'teacher' ? 'the teacher was asked' : 'the test file has an answer; --teacher asks for more';
  return [
    `Where it goes: ${grouped(agents)} agents for ${ticks} ticks under the model itself; “of visits” is the share for which ${whose}.`,
  ];
}

function rateWords({ machine }: EvaluationReport, models: readonly Model[]): string[] {
  return models.some(({ decisionsPerSecond }) => decisionsPerSecond) ? [`Rates are of this machine: ${machine}.`] : [];
}

const between = ({ lower, upper }: { lower: number; upper: number }, small: Small) =>
  Number.isFinite(lower) ? `${small(lower)}–${small(upper)}` : '–';
const pValue = (p: number) => (p < 0.001 ? '.001' : decimal(p, p < 0.1 ? 3 : 2));
const atLeast = (p: number) => (p === 1 ? 'p = 1' : `p ≥ ${pValue(p)}`);
const spread = (sd: number) => (sd === 0 ? '0' : `± ${cell(sd)}`);
const short = (name: string) => (name.length > WIDEST_NAME ? `…${name.slice(1 - WIDEST_NAME)}` : name);
const names = (pairs: EvaluationReport['comparisons']) => listed(pairs.map(({ b }) => b));
const listed = (items: readonly string[]) =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
const rate = (perSecond: number | undefined) => {
  if (perSecond === undefined) return '–';
  if (perSecond >= 1e6) return `${(perSecond / 1e6).toFixed(1)} M`;
  return perSecond >= 1e4 ? `${Math.round(perSecond / 1e3)} k` : grouped(Number(perSecond.toPrecision(2)));
};

/** A number, or a dash where there is none; what rounds to 0 has no sign. */
function cell(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return '–';
  return decimal(Number(value.toFixed(digits)) === 0 ? 0 : value, digits);
}

/** With the more digits, the nearer it is to the whole. */
function percent(share: number): string {
  const apart = Math.abs(1 - share);
  const digits = share === 1 || apart >= 0.1 ? 0 : apart >= 0.005 ? 1 : 2;
  return `${(100 * share).toFixed(digits)} %`;
}
