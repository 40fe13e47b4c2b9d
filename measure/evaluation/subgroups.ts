import type { Interval } from '../../stats/bootstrap.ts';
import type { Subgroup } from '../../workspace/evaluation.ts';
import { groupMeans, groupsOf } from './groups.ts';
import { rowLosses } from './score.ts';
import { commonRows, type TestRows } from './test-rows.ts';

/** A group of fewer rows is listed, and never called the worst. */
export const ENOUGH_ROWS = 20;

/** A subgroup with its log loss. */
export interface ScoredSubgroup extends Subgroup {
  readonly logLoss: number;
  readonly logLossInterval: Interval;
}

/**
 * A model's errors by trait, by context, by the number of traits and by the number of contexts.
 * @param predicted shape [n, m]; rows without an answer count in no group
 */
export function subgroupsOf(test: TestRows, predicted: Float64Array, seed: number): ScoredSubgroup[] {
  const { m } = test;
  const common = commonRows(test, [predicted]);
  if (common.rows.length === 0) return [];
  const groups = groupsOf(test, common.rows);
  const errors = Float64Array.from(common.target, (t, i) => common.predicted[0]![i]! - t);
  const meanOfRow = (part: (error: number) => number) =>
    Float64Array.from({ length: common.rows.length }, (_, row) =>
      errors.subarray(row * m, (row + 1) * m).reduce((sum, error) => sum + part(error) / m, 0),
    );
  const means = groupMeans(
    groups,
    common,
    [
      rowLosses('mse', common.target, common.predicted[0]!, m),
      meanOfRow(Math.abs),
      meanOfRow((error) => error),
      rowLosses('log_loss', common.target, common.predicted[0]!, m),
    ],
    seed,
  );
  return groups.map(({ by, group, rows }, g) => {
    const [mse, mae, bias, logLoss] = means[g]!;
    return {
      by: by as Subgroup['by'],
      group,
      n: rows.length,
      mse: mse!.value,
      interval: mse!.interval,
      mae: mae!.value,
      bias: bias!.value,
      logLoss: logLoss!.value,
      logLossInterval: logLoss!.interval,
    };
  });
}

/**
 * The group of the largest MSE among those of at least 20 rows; undefined if there is none. The largest of many is
 * partly the unluckiest: its interval is not corrected for having been chosen.
 */
export function worstOf(subgroups: readonly Subgroup[]): Subgroup | undefined {
  return subgroups
    .filter(({ n }) => n >= ENOUGH_ROWS)
    .reduce<Subgroup | undefined>((worst, group) => (worst && worst.mse >= group.mse ? worst : group), undefined);
}
