import type { Workspace } from './paths.ts';
import { decimal, optional, type RowOf, readTable, tableText, text } from './table.ts';

/** results/metrics/coefficients.csv: coefficients of logistic regressions. */
const columns = {
  /** As evaluation.csv calls it. */
  model: ['model', text],
  /** Whose odds, against the default action. */
  action: ['action', text],
  /** Absent for the intercept: the log-odds where no phrase holds. */
  phrase: ['phrase', optional(text)],
  /** The other phrase of a pair, whose coefficient counts where both hold, beside those of the two. */
  beside: ['beside', optional(text)],
  logOdds: ['log_odds', decimal],
  /** Smallest and largest over the thresholds of an ordinal head; elsewhere logOdds. */
  lowest: ['lowest', decimal],
  highest: ['highest', decimal],
} as const;

export type ModelCoefficient = RowOf<typeof columns>;
/** What a phrase adds to the log-odds of a logistic regression. */
export type Coefficient = Omit<ModelCoefficient, 'model'>;

export const coefficientsText = (rows: readonly ModelCoefficient[]): string => tableText(columns, rows);

/** @throws {UnderstudyError} DISTILL_FILE where the file is damaged */
export const readCoefficients = async (paths: Workspace): Promise<ModelCoefficient[]> =>
  (await readTable(paths, paths.coefficients, 'evaluate', columns)) ?? [];
