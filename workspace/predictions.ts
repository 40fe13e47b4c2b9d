import type { Workspace } from './paths.ts';
import { count, decimal, phrases, type RowOf, readTable, tableText, text } from './table.ts';

/**
 * results/metrics/predictions.csv: a line for each row of the test file and each action that is compared (all but the
 * default one); beside these columns a prediction and a squared error of each model.
 */
const columns = {
  sample: ['sample_id', count],
  traitCount: ['num_traits', count],
  contextCount: ['num_context', count],
  phraseCount: ['total_tokens', count],
  /** The teacher's probability. */
  target: ['y_true', decimal],
} as const;
/** They stand after those of the models. */
const stateColumns = {
  /** Phrases in the order shown. */
  traits: ['traits', phrases],
  context: ['context', phrases],
  action: ['action', text],
} as const;

/** A row of the test file as models see it. */
export interface PredictedState extends RowOf<typeof stateColumns> {
  readonly target: number;
  /** By model; NaN where it gave no answer. */
  readonly predicted: Readonly<Record<string, number>>;
}

/**
 * @param states with the number of the row of the test file that each is of
 * @param models whose columns are written, in their order
 */
export function predictionsText(
  states: readonly (PredictedState & { readonly sample: number })[],
  models: readonly string[],
): string {
  const ofModels = models.map((model, i) => ({
    [`${i}p`]: [`${model}_pred`, decimal],
    [`${i}e`]: [`${model}_sq_error`, decimal],
  }));
  const all = Object.assign({}, columns, ...ofModels, stateColumns) as typeof columns & typeof stateColumns;
  const rows = states.map(({ sample, traits, context, action, target, predicted }) => ({
    ...{ sample, traits, context, action, target },
    traitCount: traits.length,
    contextCount: context.length,
    phraseCount: traits.length + context.length,
    ...Object.fromEntries(
      models.flatMap((model, i) => {
        const p = predicted[model]!;
        return [
          [`${i}p`, p],
          [`${i}e`, (p - target) ** 2],
        ];
      }),
    ),
  }));
  return tableText(all, rows);
}

/**
 * @param models whose columns are read
 * @throws {UnderstudyError} DISTILL_FILE where the file is damaged, or lacks a model
 */
export async function readPredictions(paths: Workspace, models: readonly string[]): Promise<PredictedState[]> {
  const ofModels = models.map((model, i) => [`${i}p`, [`${model}_pred`, decimal]] as const);
  const all = { target: columns.target, ...stateColumns, ...Object.fromEntries(ofModels) };
  const rows = (await readTable(paths, paths.predictions, 'evaluate', all)) ?? [];
  return rows.map((row) => {
    const { traits, context, action, target } = row as PredictedState;
    const of = row as Readonly<Record<string, unknown>>;
    const predicted = Object.fromEntries(models.map((model, i) => [model, of[`${i}p`] as number]));
    return { traits, context, action, target, predicted };
  });
}
