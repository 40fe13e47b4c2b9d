import type { Workspace } from './paths.ts';
import { count, decimal, oneOf, type RowOf, readTable, tableText, text } from './table.ts';

/** Who answers the test rows: a model, or a column that stands beside the labels. */
export const answerers = ['model', 'column'] as const;

/**
 * results/metrics/shares.csv: by phrase and by number of phrases, how often each action but the default one was taken, and
 * how often each model and each column beside the labels says so.
 */
const columns = {
  model: ['model', text],
  of: ['of', oneOf(answerers)],
  /** What rows are grouped by: `all`, `trait`, `context`, or how many they have, `traits`, `contexts`. */
  by: ['by', text],
  /** The phrase, or how many phrases. */
  group: ['group', text],
  action: ['action', text],
  /** Rows. */
  n: ['n', count],
  observed: ['observed', decimal],
  observedLow: ['observed_low', decimal],
  observedHigh: ['observed_high', decimal],
  predicted: ['predicted', decimal],
  difference: ['difference', decimal],
  low: ['difference_low', decimal],
  high: ['difference_high', decimal],
} as const;

export type ModelShare = RowOf<typeof columns>;

export const sharesText = (rows: readonly ModelShare[]): string => tableText(columns, rows);

/** @throws {UnderstudyError} DISTILL_FILE where the file is damaged */
export const readShares = async (paths: Workspace): Promise<ModelShare[]> =>
  (await readTable(paths, paths.shares, 'evaluate', columns)) ?? [];
