import type * as tfjs from '@tensorflow/tfjs-core';
import type { Tensorflow } from './backend.ts';

type Tensor = tfjs.Tensor;

/** The gradient of one argument, given that of the result. */
type Pullback = (dy: Tensor) => Tensor;

/**
 * Reverse-mode differentiation (Linnainmaa, 1970): remembers what was computed from the weights and goes back over it.
 * The tape of tfjs does that too; it copies what it saves and asks for the gradient of every argument, of the data's
 * too, which costs small networks more than their arithmetic. Use it inside one `tf.tidy`, which frees what it holds.
 */
export class Tape {
  readonly #tf: Tensorflow;
  readonly #steps: { readonly result: Tensor; readonly pullbacks: readonly (readonly [Tensor, Pullback])[] }[] = [];
  /** Tensors that a weight changes. */
  readonly #moving: WeakSet<Tensor>;

  /** @param weights variables to differentiate for; without any, nothing is remembered */
  constructor(tf: Tensorflow, weights: Iterable<Tensor>) {
    this.#tf = tf;
    this.#moving = new WeakSet(weights);
  }

  /** Remembers how `result` depends on its arguments; returns it. */
  record(result: Tensor, pullbacks: readonly (readonly [Tensor, Pullback])[]): Tensor {
    const wanted = pullbacks.filter(([argument]) => this.#moving.has(argument));
    if (wanted.length === 0) return result;
    this.#moving.add(result);
    this.#steps.push({ result, pullbacks: wanted });
    return result;
  }

  /**
   * Gradients of a scalar by its gradient for one tensor that was recorded.
   * @returns those of every tensor that it depends on, the weights among them
   */
  back(from: Tensor, gradient: Tensor): ReadonlyMap<Tensor, Tensor> {
    const gradients = new Map<Tensor, Tensor>([[from, gradient]]);
    for (const { result, pullbacks } of this.#steps.reverse()) {
      const dy = gradients.get(result);
      if (!dy) continue;
      for (const [argument, pullback] of pullbacks) {
        const [one, more] = [gradients.get(argument), pullback(dy)];
        gradients.set(argument, one ? this.#tf.add(one, more) : more);
      }
    }
    return gradients;
  }
}
