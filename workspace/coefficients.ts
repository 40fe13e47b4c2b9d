import { join } from 'node:path';
import type { ModelCoefficient } from '../measure/explain/coefficients-table.ts';
import type { Workspace } from './paths.ts';
import { table } from './reading.ts';

/** Coefficients of logistic regressions: results/metrics/coefficients.csv. */
export async function readCoefficients(paths: Workspace): Promise<ModelCoefficient[]> {
  const columns = ['model', 'action', 'phrase', 'beside', 'log_odds', 'lowest', 'highest'];
  const rows = await table(paths, join(paths.metrics, 'coefficients.csv'), 'evaluate', columns);
  return rows.map(({ model, action, phrase, beside, log_odds, lowest, highest }) => ({
    model: model!,
    action: action!,
    ...(phrase !== '' && { phrase }),
    ...(beside !== '' && { beside }),
    logOdds: Number(log_odds),
    lowest: Number(lowest),
    highest: Number(highest),
  }));
}
