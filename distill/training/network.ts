import type * as tfjs from '@tensorflow/tfjs-core';
import { sequence } from '../../env/random.ts';
import { type Architecture, logitsOf, type Weight, weightsOf } from '../../policies/students/architecture.ts';
import { outputsOf, probabilitiesOf } from '../../policies/students/head.ts';
import type { TrainedWeight } from '../../policies/students/onnx.ts';
import type { Tensorflow } from '../backend.ts';
import type { Batch } from './examples.ts';
import { lossOf, type Objective } from './objective.ts';
import { tensorOperations } from './tensor-operations.ts';

/** The numbers of a network, by weight. */
export type Values = Record<string, Float32Array>;

/** A student as tfjs computes it. Its weights live in plain arrays; tensors are made of them for each batch. */
export class Network {
  readonly weights: readonly Weight[];
  readonly parameters: number;
  readonly #tf: Tensorflow;
  readonly #architecture: Architecture;
  readonly #objective: Objective;

  constructor(tf: Tensorflow, architecture: Architecture, objective: Objective) {
    this.#tf = tf;
    this.#architecture = architecture;
    this.#objective = objective;
    this.weights = weightsOf(architecture, outputsOf(objective.head));
    this.parameters = this.weights.reduce((sum, weight) => sum + sizeOf(weight), 0);
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
    const { value, gradients } = tf.tidy(() => {
      const tensors = this.#tensors(values);
      const { value, grads } = tf.engine().gradients(() => this.#loss(tensors, batch), [...tensors.values()]);
      return { value, gradients: grads };
    });
    const [loss, ...numbers] = await Promise.all([value, ...gradients].map((tensor) => tensor.data()));
    tf.dispose([value, ...gradients]);
    return {
      loss: loss![0]!,
      gradients: Object.fromEntries(this.weights.map(({ name }, i) => [name, numbers[i] as Float32Array])),
    };
  }

  /** The mean loss of a batch and its probabilities, row-major [n, k]. */
  async evaluate(values: Values, batch: Batch): Promise<{ loss: number; probabilities: Float32Array }> {
    const [value, answers] = this.#tf.tidy(() => {
      const tensors = this.#tensors(values);
      const ops = tensorOperations(this.#tf, tensors);
      const logits = logitsOf(ops, this.#architecture, batch.input, batch.length);
      const { head } = this.#objective;
      return [lossOf(this.#tf, ops, this.#objective, logits, batch.targets), probabilitiesOf(ops, head, logits)];
    });
    const [loss, probabilities] = await Promise.all([value!.data(), answers!.data()]);
    this.#tf.dispose([value!, answers!]);
    return { loss: loss[0]!, probabilities: probabilities as Float32Array };
  }

  /** Values as the ONNX file takes them. */
  trained(values: Values): TrainedWeight[] {
    return this.weights.map(({ name, shape }) => ({ name, shape, values: values[name]! }));
  }

  #loss(tensors: ReadonlyMap<string, tfjs.Tensor>, { input, targets, length }: Batch): tfjs.Tensor {
    const ops = tensorOperations(this.#tf, tensors);
    return lossOf(this.#tf, ops, this.#objective, logitsOf(ops, this.#architecture, input, length), targets);
  }

  #tensors(values: Values): Map<string, tfjs.Tensor> {
    return new Map(this.weights.map(({ name, shape }) => [name, this.#tf.tensor(values[name]!, [...shape])]));
  }
}

const sizeOf = ({ shape }: Weight): number => shape.reduce((product, n) => product * n, 1);
