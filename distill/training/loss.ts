import type * as tfjs from '@tensorflow/tfjs-core';
import { type Head, probabilitiesOf } from '../../policies/students/architecture.ts';
import type { Operations } from '../../policies/students/operations.ts';
import type { Tensorflow } from './backend.ts';
import type { Objective } from './objective.ts';

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
 * @param targets [n, columns]
 */
export function meanLoss(
  tf: Tensorflow,
  ops: Operations<Tensor>,
  { loss, head }: Pick<Objective, 'loss' | 'head'>,
  logits: Tensor,
  targets: Tensor,
): MeanLoss {
  if (loss === 'mse') return squaredError(tf, compared(ops, head, logits), targets);
  if (head.kind === 'softmax') return crossEntropy(tf, logits, targets);
  return binaryCrossEntropy(tf, logits, targets, (loss === 'ordinal' ? ORDINAL_FACTOR : 1) / targets.size);
}

/** The probabilities that targets are given for: of two actions the second's. */
function compared(ops: Operations<Tensor>, head: Head, logits: Tensor): Tensor {
  const all = probabilitiesOf(ops, head, logits);
  return head.kind === 'softmax' ? all : ops.matMul(all, ops.constant([0, 1], [2, 1]));
}

function squaredError(tf: Tensorflow, p: Tensor, targets: Tensor): MeanLoss {
  const error = tf.sub(p, targets);
  return {
    value: tf.mean(tf.square(error)),
    at: p,
    gradient: () => tf.mul(error, 2 / targets.size),
  };
}

/** factor · Σ −t·ln σ(z) − (1 − t)·ln(1 − σ(z)), written so that no logarithm of 0 is taken. */
function binaryCrossEntropy(tf: Tensorflow, z: Tensor, targets: Tensor, factor: number): MeanLoss {
  return {
    value: tf.mul(tf.sum(tf.sub(tf.softplus(z), tf.mul(z, targets))), factor),
    at: z,
    gradient: () => tf.mul(tf.sub(tf.sigmoid(z), targets), factor),
  };
}

/** The mean over rows of −Σ t·ln softmax(z). */
function crossEntropy(tf: Tensorflow, z: Tensor, targets: Tensor): MeanLoss {
  const share = 1 / z.shape[0]!;
  return {
    value: tf.mul(tf.sum(tf.mul(tf.logSoftmax(z), targets)), -share),
    at: z,
    gradient: () => tf.mul(tf.sub(tf.softmax(z), targets), share),
  };
}
