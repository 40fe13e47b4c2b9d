import type { Observations } from '../../env/observation.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { LabelKind } from '../../workspace/labels.ts';

/** What models are held against. */
export interface TestRows {
  readonly scenario: Vocabulary;
  readonly observations: Observations;
  /** Probabilities of a row that are compared: those of all actions but the default one. */
  readonly m: number;
  /** Shape [n, m]. */
  readonly target: Float64Array;
  /** What the targets are; default probabilities. */
  readonly kind?: LabelKind;
  /** How much each row counts, shape [n]; absent if all count alike. */
  readonly weights?: Float64Array;
  /** Whose each row is, shape [n]: rows of one unit are not independent evidence. Absent: rows of one state are not. */
  readonly units?: Uint32Array;
}

/** The rows that some models all answered. */
export interface CommonRows {
  /** Which rows of the test, shape [c]. */
  readonly rows: readonly number[];
  /** Shape [c, m]. */
  readonly target: Float64Array;
  /** Answers of each model, shape [c, m]. */
  readonly predicted: readonly Float64Array[];
  /** The unit of each row, otherwise its state, as numbers from 0 on, shape [c]: what is resampled. */
  readonly states: Uint32Array;
  /** How much each row counts, shape [c]; absent if all count alike. */
  readonly weights?: Float64Array;
}

/** @param predictions of one model or several, shape [n, m] each; a row without an answer is NaN */
export function commonRows(
  { observations, m, target, weights, units = observations.masks }: TestRows,
  predictions: readonly Float64Array[],
): CommonRows {
  const rows = Array.from(observations.masks.keys()).filter((row) =>
    predictions.every((predicted) => !Number.isNaN(predicted[row * m]!)),
  );
  const take = (values: Float64Array) =>
    Float64Array.from({ length: rows.length * m }, (_, i) => values[rows[Math.floor(i / m)]! * m + (i % m)]!);
  const numbers = new Map<number, number>();
  const states = Uint32Array.from(rows, (row) => {
    const unit = units[row]!;
    if (!numbers.has(unit)) numbers.set(unit, numbers.size);
    return numbers.get(unit)!;
  });
  return {
    rows,
    target: take(target),
    predicted: predictions.map(take),
    states,
    ...(weights && { weights: Float64Array.from(rows, (row) => weights[row]!) }),
  };
}

/** The probabilities of all actions but the default one: shape [n, k − 1] of [n, k]. */
export function asked(probabilities: ArrayLike<number>, { actions }: Pick<Vocabulary, 'actions'>): Float64Array {
  const k = actions.length;
  return Float64Array.from({ length: (probabilities.length / k) * (k - 1) }, (_, i) => {
    const p = probabilities[Math.floor(i / (k - 1)) * k + 1 + (i % (k - 1))]!;
    // A network in single precision may end just outside 0…1.
    return p > 1 && p < 1 + 1e-6 ? 1 : p < 0 && p > -1e-6 ? 0 : p;
  });
}
