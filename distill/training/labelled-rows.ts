import type { Observations } from '../../env/observation.ts';
import type { Objective } from './objective.ts';

/** Observations with what a network is to say to them, as plain data. */
export interface LabelledRows {
  readonly observations: Observations;
  /** Row-major [n, k]. */
  readonly probabilities: Float64Array;
  /** Row-major [n, columns]: the probabilities as the loss compares them. */
  readonly targets: Float32Array;
  readonly columns: number;
}

/** @param probabilities row-major [n, k] */
export const labelledRows = (
  observations: Observations,
  probabilities: Float64Array,
  { targetsOf, columns }: Pick<Objective, 'targetsOf' | 'columns'>,
): LabelledRows => ({ observations, probabilities, targets: targetsOf(probabilities), columns });
