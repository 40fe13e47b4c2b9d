import type * as tfjs from '@tensorflow/tfjs-core';
import { GELU_SLOPE, LAYER_NORM_EPSILON, type Operations } from '../../policies/students/operations.ts';
import type { Tensorflow } from './backend.ts';

type Tensor = tfjs.Tensor;

/**
 * The operations of a student on tfjs tensors, each with its gradient. They avoid what the wasm backend of tfjs is
 * slow at: a product of matrices with a transposed factor takes the fast kernel only once the factor has been
 * transposed, and the sum over the rows of a matrix is a product with ones.
 * @param weights the trained tensors by name
 */
export function tensorOperations(tf: Tensorflow, tape: Tape, weights: ReadonlyMap<string, Tensor>): Operations<Tensor> {
  /** Transposed matrices by the matrix: several layers read the same one. */
  const transposed = new Map<Tensor, Tensor>();
  const swapped = (x: Tensor): Tensor => {
    const known = transposed.get(x) ?? tf.transpose(x);
    transposed.set(x, known);
    return known;
  };
  // tfjs-wasm 4.22 remembers a right factor by its data, not by its shape, so no data may be one in two shapes.
  const sumOfRows = (x: Tensor): Tensor =>
    tf.reshape(tf.matMul(tf.ones([1, x.shape[0]!]), x as tfjs.Tensor2D), [x.shape[1]!]);

  /** Sums a gradient over the axes along which its argument was repeated. */
  const unbroadcast = (dy: Tensor, { shape }: Tensor): Tensor => {
    const leading = dy.rank - shape.length;
    const axes = [...dy.shape.keys()].filter((i) => i < leading || (shape[i - leading] === 1 && dy.shape[i] !== 1));
    return axes.length === 0 ? dy : tf.reshape(tf.sum(dy, axes), shape);
  };

  return {
    weight(name) {
      const tensor = weights.get(name);
      if (!tensor) throw new RangeError(`no weight is named ${name} (known: ${[...weights.keys()].join(', ')})`);
      return tensor;
    },
    constant: (values, shape) => tf.tensor([...values], [...shape], 'float32'),
    rows(matrix, count) {
      const [all, columns] = matrix.shape as [number, number];
      return tape.record(tf.slice(matrix, [0, 0], [count, columns]), [
        [matrix, (dy) => tf.pad(dy, [[0, all - count], [0, 0]])], // biome-ignore format: one row a line says less
      ]);
    },
    embed(table, tokens) {
      const [vocabulary, size] = table.shape as [number, number];
      const flat = tf.reshape(tokens, [-1]) as tfjs.Tensor1D;
      // A gather has no gradient on the wasm backend; a product with one-hot rows picks the same rows exactly.
      // Not as float32 at once: the wasm kernel would write the bits of integers (tfjs 4.22).
      const chosen = tf.cast(tf.oneHot(flat, vocabulary, 1, 0, 'int32'), 'float32');
      return tape.record(tf.reshape(tf.matMul(chosen, table), [...tokens.shape, size]), [
        [table, (dy) => tf.matMul(swapped(chosen), tf.reshape(dy, [-1, size]))],
      ]);
    },
    present: (tokens) => tf.cast(tf.greater(tokens, tf.scalar(0, 'int32')), 'float32'),
    reshape: (x, shape) => tape.record(tf.reshape(x, [...shape]), [[x, (dy) => tf.reshape(dy, x.shape)]]),
    transpose: (x, permutation) =>
      tape.record(tf.transpose(x, [...permutation]), [
        [x, (dy) => tf.transpose(dy, [...permutation.keys()].map((axis) => permutation.indexOf(axis)))], // biome-ignore format: the inverse permutation in one line
      ]),
    concat(parts) {
      let from = 0;
      return tape.record(
        tf.concat([...parts], -1),
        parts.map((part) => {
          const begin = part.shape.map((_, axis) => (axis === part.rank - 1 ? from : 0));
          from += part.shape.at(-1)!;
          return [part, (dy) => tf.slice(dy, begin, part.shape)] as const;
        }),
      );
    },
    matMul(a, b) {
      // Products of many small matrices have one kernel, which takes a transposed factor as it is.
      const many = a.rank > 2;
      return tape.record(tf.matMul(a, b), [
        [a, (dy) => (many ? tf.matMul(dy, b, false, true) : tf.matMul(dy, swapped(b)))],
        [b, (dy) => (many ? tf.matMul(a, dy, true, false) : tf.matMul(swapped(a), dy))],
      ]);
    },
    dense(x, weight, bias, activation) {
      const product = { a: x as tfjs.Tensor2D, b: weight as tfjs.Tensor2D, bias };
      const result = tf.fused.matMul({ ...product, activation: activation ?? 'linear' });
      let last: { readonly dy: Tensor; readonly dz: Tensor } | undefined;
      const before = (dy: Tensor): Tensor => {
        if (activation !== 'relu') return dy;
        if (last?.dy !== dy) last = { dy, dz: tf.mul(dy, tf.step(result)) };
        return last.dz;
      };
      return tape.record(result, [
        [x, (dy) => tf.matMul(before(dy), swapped(weight))],
        [weight, (dy) => tf.matMul(swapped(x), before(dy))],
        [bias, (dy) => sumOfRows(before(dy))],
      ]);
    },
    add: (a, b) =>
      tape.record(tf.add(a, b), [
        [a, (dy) => unbroadcast(dy, a)],
        [b, (dy) => unbroadcast(dy, b)],
      ]),
    subtract: (a, b) =>
      tape.record(tf.sub(a, b), [
        [a, (dy) => unbroadcast(dy, a)],
        [b, (dy) => unbroadcast(tf.neg(dy), b)],
      ]),
    multiply: (a, b) =>
      tape.record(tf.mul(a, b), [
        [a, (dy) => unbroadcast(tf.mul(dy, b), a)],
        [b, (dy) => unbroadcast(tf.mul(dy, a), b)],
      ]),
    divide: (a, b) =>
      tape.record(tf.div(a, b), [
        [a, (dy) => unbroadcast(tf.div(dy, b), a)],
        [b, (dy) => unbroadcast(tf.neg(tf.div(tf.mul(dy, a), tf.square(b))), b)],
      ]),
    sigmoid(x) {
      const y = tf.sigmoid(x);
      return tape.record(y, [[x, (dy) => tf.mul(dy, tf.mul(y, tf.sub(1, y)))]]);
    },
    gelu(x) {
      const gate = tf.sigmoid(tf.mul(x, GELU_SLOPE));
      const y = tf.mul(x, gate);
      // d/dx x·σ(cx) = σ + c·x·σ·(1 − σ) = σ + c·(y − y·σ)
      return tape.record(y, [[x, (dy) => tf.mul(dy, tf.add(gate, tf.mul(tf.sub(y, tf.mul(y, gate)), GELU_SLOPE)))]]);
    },
    softmax(x) {
      const y = tf.softmax(x);
      return tape.record(y, [[x, (dy) => tf.mul(y, tf.sub(dy, tf.sum(tf.mul(dy, y), -1, true)))]]);
    },
    layerNorm(x, scale, shift) {
      const centred = tf.sub(x, tf.mean(x, -1, true));
      const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), LAYER_NORM_EPSILON));
      const normal = tf.mul(centred, inverse);
      const rows = (a: Tensor) => tf.reshape(a, [-1, scale.size]);
      return tape.record(tf.add(tf.mul(normal, scale), shift), [
        [
          x,
          (dy) => {
            const d = tf.mul(dy, scale);
            const along = tf.add(tf.mean(d, -1, true), tf.mul(normal, tf.mean(tf.mul(d, normal), -1, true)));
            return tf.mul(inverse, tf.sub(d, along));
          },
        ],
        [scale, (dy) => sumOfRows(rows(tf.mul(dy, normal)))],
        [shift, (dy) => sumOfRows(rows(dy))],
      ]);
    },
  };
}

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
