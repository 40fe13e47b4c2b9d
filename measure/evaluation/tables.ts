import { phrasesOf } from '../../env/observation.ts';
import { csvLine } from '../../workspace/csv.ts';
import type { Comparison, Predictions } from './comparisons.ts';
import type { ModelReport } from './report.ts';
import type { Subgroup } from './subgroups.ts';
import type { TestRows } from './test-rows.ts';

const linesOf = (lines: readonly string[]) => `${lines.join('\n')}\n`;

type Column = readonly [name: string, of: (model: ModelReport) => string | number | undefined];

/** The columns of evaluation.csv; those of the contract come first. */
const columns: readonly Column[] = [
  ...(['model', 'n', 'mse', 'mae', 'r2', 'pearson', 'spearman', 'ece', 'kl', 'bias', 'bce'] as const).map(
    (name): Column => [name, (model) => model[name]],
  ),
  ...(['mse', 'mae', 'r2', 'pearson', 'bias'] as const).flatMap((name): Column[] => [
    [`${name}_low`, ({ intervals }) => intervals[name].lower],
    [`${name}_high`, ({ intervals }) => intervals[name].upper],
  ]),
  ['unanswered', ({ unanswered }) => unanswered],
  ['seen_in_training', ({ seenInTraining }) => (seenInTraining === null ? 'unknown' : seenInTraining)],
  ['kind', ({ kind }) => kind],
  ['policy', ({ policy }) => policy],
  ['parameters', ({ parameters }) => parameters],
  ['decisions_per_second', ({ decisionsPerSecond: rate }) => rate && Number(rate.toPrecision(3))],
  ['share_of_achievable', ({ achievable }) => achievable?.value],
  ['order_sd_mean', ({ order }) => order?.meanSd],
  ['order_sd_max', ({ order }) => order?.maxSd],
  ['order_change', ({ order }) => order?.changeFromCanonical],
  ['mse_on_policy', ({ onPolicy }) => onPolicy?.mse],
  ['mse_on_policy_low', ({ onPolicy }) => onPolicy?.lower],
  ['mse_on_policy_high', ({ onPolicy }) => onPolicy?.upper],
  ['covered', ({ onPolicy }) => onPolicy?.covered],
  ['worst_group', ({ worstGroup }) => worstGroup && `${worstGroup.by}: ${worstGroup.group}`],
  ['worst_group_mse', ({ worstGroup }) => worstGroup?.mse],
];

/** results/metrics/evaluation.csv: a line for each model; a cell is empty where something was not measured. */
export function evaluationCsv(models: readonly ModelReport[]): string {
  return linesOf([
    csvLine(columns.map(([name]) => name)),
    ...models.map((model) => csvLine(columns.map(([, of]) => of(model)))),
  ]);
}

/** results/metrics/predictions.csv: a line for each state (and action, where there are more than two); `traits` and `context` say which state it is. */
export function predictionsCsv(
  { scenario, observations, m, target }: TestRows,
  models: readonly Predictions[],
): string {
  const header = [
    ...['sample_id', 'num_traits', 'num_context', 'total_tokens', 'y_true'],
    ...models.flatMap(({ model }) => [`${model}_pred`, `${model}_sq_error`]),
    ...['traits', 'context', 'action'],
  ];
  const lines = Array.from(target, (y, i) => {
    const row = Math.floor(i / m);
    const { traits, context } = phrasesOf(scenario, observations, row);
    return csvLine([
      ...[row, traits.length, context.length, traits.length + context.length, y],
      ...models.flatMap(({ predicted }) => [predicted[i]!, (predicted[i]! - y) ** 2]),
      ...[traits.join('; '), context.join('; '), scenario.actions[1 + (i % m)]],
    ]);
  });
  return linesOf([csvLine(header), ...lines]);
}

/** results/metrics/comparisons.csv: a line for each pair of models. */
export function comparisonsCsv(comparisons: readonly Comparison[]): string {
  return linesOf([
    'a,b,difference,lower,upper,p,p_holm,n,exact',
    ...comparisons.map(({ a, b, difference, lower, upper, p, pHolm, n, exact }) =>
      csvLine([a, b, difference, lower, upper, p, pHolm, n, String(exact)]),
    ),
  ]);
}

/** results/metrics/subgroups.csv: a line for each model and group. */
export function subgroupsCsv(
  models: readonly { readonly model: string; readonly subgroups: readonly Subgroup[] }[],
): string {
  return linesOf([
    'model,by,group,n,mse,mse_low,mse_high,mae,bias',
    ...models.flatMap(({ model, subgroups }) =>
      subgroups.map(({ by, group, n, mse, interval, mae, bias }) =>
        csvLine([model, by, group, n, mse, interval.lower, interval.upper, mae, bias]),
      ),
    ),
  ]);
}
