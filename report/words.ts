import type { StudyEvaluation, StudyModel } from '../workspace/evaluation.ts';
import { TRAINED_ON_TEST } from '../workspace/evaluation.ts';
import { bestOf, candidates } from './candidates.ts';
import type { StudyFiles } from './study-files.ts';

/** Two or three significant digits without an exponent: 0.0012; an en dash where there is no number. */
export function short(value: number | null | undefined, significant = 2): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const digits = Math.max(2, significant - 1 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(10, digits)).replace('-', '−');
}

/** So many digits after the point, with a true minus; an en dash where there is no number. */
export function fixed(value: number, digits: number): string {
  if (Number.isNaN(value)) return '–';
  const text = value.toFixed(digits);
  // A negative number that rounds to nothing is no negative number.
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace('-', '−');
}

/** "0.012 [0.010, 0.014]" */
export const withInterval = (value: number, { lower, upper }: { lower: number; upper: number }): string =>
  Number.isNaN(value) ? '–' : `${short(value)} [${short(lower)}, ${short(upper)}]`;

/** "a, b and c" */
export const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** 1234567 as "1,234,567". */
export const grouped = (value: number): string => value.toLocaleString('en-US');

export interface Headline {
  readonly title: string;
  readonly sentences: readonly string[];
  /** What a reader must know before believing the rest. */
  readonly warnings: readonly string[];
}

/** The baselines as a person would name them. */
const BASELINES: Readonly<Record<string, string>> = {
  mean: 'the mean of the train file',
  nearest: 'nearest neighbours',
  uniform: 'uniform guessing',
};
const baselineName = (model: string) => BASELINES[model] ?? model;

/** What the study found, in words. */
export function headlineOf(study: StudyFiles): Headline {
  const warnings = warningsOf(study);
  const { evaluation } = study;
  const best = bestOf(study);
  if (!evaluation || !best)
    return { title: 'No student has been evaluated yet', sentences: [missingWords(study)], warnings };
  const baseline = evaluation.models.find(({ model }) => model === evaluation.bestBaseline)!;
  return {
    title: best.beatsBaseline
      ? `${best.model} is ${short(best.mae)} away from the teacher on average`
      : `No ${candidates(study).some(({ kind }) => kind === 'student') ? 'student' : 'model'} clearly beats ${baselineName(baseline.model)}`,
    sentences: [
      `On ${grouped(best.n)} states of ${evaluation.test.path}, ${best.model} has a mean squared error of ${withInterval(best.mse, best.intervals.mse)} and a mean absolute error of ${withInterval(best.mae, best.intervals.mae)}${variance(best)}.`,
      comparison(best, baseline),
      ...others(study, evaluation, best),
      ...noise(study, best),
    ],
    warnings,
  };
}

/** Less than everything must not round to all of it. */
const percentOf = (r2: number) =>
  r2 > 0.99 ? (r2 < 1 ? Math.min(99.9, 100 * r2) : 100).toFixed(1) : (100 * r2).toFixed(0);

const variance = ({ r2 }: StudyModel) =>
  Number.isNaN(r2)
    ? ''
    : r2 > 0
      ? `; it explains ${percentOf(r2)} % of the variance of the teacher’s probabilities`
      : '; it explains nothing of the variance of the teacher’s probabilities';

function comparison(best: StudyModel, baseline: StudyModel): string {
  const { versusBaseline: difference, beatsBaseline } = best;
  const of = `the best baseline, ${baselineName(baseline.model)}, has ${short(baseline.mse)}`;
  if (!difference) return `For comparison, ${of}.`;
  const percent = Math.abs(100 * (1 - best.mse / baseline.mse));
  // Less than everything must not round to all of it.
  const share = percent > 99 && percent < 100 ? (Math.floor(10 * percent) / 10).toFixed(1) : percent.toFixed(0);
  const paired = `difference ${withInterval(difference.value, difference)}`;
  if (beatsBaseline) return `That is ${share} % less error than a rule without training: ${of} (${paired}).`;
  return difference.value < 0
    ? `That is ${share} % less than a rule without training, but not clearly so: ${of} (${paired}, which includes 0).`
    : `A rule without training does as well or better: ${of} (${paired}). Do not use ${best.model} in the teacher’s place; more labels or a larger student are the first things to try.`;
}

