import type * as tfjs from '@tensorflow/tfjs-core';
import { LAYER_NORM_EPSILON, type Operations } from '../../policies/students/operations.ts';

type Tensorflow = typeof tfjs;
type Tensor = tfjs.Tensor;

/**
 * The operations of a student on tfjs tensors, each with its gradient. The Node build of tfjs-core registers none of
 * its own, and these avoid what its wasm backend is slow at: a product with a transposed factor takes the fast kernel
 * only once the factor has been transposed, and the sum over the rows of a matrix is a product with ones.
 * @param weights the trained tensors by name
 */
export function tensorOperations(tf: Tensorflow, weights: ReadonlyMap<string, Tensor>): Operations<Tensor> {
  /** Tensors that no weight changes: constants, masks, and what is made of them alone. They need no gradient. */
  const fixed = new WeakSet<Tensor>();
  const fix = (x: Tensor): Tensor => {
    fixed.add(x);
    return x;
  };

  /** An operation by its value and the gradient of each argument, given dy. */
  const operation =
    (value: (...args: Tensor[]) => Tensor, gradient: (dy: Tensor, args: Tensor[], result: Tensor) => Tensor[]) =>
    (...args: Tensor[]): Tensor =>
      tf.customGrad((...inputs: unknown[]) => {
        const save = inputs.pop() as tfjs.GradSaveFunc;
        const result = value(...(inputs as Tensor[]));
        save([...(inputs as Tensor[]), result]);
        return {
          value: result,
          gradFunc: (dy: Tensor, saved: Tensor[]) => gradient(dy, saved.slice(0, -1), saved.at(-1)!),
        };
      })(...args);

  const swapped = (x: Tensor) => tf.transpose(x, [...x.shape.keys()].slice(0, -2).concat(x.rank - 1, x.rank - 2));
  // tfjs-wasm 4.22 remembers a right factor by its data, not by its shape, so no data may be one in two shapes.
  const sumOfRows = (x: Tensor): Tensor =>
    tf.reshape(tf.matMul(tf.ones([1, x.shape[0]!]), x as tfjs.Tensor2D), [x.shape[1]!]);

  /** Sums a gradient over the axes along which its argument was repeated. */
  const unbroadcast = (dy: Tensor, shape: readonly number[]): Tensor => {
    const leading = dy.rank - shape.length;
    const axes = [...dy.shape.keys()].filter((i) => i < leading || (shape[i - leading] === 1 && dy.shape[i] !== 1));
    return axes.length === 0 ? dy : tf.reshape(tf.sum(dy, axes), [...shape]);
  };

  const dense = (activation: 'linear' | 'relu') =>
    operation(
      (a, b, bias) => tf.fused.matMul({ a: a as tfjs.Tensor2D, b: b as tfjs.Tensor2D, bias: bias!, activation }),
      (dy, [a, b], result) => {
        const dz = activation === 'relu' ? tf.mul(dy, tf.step(result)) : dy;
        return [tf.matMul(dz, swapped(b!)), tf.matMul(swapped(a!), dz), sumOfRows(dz)];
      },
    );
  const [linear, rectified] = [dense('linear'), dense('relu')];

  /** An operation on two tensors that broadcast; each gradient is computed only where somebody asks for it. */
  const binary =
    (
      value: (a: Tensor, b: Tensor) => Tensor,
      left: (dy: Tensor, a: Tensor, b: Tensor) => Tensor,
      right: (dy: Tensor, a: Tensor, b: Tensor) => Tensor,
    ) =>
    (a: Tensor, b: Tensor): Tensor => {
      const [freeLeft, freeRight] = [fixed.has(a), fixed.has(b)];
      if (freeLeft && freeRight) return fix(value(a, b));
      return operation(
        (x, y) => value(x!, y!),
        (dy, [x, y]) => [
          freeLeft ? tf.zerosLike(x!) : unbroadcast(left(dy, x!, y!), x!.shape),
          freeRight ? tf.zerosLike(y!) : unbroadcast(right(dy, x!, y!), y!.shape),
        ],
      )(a, b);
    };

  const normalise = (x: Tensor) => {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), LAYER_NORM_EPSILON));
    return { normal: tf.mul(centred, inverse), inverse };
  };

  return {
    weight(name) {
      const tensor = weights.get(name);
      if (!tensor) throw new RangeError(`no weight is named ${name} (known: ${[...weights.keys()].join(', ')})`);
      return tensor;
    },
    constant: (values, shape) => fix(tf.tensor([...values], [...shape], 'float32')),
    rows: (matrix, count) =>
      operation(
        (m) => tf.slice(m!, [0, 0], [count, m!.shape[1]!]),
        (dy, [m]) => [tf.pad(dy, [[0, m!.shape[0]! - count], [0, 0]])], // biome-ignore format: one row a line says less
      )(matrix),
    embed(table, tokens) {
      // A gather has no gradient on the wasm backend; a product with one-hot rows picks the same rows exactly.
      return tf.customGrad((t, save) => {
        const flat = tf.reshape(tokens, [-1]) as tfjs.Tensor1D;
        // Not as float32 at once: the wasm kernel would write the bits of integers (tfjs 4.22).
        const chosen = tf.cast(tf.oneHot(flat, table.shape[0]!, 1, 0, 'int32'), 'float32') as tfjs.Tensor2D;
        (save as tfjs.GradSaveFunc)([chosen]);
        return {
          value: tf.reshape(tf.matMul(chosen, t as tfjs.Tensor), [...tokens.shape, table.shape[1]!]),
          gradFunc: (dy: Tensor, [saved]: Tensor[]) => [
            tf.matMul(swapped(saved!), tf.reshape(dy, [-1, table.shape[1]!])),
          ],
        };
      })(table);
    },
    present: (tokens) => fix(tf.cast(tf.greater(tokens, tf.scalar(0, 'int32')), 'float32')),
    reshape(x, shape) {
      if (fixed.has(x)) return fix(tf.reshape(x, [...shape]));
      return operation(
        (a) => tf.reshape(a!, [...shape]),
        (dy, [a]) => [tf.reshape(dy, a!.shape)],
      )(x);
    },
    transpose: (x, permutation) =>
      operation(
        (a) => tf.transpose(a!, [...permutation]),
        (dy) => [tf.transpose(dy, [...permutation.keys()].map((axis) => permutation.indexOf(axis)))], // biome-ignore format: the inverse permutation in one line
      )(x),
    concat: (parts) =>
      operation(
        (...all) => tf.concat(all, -1),
        (dy, all) => {
          let from = 0;
          return all.map((part) => {
            const begin = part.shape.map((_, axis) => (axis === part.rank - 1 ? from : 0));
            from += part.shape.at(-1)!;
            return tf.slice(dy, begin, part.shape);
          });
        },
      )(...parts),
    matMul(a, b) {
      const [freeLeft, freeRight] = [fixed.has(a), fixed.has(b)];
      if (freeLeft && freeRight) return fix(tf.matMul(a, b));
      return operation(
        (x, y) => tf.matMul(x!, y!),
        (dy, [x, y]) => [
          freeLeft ? tf.zerosLike(x!) : tf.matMul(dy, swapped(y!)),
          freeRight ? tf.zerosLike(y!) : tf.matMul(swapped(x!), dy),
        ],
      )(a, b);
    },
    dense: (x, weight, bias, activation) => (activation === 'relu' ? rectified : linear)(x, weight, bias),
    add: binary(
      (a, b) => tf.add(a, b),
      (dy) => dy,
      (dy) => dy,
    ),
    subtract: binary(
      (a, b) => tf.sub(a, b),
      (dy) => dy,
      (dy) => tf.neg(dy),
    ),
    multiply: binary(
      (a, b) => tf.mul(a, b),
      (dy, _, b) => tf.mul(dy, b),
      (dy, a) => tf.mul(dy, a),
    ),
    divide: binary(
      (a, b) => tf.div(a, b),
      (dy, _, b) => tf.div(dy, b),
      (dy, a, b) => tf.neg(tf.div(tf.mul(dy, a), tf.square(b))),
    ),
    sigmoid: operation(
      (x) => tf.sigmoid(x!),
      (dy, _, y) => [tf.mul(dy, tf.mul(y, tf.sub(1, y)))],
    ),
    softmax: operation(
      (x) => tf.softmax(x!),
      (dy, _, y) => {
        const weighted = tf.mul(dy, y);
        return [tf.sub(weighted, tf.mul(y, tf.sum(weighted, -1, true)))];
      },
    ),
    layerNorm: operation(
      (x, scale, shift) => tf.add(tf.mul(normalise(x!).normal, scale!), shift!),
      (dy, [x, scale]) => {
        const { normal, inverse } = normalise(x!);
        const rows = (a: Tensor) => tf.reshape(a, [-1, scale!.size]);
        const dNormal = tf.mul(dy, scale!);
        const along = tf.add(tf.mean(dNormal, -1, true), tf.mul(normal, tf.mean(tf.mul(dNormal, normal), -1, true)));
        return [tf.mul(inverse, tf.sub(dNormal, along)), sumOfRows(rows(tf.mul(dy, normal))), sumOfRows(rows(dy))];
      },
    ),
  };
}
