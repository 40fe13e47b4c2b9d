import type { StudyEvaluation } from '../../workspace/evaluation.ts';
import { fixed, grouped, percent, withInterval } from '../wording.ts';
import type { DeepReadonly, Finding } from './finding.ts';
import { fitWords } from './shares.ts';

type Evaluation = DeepReadonly<StudyEvaluation>;
type Column = NonNullable<Evaluation['beside']>[number];

/** Baselines as a person would name them. */
const BASELINES: Readonly<Record<string, string>> = {
  mean: 'the mean of the train file',
  nearest: 'nearest neighbours',
  uniform: 'uniform guessing',
};
export const baselineName = (model: string): string => BASELINES[model] ?? model;

/** Others who answered the same rows: a human beside a model. */
export const beside = ({ beside: columns = [], labels, bestBaseline, actions }: Evaluation): Finding[] =>
  columns.map((column) => {
    const { name, n, mse, pearson, logLoss, shares: fit } = column;
    const sentences = [
      `On ${grouped(n)} rows that it answered too, ${name} ${nearness(column, labels)}.`,
      ...againstBaseline(column, baselineName(bestBaseline)),
      ...(fit ? [fitWords(name, fit, actions)] : []),
    ];
    return {
      kind: 'beside',
      severity: 'main',
      topic: 'Beside the labels',
      text: sentences.join(' '),
      numbers: { n, mse, pearson, logLoss: logLoss ?? Number.NaN },
    };
  });

function nearness(column: Column, labels: Evaluation['labels']): string {
  const { kind, mse, pearson, brier, logLoss, auc, intervals } = column;
  if (labels !== 'choices')
    return `differs from the labels by a mean squared error of ${withInterval(mse, intervals.mse)}${Number.isNaN(pearson) ? '' : `; the two correlate by ${fixed(pearson, 2)}`}`;
  // Half the squared distance of two choices is 1 if they differ.
  if (kind === 'choices') return `names the action that was taken in ${percent(1 - brier)}`;
  return `has a log loss of ${withInterval(logLoss, intervals.logLoss)} against the labels${Number.isNaN(auc) ? '' : ` and an AUC of ${fixed(auc, 3)}`}`;
}

function againstBaseline({ versusBaseline: difference }: Column, baseline: string): string[] {
  if (!difference || Number.isNaN(difference.value)) return [];
  const by = `(difference ${withInterval(difference.value, difference)})`;
  if (difference.upper < 0) return [`It is nearer to them than the best baseline, ${baseline} ${by}.`];
  return [
    difference.lower > 0
      ? `The best baseline, ${baseline}, is nearer to them ${by}.`
      : `It is not clearly nearer to them than the best baseline, ${baseline} ${by}.`,
  ];
}
