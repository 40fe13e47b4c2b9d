import { basename, join } from 'node:path';
import type { TrainingLog } from '../report/figures/training-curves.ts';
import { inOrder } from './order.ts';
import type { Workspace } from './paths.ts';
import { filesIn, table } from './reading.ts';

/** Losses by epoch of each student: results/logs/NAME.csv. */
export async function readLogs(paths: Workspace): Promise<TrainingLog[]> {
  const names = await filesIn(paths.logs, '.csv');
  const found = await Promise.all(
    names.map(async (name) => {
      const columns = ['epoch', 'train_loss', 'validation_loss'];
      const rows = await table(paths, join(paths.logs, name), 'train', columns);
      const epochs = rows.map((row) => ({
        epoch: Number(row.epoch),
        train: Number(row.train_loss),
        validation: Number(row.validation_loss),
      }));
      // The last fit is as long as the epoch that was kept; a log from elsewhere says nothing of it.
      const kept = rows.filter(({ refit_loss }) => refit_loss).length;
      return {
        model: basename(name, '.csv'),
        epochs: epochs.filter(({ train }) => Number.isFinite(train)),
        ...(kept > 0 && { kept }),
      };
    }),
  );
  return inOrder(
    found.filter(({ epochs }) => epochs.length > 0),
    ({ model }) => model,
  );
}
