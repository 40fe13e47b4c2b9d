import type { Operations, Weight } from './operations.ts';

/** Students that see a set of phrases, as 0/1 columns: the order in which they are shown makes no difference. */
export interface BagArchitecture {
  readonly kind: 'logistic' | 'mlp';
  /** Phrases in the vocabulary. */
  readonly width: number;
  /** Sizes of the hidden ReLU layers; none for logistic. */
  readonly hidden: readonly number[];
  /** For a logistic: whether each pair of phrases is an input too, 1 where both hold. */
  readonly interactions?: boolean;
  /** For a logistic: its inputs in place of phrases, each 1 where all of these phrases hold. */
  readonly terms?: readonly (readonly number[])[];
}

/** What the first layer reads: each input is 1 where all of its phrases hold. */
export const inputsIn = ({ width, interactions, terms }: Omit<BagArchitecture, 'kind' | 'hidden'>) =>
  terms ?? [
    ...Array.from({ length: width }, (_, j): readonly number[] => [j]),
    ...(interactions ? pairsOf(width) : []),
  ];

/**
 * A logistic regression is one dense layer, of phrases and, if it has interactions, of pairs; an MLP puts ReLU layers
 * before it.
 */
export function bagLogits<T>(
  ops: Operations<T>,
  { width, hidden, interactions, terms }: BagArchitecture,
  phrases: T,
): T {
  let x = terms ? holding(ops, width, terms, phrases) : interactions ? withPairs(ops, width, phrases) : phrases;
  for (const i of hidden.keys())
    x = ops.dense(x, ops.weight(`hidden${i}.weight`), ops.weight(`hidden${i}.bias`), 'relu');
  return ops.dense(x, ops.weight('output.weight'), ops.weight('output.bias'));
}

/**
 * ReLU layers start as in He, Zhang, Ren & Sun, "Delving deep into rectifiers", 2015; the last layer starts at 0, so
 * that an untrained student says the same to everything.
 */
export function bagWeights({ hidden, ...inputs }: BagArchitecture, outputs: number): Weight[] {
  const sizes = [inputsIn(inputs).length, ...hidden];
  return [
    ...hidden.flatMap((size, i) => [
      { name: `hidden${i}.weight`, shape: [sizes[i]!, size], deviation: Math.sqrt(2 / sizes[i]!), mean: 0 },
      { name: `hidden${i}.bias`, shape: [size], deviation: 0, mean: 0 },
    ]),
    { name: 'output.weight', shape: [sizes.at(-1)!, outputs], deviation: 0, mean: 0 },
    { name: 'output.bias', shape: [outputs], deviation: 0, mean: 0 },
  ];
}

/** Pairs of columns a < b, in the order of the inputs that stand for them. */
export const pairsOf = (width: number): (readonly [number, number])[] =>
  Array.from({ length: width }, (_, a) =>
    Array.from({ length: width - a - 1 }, (_, i) => [a, a + 1 + i] as const),
  ).flat();

/** [n, width] → [n, width + width·(width − 1)/2]: the columns, then the products of every two. */
function withPairs<T>(ops: Operations<T>, width: number, phrases: T): T {
  const pairs = pairsOf(width);
  const one = (side: 0 | 1) =>
    ops.matMul(
      phrases,
      ops.constant(Array.from({ length: width }, (_, j) => pairs.map((pair) => (pair[side] === j ? 1 : 0))).flat(), [
        width,
        pairs.length,
      ]),
    );
  return ops.concat([phrases, ops.multiply(one(0), one(1))]);
}

/** [n, width] → [n, terms]: 1 where all phrases of a term hold, which is where as many of them hold as it has. */
function holding<T>(ops: Operations<T>, width: number, terms: readonly (readonly number[])[], phrases: T): T {
  const members = Array.from({ length: width }, (_, j) => terms.map((term) => (term.includes(j) ? 1 : 0))).flat();
  const others = terms.map((term) => 1 - term.length);
  return ops.dense(phrases, ops.constant(members, [width, terms.length]), ops.constant(others, [terms.length]), 'relu');
}
