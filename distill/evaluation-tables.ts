import { type Observations, phrasesOf } from '../env/observation.ts';
import type { Scenario } from '../env/scenario.ts';
import { csvLine } from './csv.ts';
import type { ModelReport } from './evaluate.ts';

/** results/metrics/evaluation.csv: a line for each model. */
export function evaluationCsv(models: readonly ModelReport[]): string {
  const header =
    'model,n,mse,mae,r2,pearson,spearman,ece,kl,bias,bce,mse_low,mse_high,mae_low,mae_high,r2_low,r2_high,pearson_low,pearson_high,unanswered,kind,policy';
  const lines = models.map(({ intervals, ...row }) =>
    csvLine([
      ...[row.model, row.n, row.mse, row.mae, row.r2, row.pearson, row.spearman, row.ece, row.kl, row.bias, row.bce],
      ...[intervals.mse, intervals.mae, intervals.r2, intervals.pearson].flatMap(({ lower, upper }) => [lower, upper]),
      ...[row.unanswered, row.kind, row.policy],
    ]),
  );
  return `${[header, ...lines].join('\n')}\n`;
}

/** results/metrics/predictions.csv: a line for each state (and action, where there are more than two); `traits` and `context` say which state it is. */
export function predictionsCsv(
  scenario: Scenario,
  observations: Observations,
  target: Float64Array,
  columns: readonly { readonly model: string; readonly predicted: Float64Array }[],
): string {
  const m = scenario.actions.length - 1;
  const header = [
    ...['sample_id', 'num_traits', 'num_context', 'total_tokens', 'y_true'],
    ...columns.flatMap(({ model }) => [`${model}_pred`, `${model}_sq_error`]),
    ...['traits', 'context', 'action'],
  ];
  const lines = Array.from(target, (y, i) => {
    const row = Math.floor(i / m);
    const { traits, context } = phrasesOf(scenario, observations, row);
    return csvLine([
      ...[row, traits.length, context.length, traits.length + context.length, y],
      ...columns.flatMap(({ predicted }) => [predicted[i]!, (predicted[i]! - y) ** 2]),
      ...[traits.join('; '), context.join('; '), scenario.actions[1 + (i % m)]],
    ]);
  });
  return `${[csvLine(header), ...lines].join('\n')}\n`;
}
