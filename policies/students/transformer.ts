import type { Operations, Weight } from './operations.ts';

/** Students that read the phrases one after the other, in the order shown. */
export interface TransformerArchitecture {
  readonly kind: 'encoder' | 'decoder';
  readonly width: number;
  /** Tokens of the longest row, BEGIN included; default width + 1, as if all phrases could hold together. */
  readonly longest?: number;
  /** Numbers that stand for one token inside. */
  readonly size: number;
  readonly layers: number;
  readonly heads: number;
  /** Size of the layer between the two dense layers of a block. */
  readonly inner: number;
}

/** What is subtracted from an attention score if there is nothing to attend to. */
const HIDDEN = -1e9;

/**
 * Self-attention over the phrases in both directions, then the mean over the tokens that are there.
 * Vaswani et al., "Attention is all you need", 2017; blocks are pre-norm (Xiong et al., 2020).
 */
export function encoderLogits<T>(
  ops: Operations<T>,
  architecture: TransformerArchitecture,
  tokens: T,
  length: number,
): T {
  const present = ops.present(tokens);
  const x = blocks(ops, architecture, tokens, length, absent(ops, present, length));
  const share = ops.divide(present, ops.matMul(present, ops.constant(Array(length).fill(1), [length, 1])));
  return output(ops, architecture, x, share, length);
}

/** Each token sees itself and those before it, as in a language model; the last one answers. */
export function decoderLogits<T>(
  ops: Operations<T>,
  architecture: TransformerArchitecture,
  tokens: T,
  length: number,
): T {
  const present = ops.present(tokens);
  const later = Array.from({ length: length * length }, (_, i) => (i % length > Math.floor(i / length) ? HIDDEN : 0));
  const bias = ops.add(absent(ops, present, length), ops.constant(later, [1, 1, length, length]));
  const x = blocks(ops, architecture, tokens, length, bias);
  // A token is the last where it is there and the one after it is not.
  const shift = Array.from({ length: length * length }, (_, i) =>
    Math.floor(i / length) === (i % length) + 1 ? 1 : 0,
  );
  const following = ops.matMul(present, ops.constant(shift, [length, length]));
  return output(ops, architecture, x, ops.subtract(present, following), length);
}

/** [n, 1, 1, length]: 0 for a token that is there, HIDDEN for padding. */
const absent = <T>(ops: Operations<T>, present: T, length: number): T =>
  ops.reshape(ops.multiply(ops.subtract(present, ops.constant([1], [1])), ops.constant([-HIDDEN], [1])), [
    -1,
    1,
    1,
    length,
  ]);

/** Token and position embeddings, then the blocks: [n·length, size]. */
function blocks<T>(
  ops: Operations<T>,
  { size, layers, heads }: TransformerArchitecture,
  tokens: T,
  length: number,
  bias: T,
): T {
  const dense = (x: T, name: string, activation?: 'relu') =>
    ops.dense(x, ops.weight(`${name}.weight`), ops.weight(`${name}.bias`), activation);
  const norm = (x: T, name: string) => ops.layerNorm(x, ops.weight(`${name}.scale`), ops.weight(`${name}.shift`));
  const scale = ops.constant([1 / Math.sqrt(size / heads)], [1]);
  const split = (x: T) => ops.reshape(x, [-1, length, heads, size / heads]); // [n·length, size] → [n, length, heads, ·]

  const attention = (x: T, name: string) => {
    const q = ops.transpose(split(ops.multiply(dense(x, `${name}.query`), scale)), [0, 2, 1, 3]); // [n, heads, length, ·]
    const k = ops.transpose(split(dense(x, `${name}.key`)), [0, 2, 3, 1]); // [n, heads, ·, length]
    const v = ops.transpose(split(dense(x, `${name}.value`)), [0, 2, 1, 3]);
    const attended = ops.matMul(ops.softmax(ops.add(ops.matMul(q, k), bias)), v);
    return dense(ops.reshape(ops.transpose(attended, [0, 2, 1, 3]), [-1, size]), `${name}.merge`);
  };

  const embedded = ops.embed(ops.weight('token.embedding'), tokens);
  let x = ops.reshape(ops.add(embedded, ops.rows(ops.weight('position.embedding'), length)), [-1, size]);
  for (let i = 0; i < layers; i++) {
    const name = `block${i}`;
    x = ops.add(x, attention(norm(x, `${name}.norm1`), name));
    x = ops.add(x, dense(ops.gelu(dense(norm(x, `${name}.norm2`), `${name}.expand`)), `${name}.contract`));
  }
  return norm(x, 'norm');
}

/** Tokens weighted by `share` [n, length] and summed, then the last layer. */
function output<T>(ops: Operations<T>, { size }: TransformerArchitecture, x: T, share: T, length: number): T {
  const pooled = ops.matMul(ops.reshape(share, [-1, 1, length]), ops.reshape(x, [-1, length, size]));
  return ops.dense(ops.reshape(pooled, [-1, size]), ops.weight('output.weight'), ops.weight('output.bias'));
}

export function transformerWeights(
  { width, longest = width + 1, size, layers, inner }: TransformerArchitecture,
  outputs: number,
): Weight[] {
  const dense = (name: string, from: number, to: number, gain = 1): Weight[] => [
    { name: `${name}.weight`, shape: [from, to], deviation: gain / Math.sqrt(from), mean: 0 },
    { name: `${name}.bias`, shape: [to], deviation: 0, mean: 0 },
  ];
  const norm = (name: string): Weight[] => [
    { name: `${name}.scale`, shape: [size], deviation: 0, mean: 1 },
    { name: `${name}.shift`, shape: [size], deviation: 0, mean: 0 },
  ];
  // What a block adds starts small, so that depth does not change the scale (Radford et al., 2019).
  const residual = 1 / Math.sqrt(2 * layers);
  return [
    { name: 'token.embedding', shape: [width + 2, size], deviation: 0.5, mean: 0 },
    // From 0: where the order says nothing, positions only tell alike rows apart.
    { name: 'position.embedding', shape: [longest, size], deviation: 0, mean: 0 },
    ...Array.from({ length: layers }, (_, i) => [
      ...norm(`block${i}.norm1`),
      ...dense(`block${i}.query`, size, size),
      ...dense(`block${i}.key`, size, size),
      ...dense(`block${i}.value`, size, size),
      ...dense(`block${i}.merge`, size, size, residual),
      ...norm(`block${i}.norm2`),
      ...dense(`block${i}.expand`, size, inner, Math.SQRT2),
      ...dense(`block${i}.contract`, inner, size, residual),
    ]).flat(),
    ...norm('norm'),
    ...dense('output', size, outputs, 0),
  ];
}
