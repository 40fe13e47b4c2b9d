import type { Workspace } from './paths.ts';
import { count, decimal, type EarlierRowOf, type RowOf, readTable, tableText, text } from './table.ts';

/** results/metrics/on-policy.csv: a student after each round of on-policy distillation. */
const columns = {
  /** 0 before any label was added. */
  round: ['round', count, 'may lack'],
  /** How its labels were chosen, `on-policy` or `random`; both begin with the same student. */
  strategy: ['strategy', text],
  /** Questions spent so far beyond the rows of the beginning. */
  labels: ['labels', count],
  /** Error where a population goes under this very student, on a seed that no round was simulated on. */
  mseOnPolicy: ['mse_on_policy', decimal],
  /** The same error, at states that the student was not shown. */
  mseUnseen: ['mse_unseen', decimal, 'may lack'],
  /** Share of the agent-ticks, from 0 to 1, that are at states that the student was shown. */
  seen: ['seen', decimal, 'may lack'],
  /** Error where all states count alike. */
  mseUniform: ['mse_uniform', decimal],
  /** Different states that were visited, and how many of them were compared. */
  visited: ['visited', count, 'may lack'],
  compared: ['compared', count, 'may lack'],
  seed: ['seed', count],
} as const;

export type OnPolicyRow = RowOf<typeof columns>;
/** A row as it is read: earlier versions left out some columns. */
export type EarlierOnPolicyRow = EarlierRowOf<typeof columns>;

export const onPolicyText = (rows: readonly OnPolicyRow[]): string => tableText(columns, rows);

/** @throws {UnderstudyError} DISTILL_FILE where the file is damaged */
export const readOnPolicy = async (paths: Workspace): Promise<EarlierOnPolicyRow[]> =>
  (await readTable(paths, paths.onPolicyCurve, 'train --on-policy N', columns)) ?? [];
