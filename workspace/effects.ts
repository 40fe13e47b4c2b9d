import { join } from 'node:path';
import type { ModelEffect } from '../measure/explain/effects-table.ts';
import type { Workspace } from './paths.ts';
import { table } from './reading.ts';

/** What phrases do to each model's decisions: results/metrics/effects.csv. */
export async function readEffects(paths: Workspace): Promise<ModelEffect[]> {
  const columns = ['model', 'phrase', 'beside', 'states', 'mean', 'mean_absolute'];
  const rows = await table(paths, join(paths.metrics, 'effects.csv'), 'evaluate', columns);
  return rows.map(({ model, phrase, beside, states, mean, mean_absolute }) => ({
    model: model!,
    phrase: phrase!,
    ...(beside !== '' && { beside }),
    states: Number(states),
    mean: Number(mean),
    meanAbsolute: Number(mean_absolute),
  }));
}
