import type { EvaluationReport } from '../measure/evaluation/evaluate.ts';
import { evaluationFindings } from '../report/findings/evaluation.ts';
import { namesInFull, shortNames } from '../report/short-names.ts';
import { byTeacherTable } from '../report/teacher-tables.ts';
import { grouped, listed, percent } from '../report/wording.ts';
import { workspace as paths } from '../workspace/paths.ts';
import { findingLines, wrap } from './help.ts';
import { limitOptions } from './limits.ts';
import { integer, list, requireFile, text } from './options.ts';
import { defineVerb } from './verb.ts';
import { decimal, namedRows, table } from './wording.ts';

export default defineVerb({
  name: 'evaluate',
  summary: 'errors of the students on held-out rows, beside baselines',
  description: [
    'Compares the students of the workspace with the rows of a test set and with baselines. Writes to results/metrics: evaluation.csv (MSE, MAE, R², correlations, calibration, divergences, size, speed), comparisons.csv (tests of all pairs, with Holm’s correction), subgroups.csv (errors by trait, context and size), shares.csv (of single choices and of columns beside the labels: how often each action was taken and predicted, by group), effects.csv (effect of each phrase and pair on a student’s decisions), coefficients.csv (logistic regressions), predictions.csv and evaluation.json.',
    'It also shows states in other orders of their phrases, and simulates each student to find the states that it visits. With --teacher, the teacher is asked about both; without it, errors on visited states come from the test rows alone.',
    'Labels are probabilities (probability_LLM, probabilities) or single choices (action, or 0 and 1 throughout), which are scored by log loss, Brier score, AUC and calibration; models are then ordered, tested and held against baselines by log loss. Rows may hold weight, unit (rows of one are resampled together), repeats and spread (from which the noise ceiling follows) and other answers to compare (probability_NAME, action_NAME).',
    'If the workspace has a stability study of the same teacher, it also reports each student’s share of the achievable R².',
  ].join('\n'),
  options: {
    test: text('Test rows with traits, context and a label: JSON Lines, a JSON array, CSV or Parquet.', {
      placeholder: 'FILE',
      shown: 'data/test.jsonl of the workspace',
    }),
    model: list(
      text('Student or policy to evaluate; default: every student of the workspace.', { placeholder: 'POLICY' }),
    ),
    teacher: list(
      text(
        'Teacher of the rows, asked for further answers. Several are asked about the test rows, and each model is held against each of them.',
        { shown: 'none' },
      ),
    ),
    budget: integer('Maximum number of questions to a teacher, remembered answers included.', {
      default: 1000,
      min: 1,
    }),
    orders: integer('Number of orders in which a state’s phrases are shown; 1 skips order sensitivity.', {
      default: 8,
      min: 1,
    }),
    agents: integer('Number of agents in the simulation of each student; 0 skips the error on visited states.', {
      default: 1000,
      min: 0,
    }),
    ...limitOptions,
  },
  stopped: 'the same command starts over; answers of the teacher are remembered',
  examples: [
    ['understudy evaluate', 'all students of the workspace on data/test.jsonl'],
    ['understudy evaluate --teacher tiny', 'asks the teacher about visited states and other orders as well'],
    [
      'understudy evaluate --teacher gemma-3-4b --teacher tiny',
      'errors of each model against either teacher, and theirs against each other',
    ],
    ['understudy evaluate --test gemma/test.jsonl --model student:mlp', 'one student on a file from elsewhere'],
  ],
  async run({ values, scenario, signal, progress, log, report }) {
    const { workspace, seed, teacher, budget, orders, agents } = values;
    const file = values.test ?? paths(workspace).test;
    await requireFile(file, '--test', 'understudy dataset', 'evaluate');
    const { evaluate } = await import('../measure/evaluation/evaluate.ts');
    const result = await evaluate({
      test: file,
      ...(values.model.length > 0 && { models: values.model as readonly string[] }),
      ...(teacher.length > 0 && { teacher }),
      ...{ workspace, seed, scenario, budget, orders, agents, signal, progress, log },
    });
    report(result, evaluatedWords(result));
  },
});

type Model = EvaluationReport['models'][number];

const WIDTH = 80;
const WIDEST_NAME = 19;
const NARROW_NAME = 15;
/** Writes a squared error, with a sixth decimal where a fifth would leave one digit of the best. */
type Small = (value: number) => string;

/** What a label says: a choice that was taken, or the probabilities of several actions. */
function labelWords(labels: EvaluationReport['labels'], actions: EvaluationReport['actions']): string {
  if (labels === 'choices') return ', each label a single choice';
  if (actions.length <= 1) return '';
  return `, each with the probabilities of ${actions.length > 4 ? `${actions.length} actions` : listed(actions)}`;
}

