import type * as tfjs from '@tensorflow/tfjs-core';
import { type Observations, orderOf } from '../../env/observation.ts';
import { shuffle } from '../../env/random.ts';
import { type Architecture, isBag } from '../../policies/students/architecture.ts';
import { writeBag, writeTokens } from '../../policies/students/input.ts';
import type { Tensorflow } from './backend.ts';
import type { LabelledRows } from './fit-job.ts';

/** What one step of training sees. */
export interface Batch {
  readonly input: tfjs.Tensor;
  readonly targets: tfjs.Tensor;
  /** How much each row counts, [n, 1]; absent if all count alike. */
  readonly weights?: tfjs.Tensor;
  /** Tokens in a row, padding included. */
  readonly length: number;
  readonly rows: number;
}

/** Where random orders come from. */
export interface Reorder {
  readonly random: () => number;
  /** Phrases that are traits, which come before the contexts. */
  readonly traits: number;
}

/** Observations with their targets, as an architecture reads them. */
export class Examples {
  readonly size: number;
  readonly probabilities: Float64Array;
  readonly #batch: Observations;
  readonly #architecture: Architecture;
  readonly #targets: Float32Array;
  readonly #weights: Float64Array | undefined;
  readonly #columns: number;
  /** Tokens of each row, BEGIN included; 0 for a bag, whose rows are all alike. */
  readonly #lengths: Uint8Array;

  constructor(architecture: Architecture, { observations, probabilities, targets, columns, weights }: LabelledRows) {
    this.size = observations.masks.length;
    this.probabilities = probabilities;
    this.#batch = observations;
    this.#architecture = architecture;
    this.#targets = targets;
    this.#columns = columns;
    this.#weights = weights;
    this.#lengths = Uint8Array.from({ length: this.size }, (_, i) =>
      isBag(architecture) ? 0 : orderOf(observations, i).length + 1,
    );
  }

  /** The numbers of all rows. */
  all(): Int32Array {
    return Int32Array.from({ length: this.size }, (_, i) => i);
  }

  /** How much some rows count together: their number, unless rows have weights. */
  weightOf(rows: ArrayLike<number>): number {
    if (!this.#weights) return rows.length;
    let sum = 0;
    for (let i = 0; i < rows.length; i++) sum += this.#weights[rows[i]!]!;
    return sum;
  }

  /**
   * The tensors of some rows; the caller disposes them.
   * @param reorder shows the phrases in another order, traits among themselves and contexts among themselves
   */
  batch(tf: Tensorflow, rows: Int32Array, reorder?: Reorder): Batch {
    const n = rows.length;
    const targets = new Float32Array(n * this.#columns);
    rows.forEach((row, i) => {
      targets.set(this.#targets.subarray(row * this.#columns, (row + 1) * this.#columns), i * this.#columns);
    });
    const length = rows.reduce((longest, row) => Math.max(longest, this.#lengths[row]!), 0);
    return {
      input: this.#input(tf, rows, length, reorder),
      targets: tf.tensor2d(targets, [n, this.#columns]),
      ...(this.#weights && {
        weights: tf.tensor2d(
          Float32Array.from(rows, (row) => this.#weights![row]!),
          [n, 1],
        ),
      }),
      length,
      rows: n,
    };
  }

  #input(tf: Tensorflow, rows: Int32Array, length: number, reorder?: Reorder): tfjs.Tensor {
    const { width } = this.#batch;
    if (isBag(this.#architecture)) {
      const phrases = new Float32Array(rows.length * width);
      rows.forEach((row, i) => { writeBag(this.#batch, row, phrases, i * width); }); // biome-ignore format: as below
      return tf.tensor2d(phrases, [rows.length, width]);
    }
    const tokens = new Int32Array(rows.length * length);
    const shown = reorder ? reordered(this.#batch, rows, reorder) : this.#batch;
    rows.forEach((row, i) => { writeTokens(shown, reorder ? i : row, tokens, i * length, length); }); // biome-ignore format: as above
    return tf.tensor2d(tokens, [rows.length, length], 'int32');
  }
}

/** Rows of a batch with their phrases in random orders. */
function reordered(batch: Observations, rows: Int32Array, { random, traits }: Reorder): Observations {
  const orders = Array.from(rows, (row) => {
    const order = orderOf(batch, row);
    return [
      ...shuffle(
        order.filter((j) => j < traits),
        random,
      ),
      ...shuffle(
        order.filter((j) => j >= traits),
        random,
      ),
    ];
  });
  return { width: batch.width, masks: Uint32Array.from(rows, (row) => batch.masks[row]!), orders };
}

/** Row numbers in batches, in their order. */
export function batchesOf(rows: Int32Array, size: number): Int32Array[] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.subarray(i * size, (i + 1) * size));
}

/** Frees the tensors of a batch. */
export function disposeBatch(tf: Tensorflow, { input, targets, weights }: Batch): void {
  tf.dispose([input, targets, ...(weights ? [weights] : [])]);
}
