import type { Workspace } from './paths.ts';
import { count, decimal, type RowOf, readTable, tableText, text } from './table.ts';
import { writeFileAtomically } from './write-file.ts';

/** results/metrics/learning-curve.csv: what labels chosen by a committee were worth. */
const columns = {
  /** How the labels were chosen. */
  strategy: ['strategy', text],
  /** Questions spent. */
  labels: ['labels', count],
  seed: ['seed', count],
  /** Squared error of one member, on average over the committee, with its 95 % interval. */
  mse: ['mse', decimal],
  lower: ['lower', decimal],
  upper: ['upper', decimal],
  /** The same of the average of the members. */
  mseAverage: ['mse_average', decimal],
  lowerAverage: ['lower_average', decimal],
  upperAverage: ['upper_average', decimal],
  members: ['members', count],
} as const;

export type LearningRow = RowOf<typeof columns>;

export const writeLearning = (paths: Workspace, rows: readonly LearningRow[]): Promise<void> =>
  writeFileAtomically(paths.learningCurve, tableText(columns, rows));

/** @throws {UnderstudyError} DISTILL_FILE where the file is damaged */
export const readLearning = async (paths: Workspace): Promise<LearningRow[]> =>
  (await readTable(paths, paths.learningCurve, 'train --active N', columns)) ?? [];
