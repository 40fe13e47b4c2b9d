import type { Workspace } from './paths.ts';
import { answerers } from './shares.ts';
import { count, decimal, type EarlierRowOf, oneOf, type RowOf, readTable, tableText, text } from './table.ts';

/**
 * results/metrics/subgroups.csv: errors of each model, and of each column beside the labels, on the test rows that have one
 * thing in common.
 */
const columns = {
  model: ['model', text],
  /** What rows are grouped by: `trait`, `context`, or how many they have, `traits`, `contexts`. */
  by: ['by', text],
  /** The phrase, or how many phrases. */
  group: ['group', text],
  /** Rows. */
  n: ['n', count],
  mse: ['mse', decimal],
  lower: ['mse_low', decimal],
  upper: ['mse_high', decimal],
  mae: ['mae', decimal, 'may lack'],
  bias: ['bias', decimal, 'may lack'],
  logLoss: ['log_loss', decimal, 'may lack'],
  logLossLow: ['log_loss_low', decimal, 'may lack'],
  logLossHigh: ['log_loss_high', decimal, 'may lack'],
  /** Whether the errors are of a model or of a column beside the labels, which may have a model's name. */
  of: ['of', oneOf(answerers), 'may lack'],
} as const;

export type ModelSubgroup = RowOf<typeof columns>;
/** A row as it is read: earlier versions left out some columns. */
export type EarlierSubgroup = EarlierRowOf<typeof columns>;

export const subgroupsText = (rows: readonly ModelSubgroup[]): string => tableText(columns, rows);

/** @throws {UnderstudyError} DISTILL_FILE where the file is damaged */
export const readSubgroups = async (paths: Workspace): Promise<EarlierSubgroup[]> =>
  (await readTable(paths, paths.subgroups, 'evaluate', columns)) ?? [];
