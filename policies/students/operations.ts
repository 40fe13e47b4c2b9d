/**
 * The operations that students are made of. An architecture is written once against this interface; tfjs tensors
 * implement it for training and a graph builder implements it for the ONNX file, so what runs is what was trained.
 *
 * T stands for a tensor of at most four dimensions; the first is the batch unless it says otherwise.
 */
export interface Operations<T> {
  /** A trained tensor by its name in weightsOf. */
  weight(name: string): T;
  constant(values: readonly number[], shape: readonly number[]): T;
  /** The first `count` rows of a matrix. */
  rows(matrix: T, count: number): T;
  /** Row `tokens[i, t]` of `table` [vocabulary, size] for each token of [n, length]: [n, length, size]. */
  embed(table: T, tokens: T): T;
  /** [n, length]: 1 where there is a token, 0 where there is padding (id 0). */
  present(tokens: T): T;
  /** One size may be −1. */
  reshape(x: T, shape: readonly number[]): T;
  transpose(x: T, permutation: readonly number[]): T;
  /** Along the last axis. */
  concat(parts: readonly T[]): T;
  /** [..., m, k] × [..., k, n], with equal leading dimensions. */
  matMul(a: T, b: T): T;
  /** x·weight + bias for x [m, k], weight [k, n], bias [n]; negative results become 0 where activation is relu. */
  dense(x: T, weight: T, bias: T, activation?: 'relu'): T;
  /** The next four broadcast. */
  add(a: T, b: T): T;
  subtract(a: T, b: T): T;
  multiply(a: T, b: T): T;
  divide(a: T, b: T): T;
  sigmoid(x: T): T;
  /** x·σ(GELU_SLOPE·x), element by element. */
  gelu(x: T): T;
  /** Over the last axis. */
  softmax(x: T): T;
  /** Over the last axis, with LAYER_NORM_EPSILON. */
  layerNorm(x: T, scale: T, shift: T): T;
}

export const LAYER_NORM_EPSILON = 1e-5;
/** Slope in the sigmoid form of the Gaussian error linear unit (Hendrycks & Gimpel, 2016). */
export const GELU_SLOPE = 1.702;

/** A trained tensor: its shape and what it is before training. */
export interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  /** Standard deviation of the normal distribution that it starts from; 0 leaves it at `mean`. */
  readonly deviation: number;
  readonly mean: number;
}
