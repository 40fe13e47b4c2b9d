import { join } from 'node:path';
import type { Workspace } from './paths.ts';
import { table } from './reading.ts';

/** A row of results/metrics/predictions.csv. */
export interface PredictedState {
  readonly traits: readonly string[];
  readonly context: readonly string[];
  readonly action: string;
  readonly target: number;
  /** By model; NaN where it gave no answer. */
  readonly predicted: Readonly<Record<string, number>>;
}

/** @param models whose columns are read */
export async function readPredictions(paths: Workspace, models: readonly string[]): Promise<PredictedState[]> {
  const columns = ['y_true', 'traits', 'context', 'action', ...models.map((model) => `${model}_pred`)];
  const rows = await table(paths, join(paths.metrics, 'predictions.csv'), 'evaluate', columns);
  const phrases = (cell: string) => (cell === '' ? [] : cell.split('; '));
  return rows.map((row) => ({
    traits: phrases(row.traits!),
    context: phrases(row.context!),
    action: row.action!,
    target: Number(row.y_true),
    predicted: Object.fromEntries(models.map((model) => [model, Number(row[`${model}_pred`])])),
  }));
}