/** What an evaluation found: a table of errors, a table of what else was measured, and the findings of the report. */
export function evaluatedWords(report: EvaluationReport): string[] {
  const { test, models, labels, actions } = report;
  const others = models.filter(({ kind }) => kind !== 'baseline');
  const small: Small = (value) => cell(value, models.some(({ mse }) => mse < 1e-4) ? 6 : 5);
  const units = test.units === undefined ? '' : ` by ${grouped(test.units)} units`;
  return [
    `${grouped(test.rows)} rows of ${test.path}${units}${labelWords(labels, actions)}`,
    '',
    ...(labels === 'choices' ? choiceErrors(models, small) : errors(models, small)),
    '',
    ...answersBeside(report, small),
    ...elsewhere(others, small),
    ...againstTeachers(report),
    ...findingLines(evaluationFindings(report), WIDTH),
  ];
}

function errors(models: readonly Model[], small: Small): string[] {
  return table([
    ['', 'MSE', '95 %', 'MAE', 'R²', 'r', 'ECE', 'bias'],
    ...models.map(({ model, kind, mse, intervals, mae, r2, pearson, ece, bias }) => [
      short(kind === 'baseline' ? `${model} (baseline)` : model),
      small(mse),
      between(intervals.mse, small),
      cell(mae),
      cell(r2, 3),
      cell(pearson, 3),
      cell(ece),
      cell(bias),
    ]),
  ]);
}

/** What single choices are scored by. */
function choiceErrors(models: readonly Model[], small: Small): string[] {
  return table([
    ['', 'log loss', '95 %', 'Brier', 'AUC', 'ECE', 'bias'],
    ...models.map(({ model, kind, logLoss, intervals, brier, auc, ece, bias }) => [
      short(kind === 'baseline' ? `${model} (baseline)` : model),
      cell(logLoss),
      between(intervals.logLoss, cell),
      small(brier),
      cell(auc, 3),
      cell(ece),
      cell(bias),
    ]),
  ]);
}

/** Other answers to the same rows; empty if there are none. */
function answersBeside({ beside, labels }: EvaluationReport, small: Small): string[] {
  if (beside.length === 0) return [];
  return [
    ...table([
      [
        'beside',
        'rows',
        'MSE',
        '95 %',
        'r',
        // For single choices the divergence equals the log loss.
        ...(labels === 'choices' ? ['log loss', 'AUC'] : ['KL', 'log loss']),
        'bias',
      ],
      ...beside.map(({ name, n, mse, intervals, pearson, kl, logLoss, auc, bias }) => [
        short(name, NARROW_NAME),
        grouped(n),
        small(mse),
        between(intervals.mse, small),
        cell(pearson, 3),
        ...(labels === 'choices' ? [cell(logLoss), cell(auc, 3)] : [cell(kl), cell(logLoss)]),
        cell(bias),
      ]),
    ]),
    '',
  ];
}

/** Models against each of several teachers, and these against each other. */
function againstTeachers({ byTeacher }: EvaluationReport): string[] {
  if (!byTeacher) return [];
  const { teachers } = byTeacher;
  const called = shortNames(
    teachers.map(({ teacher }) => teacher),
    NARROW_NAME,
  );
  const rows = namedRows(byTeacherTable(byTeacher, (name) => called.get(name) ?? short(name, NARROW_NAME)));
  const unknown = teachers.flatMap(({ teacher, ceiling }) =>
    ceiling.r2 === null ? [`Noise of ${teacher}: not known, as ${ceiling.reason}`] : [],
  );
  return [...rows, ...namesInFull(called), ...unknown.flatMap((line) => wrap(line, WIDTH - 22)), ''];
}

/** What else there is to say of each model; columns that nobody has a value in are left out. */
function elsewhere(models: readonly Model[], small: Small): string[] {
  if (models.length === 0) return [];
  const reachable = models.some(({ achievable }) => achievable);
  const ordered = models.some(({ order }) => order);
  const size = table([
    ['', 'weights', 'per s', ...(reachable ? ['achieved'] : []), ...(ordered ? ['other orders', 'at most'] : [])],
    ...models.map(({ model, parameters, decisionsPerSecond, achievable, order }) => [
      short(model),
      parameters === undefined ? '–' : grouped(parameters),
      rate(decisionsPerSecond),
      ...(reachable ? [achievable ? percent(achievable.value) : '–'] : []),
      ...(ordered ? [order ? spread(order.meanSd) : '–', order ? spread(order.maxSd) : '–'] : []),
    ]),
  ]);
  if (models.every(({ onPolicy }) => !onPolicy)) return [...size, ''];
  const visits = table([
    ['', 'MSE on visits', '95 %', 'visits covered'],
    ...models.map(({ model, onPolicy }) => [
      short(model),
      onPolicy ? small(onPolicy.mse) : '–',
      onPolicy ? between(onPolicy, small) : '–',
      onPolicy ? percent(onPolicy.covered) : '–',
    ]),
  ]);
  return [...size, '', ...visits, ''];
}

const between = ({ lower, upper }: { lower: number; upper: number }, small: Small) =>
  Number.isFinite(lower) ? `${small(lower)}–${small(upper)}` : '–';
const spread = (sd: number) => (sd === 0 ? '0' : `± ${cell(sd)}`);
const short = (name: string, width = WIDEST_NAME) => (name.length > width ? `…${name.slice(1 - width)}` : name);
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
