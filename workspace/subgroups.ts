import type { Workspace } from './paths.ts';
import { count, decimal, type EarlierRowOf, type RowOf, readTable, tableText, text } from './table.ts';

/** results/metrics/subgroups.csv: errors of each model on the test rows that have one thing in common. */
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
} as const;

export type ModelSubgroup = RowOf<typeof columns>;
/** A row as it is read: earlier versions left out some columns. */
export type EarlierSubgroup = EarlierRowOf<typeof columns>;

export const subgroupsText = (rows: readonly ModelSubgroup[]): string => tableText(columns, rows);

/** @throws {UnderstudyError} DISTILL_FILE where the file is damaged */
export const readSubgroups = async (paths: Workspace): Promise<EarlierSubgroup[]> =>
  (await readTable(paths, paths.subgroups, 'evaluate', columns)) ?? [];
