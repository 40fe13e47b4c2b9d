import { join } from 'node:path';
import type { Workspace } from './paths.ts';
import { table } from './reading.ts';

/** A row of results/metrics/subgroups.csv: the states that have one thing in common. */
export interface StudySubgroup {
  readonly model: string;
  readonly by: string;
  /** The phrase, or how many phrases. */
  readonly group: string;
  readonly n: number;
  readonly mse: number;
  readonly lower: number;
  readonly upper: number;
}

export async function readSubgroups(paths: Workspace): Promise<StudySubgroup[]> {
  const columns = ['model', 'by', 'group', 'n', 'mse', 'mse_low', 'mse_high'];
  const rows = await table(paths, join(paths.metrics, 'subgroups.csv'), 'evaluate', columns);
  return rows.map(({ model, by, group, ...row }) => ({
    model: model!,
    by: by!,
    group: group!,
    n: Number(row.n),
    mse: Number(row.mse),
    lower: Number(row.mse_low),
    upper: Number(row.mse_high),
  }));
}
