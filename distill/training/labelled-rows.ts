import type { Observations } from '../../env/observation.ts';
import type { Objective } from './objective.ts';
import { rowsOf } from './split.ts';

/** Observations with what a network is to say to them, as plain data. */
export interface LabelledRows {
  readonly observations: Observations;
  /** Row-major [n, k]. */
  readonly probabilities: Float64Array;
  /** Row-major [n, columns]: the probabilities as the loss compares them. */
  readonly targets: Float32Array;
  readonly columns: number;
}

/**
 * Some rows of a data set.
 * @param probabilities row-major [all rows, k]
 */
export function labelledRows(
  observations: Observations,
  probabilities: Float64Array,
  rows: Int32Array,
  { targetsOf, columns }: Pick<Objective, 'targetsOf' | 'columns'>,
): LabelledRows {
  const k = probabilities.length / observations.masks.length;
  const chosen = new Float64Array(rows.length * k);
  rows.forEach((row, i) => {
    chosen.set(probabilities.subarray(row * k, (row + 1) * k), i * k);
  });
  return { observations: rowsOf(observations, rows), probabilities: chosen, targets: targetsOf(chosen), columns };
}