function others(study: StudyFiles, evaluation: StudyEvaluation, best: StudyModel): string[] {
  const rest = candidates(study).filter(({ model }) => model !== best.model);
  if (rest.length === 0) return [];
  const failing = rest.filter(({ beatsBaseline }) => beatsBaseline === false).map(({ model }) => model);
  // Where the pairs were tested, the findings say which of them differ.
  const alike = (evaluation.comparisons ? [] : rest)
    .filter(({ versusBest }) => versusBest && !(versusBest.lower > 0))
    .map(({ model }) => model);
  return [
    ...(alike.length > 0
      ? [
          `This test set does not tell ${listed(alike)} from ${best.model}: the paired interval of the difference includes 0.`,
        ]
      : []),
    ...(failing.length > 0 && best.beatsBaseline
      ? [
          `${listed(failing)} ${failing.length > 1 ? 'do' : 'does'} not clearly beat ${baselineName(evaluation.bestBaseline)}.`,
        ]
      : []),
  ];
}

/** The student's error beside the teacher's own spread, where that was measured by sampling. */
function noise({ stability }: StudyFiles, best: StudyModel): string[] {
  if (!stability || stability.temperature === 0) return [];
  const spread = stability.std.sample;
  const typical = Math.sqrt(best.mse);
  return [
    `Asked again at temperature ${stability.temperature}, the teacher itself varies with a standard deviation of ${short(spread)} around its own mean; the root of ${best.model}’s mean squared error is ${short(typical)}${typical < spread ? ', less than that' : ''}.`,
  ];
}

function warningsOf({ evaluation, stability, dataset, students }: StudyFiles): string[] {
  const caveats = [
    ...[stability, dataset].flatMap((part) => (part?.caveat ? [`The teacher ${part.teacher}: ${part.caveat}.`] : [])),
    ...(dataset?.caveat
      ? []
      : students.flatMap(({ teacher }) => (teacher.caveat ? [`The teacher: ${teacher.caveat}.`] : []))),
  ].map((caveat) => caveat.replace(/\.\.$/, '.'));
  const seen = evaluation?.test.seenInTraining ?? 0;
  const shown = evaluation?.models.filter(({ caveat }) => caveat?.includes(TRAINED_ON_TEST)) ?? [];
  const silent = evaluation?.models.filter(({ unanswered }) => unanswered > 0) ?? [];
  return [
    ...new Set(caveats),
    ...(seen > 0
      ? [
          `${grouped(seen)} of the ${grouped(evaluation!.test.rows)} test states are in the train file too: the errors look smaller than they are.`,
        ]
      : []),
    ...(shown.length > 0
      ? [
          `${listed(shown.map(({ model }) => model))} learned the very rows that ${shown.length > 1 ? 'they are' : 'it is'} tested on: no number here is a measure of unseen states.`,
        ]
      : []),
    ...silent.map(
      ({ model, unanswered }) =>
        `${model} gave no answer to ${grouped(unanswered)} states; its numbers leave them out.`,
    ),
  ];
}

/** What is not there yet, and the verb that makes it. */
export function missingOf({ evaluation, logs, stability, dataset }: StudyFiles): string[] {
  return [
    ...(stability
      ? []
      : ['No stability study: `understudy stability` asks the teacher the same questions repeatedly.']),
    ...(dataset ? [] : ['No data set made here: `understudy dataset` asks the teacher for one.']),
    ...(logs.length > 0 ? [] : ['No training log: `understudy train` trains students and logs their losses.']),
    ...(evaluation ? [] : ['No evaluation: `understudy evaluate` holds students against held-out decisions.']),
  ];
}

const missingWords = (study: StudyFiles) =>
  study.logs.length > 0
    ? 'Students have been trained; `understudy evaluate` holds them against held-out decisions.'
    : 'This report shows what there is so far; what is missing, and the step that makes it, is listed below.';
