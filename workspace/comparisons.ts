import type { Comparison } from './evaluation.ts';
import type { Workspace } from './paths.ts';
import { count, decimal, flag, optional, readTable, tableText, text } from './table.ts';

/** results/metrics/comparisons.csv: the pairs of models in evaluation.json, a line each. */
const columns = {
  a: ['a', text],
  b: ['b', text],
  difference: ['difference', decimal],
  lower: ['lower', decimal],
  upper: ['upper', decimal],
  p: ['p', decimal],
  pHolm: ['p_holm', decimal],
  n: ['n', count],
  exact: ['exact', flag],
  /** Of the interval from `lower` to `upper`. */
  confidence: ['confidence', optional(decimal), 'may lack'],
} as const;

export const comparisonsText = (rows: readonly Comparison[]): string => tableText(columns, rows);

/** @throws {UnderstudyError} DISTILL_FILE where the file is damaged */
export const readComparisons = async (paths: Workspace): Promise<Comparison[]> =>
  (await readTable(paths, paths.comparisons, 'evaluate', columns)) ?? [];
