import { basename, join } from 'node:path';
import type { Workspace } from './paths.ts';
import { filesIn } from './result-file.ts';
import { simplestFirst } from './student-config.ts';
import { count, decimal, optional, type RowOf, readTable, tableText } from './table.ts';

/** results/logs/NAME.csv: the epochs of a student's training. */
const columns = {
  epoch: ['epoch', count],
  /** Mean losses. */
  train: ['train_loss', decimal],
  validation: ['validation_loss', decimal],
  /** Mean squared error of the probability on the validation states. */
  mse: ['validation_mse', optional(decimal), 'may lack'],
  /** Mean loss of the fit to all rows; for as many epochs as were kept. */
  refit: ['refit_loss', optional(decimal), 'may lack'],
} as const;
export type EpochRow = RowOf<typeof columns>;

/** How a training went on one machine: kept as results/logs/NAME.json. */
export interface TrainingRun {
  readonly student: string;
  readonly sha256: string;
  readonly backend: string;
  readonly machine: string;
  readonly seconds: number;
  /** The epoch after which an interrupted training was continued. */
  readonly resumedAfter?: number;
}

/** Losses by epoch of one student. */
export interface TrainingLog {
  readonly model: string;
  readonly epochs: readonly EpochRow[];
  /** The epoch that was kept; absent where the log does not say. */
  readonly kept?: number;
}

/** Where the log of a student lies. */
export const logPath = ({ logs }: Pick<Workspace, 'logs'>, name: string): string => join(logs, `${name}.csv`);

/** Where it lies how a student's training went. */
export const runPath = ({ logs }: Pick<Workspace, 'logs'>, name: string): string => join(logs, `${name}.json`);

export const logText = (epochs: readonly EpochRow[]): string => tableText(columns, epochs);

/**
 * The epochs of a student; undefined where it has no log.
 * @throws {UnderstudyError} DISTILL_FILE where the file is damaged
 */
export const readLog = (paths: Workspace, name: string): Promise<EpochRow[] | undefined> =>
  readTable(paths, logPath(paths, name), 'train', columns);

/**
 * Losses by epoch of every student that has a log.
 * @throws {UnderstudyError} DISTILL_FILE where a file is damaged
 */
export async function readLogs(paths: Workspace): Promise<TrainingLog[]> {
  const found = await Promise.all(
    (await filesIn(paths.logs, '.csv')).map(async (file): Promise<TrainingLog> => {
      const model = basename(file, '.csv');
      const epochs = (await readLog(paths, model)) ?? [];
      // The last fit is as long as the epoch that was kept; a log from elsewhere says nothing of it.
      const kept = epochs.filter(({ refit }) => refit !== undefined).length;
      return { model, epochs: epochs.filter(({ train }) => Number.isFinite(train)), ...(kept > 0 && { kept }) };
    }),
  );
  return simplestFirst(
    found.filter(({ epochs }) => epochs.length > 0),
    ({ model }) => model,
  );
}
