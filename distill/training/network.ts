import type * as tfjs from '@tensorflow/tfjs-core';
import { sequence } from '../../env/random.ts';
import {
  type Architecture,
  type Head,
  logitsOf,
  outputsOf,
  probabilitiesOf,
  weightsOf,
} from '../../policies/students/architecture.ts';
import type { Operations, Weight } from '../../policies/students/operations.ts';
import type { Tensorflow } from './backend.ts';
import type { Batch } from './examples.ts';
import type { Values } from './fit-job.ts';
import type { Objective } from './objective.ts';
import { Tape, tensorOperations } from './tensor-operations.ts';

/** A student as tfjs computes it. Its weights live in plain arrays; tensors are made of them for each batch. */
export class Network {
  readonly weights: readonly Weight[];
  readonly #tf: Tensorflow;
  readonly #architecture: Architecture;
  readonly #objective: Pick<Objective, 'loss' | 'head'>;

  constructor(tf: Tensorflow, architecture: Architecture, objective: Pick<Objective, 'loss' | 'head'>) {
    this.#tf = tf;
    this.#architecture = architecture;
    this.#objective = objective;
    this.weights = weightsOf(architecture, outputsOf(objective.head));
  }

  /** Values before training: normal numbers by Box & Muller, 1958, the same for the same seed. */
  initial(seed: number, substream: number): Values {
    const random = sequence(seed, 'training', substream);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Object.fromEntries(
      this.weights.map((weight) => {
        const { name, mean, deviation } = weight;
        const draw = deviation > 0 ? () => mean + deviation * normal() : () => mean;
        return [name, Float32Array.from({ length: sizeOf(weight) }, draw)];
      }),
    );
  }

  /** The mean loss of a batch and its gradient for every weight. */
  async gradients(values: Values, batch: Batch): Promise<{ loss: number; gradients: Values }> {
    const tf = this.#tf;
    const tensors = tf.tidy(() => {
      const weights = this.#tensors(values);
      const tape = new Tape(tf, weights.values());
      const ops = tensorOperations(tf, tape, weights);
      const logits = logitsOf(ops, this.#architecture, batch.input, batch.length);
      const { value, at, gradient } = meanLoss(tf, ops, this.#objective, logits, batch);
      const gradients = tape.back(at, gradient());
      return [value, ...this.weights.map(({ name }) => gradients.get(weights.get(name)!)!)];
    });
    const [loss, ...gradients] = await Promise.all(tensors.map((tensor) => tensor.data()));
    tf.dispose(tensors);
    return {
      loss: loss![0]!,
      gradients: Object.fromEntries(this.weights.map(({ name }, i) => [name, gradients[i] as Float32Array])),
    };
  }

  /** The mean loss of a batch and its probabilities, row-major [n, k]. */
  async evaluate(values: Values, batch: Batch): Promise<{ loss: number; probabilities: Float32Array }> {
    const tf = this.#tf;
    const [value, answers] = tf.tidy(() => {
      const ops = tensorOperations(tf, new Tape(tf, []), this.#tensors(values));
      const logits = logitsOf(ops, this.#architecture, batch.input, batch.length);
      const { value } = meanLoss(tf, ops, this.#objective, logits, batch);
      return [value, probabilitiesOf(ops, this.#objective.head, logits)];
    });
    const [loss, probabilities] = await Promise.all([value!.data(), answers!.data()]);
    tf.dispose([value!, answers!]);
    return { loss: loss[0]!, probabilities: probabilities as Float32Array };
  }

  #tensors(values: Values): Map<string, tfjs.Tensor> {
    return new Map(this.weights.map(({ name, shape }) => [name, this.#tf.tensor(values[name]!, [...shape])]));
  }
}

/** Numbers in a weight. */
export const sizeOf = ({ shape }: Weight): number => shape.reduce((product, n) => product * n, 1);

type Tensor = tfjs.Tensor;

/** The mean loss of a batch. */
export interface MeanLoss {
  /** A scalar. */
  readonly value: Tensor;
  /** The tensor that the loss was computed from, and the gradient for it. */
  readonly at: Tensor;
  readonly gradient: () => Tensor;
}

/** The ordinal loss is three times its mean, which brings its gradients to the size of the other losses'. */
const ORDINAL_FACTOR = 3;

/**
 * The mean loss of a batch by the numbers of the last layer.
 * @param logits [n, outputs]
 * @param batch with targets [n, columns]; a row's weight multiplies its loss, and the mean is over rows
 */
function meanLoss(
  tf: Tensorflow,
  ops: Operations<Tensor>,
  { loss, head }: Pick<Objective, 'loss' | 'head'>,
  logits: Tensor,
  { targets, weights }: Pick<Batch, 'targets' | 'weights'>,
): MeanLoss {
  const counted: Counted = (x) => (weights ? tf.mul(x, weights) : x);
  if (loss === 'mse') return squaredError(tf, compared(ops, head, logits), targets, counted);
  if (head.kind === 'softmax') return crossEntropy(tf, logits, targets, counted);
  return binaryCrossEntropy(tf, logits, targets, (loss === 'ordinal' ? ORDINAL_FACTOR : 1) / targets.size, counted);
}

/** A tensor [n, …] with each row as often as it counts. */
type Counted = (x: Tensor) => Tensor;

/** The probabilities that targets are given for: of two actions the second's. */
function compared(ops: Operations<Tensor>, head: Head, logits: Tensor): Tensor {
  const all = probabilitiesOf(ops, head, logits);
  return head.kind === 'softmax' ? all : ops.matMul(all, ops.constant([0, 1], [2, 1]));
}

function squaredError(tf: Tensorflow, p: Tensor, targets: Tensor, counted: Counted): MeanLoss {
  const error = tf.sub(p, targets);
  return {
    value: tf.mean(counted(tf.square(error))),
    at: p,
    gradient: () => counted(tf.mul(error, 2 / targets.size)),
  };
}

/** factor · Σ −t·ln σ(z) − (1 − t)·ln(1 − σ(z)), written so that no logarithm of 0 is taken. */
function binaryCrossEntropy(tf: Tensorflow, z: Tensor, targets: Tensor, factor: number, counted: Counted): MeanLoss {
  return {
    value: tf.mul(tf.sum(counted(tf.sub(tf.softplus(z), tf.mul(z, targets)))), factor),
    at: z,
    gradient: () => counted(tf.mul(tf.sub(tf.sigmoid(z), targets), factor)),
  };
}

/** The mean over rows of −Σ t·ln softmax(z). */
function crossEntropy(tf: Tensorflow, z: Tensor, targets: Tensor, counted: Counted): MeanLoss {
  const share = 1 / z.shape[0]!;
  return {
    value: tf.mul(tf.sum(counted(tf.mul(tf.logSoftmax(z), targets))), -share),
    at: z,
    gradient: () => counted(tf.mul(tf.sub(tf.softmax(z), targets), share)),
  };
}
