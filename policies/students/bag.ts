import type { BagArchitecture, Weight } from './architecture.ts';
import type { Operations } from './operations.ts';

/** A logistic regression is one dense layer; an MLP puts ReLU layers before it. */
export function bagLogits<T>(ops: Operations<T>, { hidden }: BagArchitecture, phrases: T): T {
  let x = phrases;
  for (const i of hidden.keys())
    x = ops.dense(x, ops.weight(`hidden${i}.weight`), ops.weight(`hidden${i}.bias`), 'relu');
  return ops.dense(x, ops.weight('output.weight'), ops.weight('output.bias'));
}

/**
 * ReLU layers start as in He, Zhang, Ren & Sun, "Delving deep into rectifiers", 2015; the last layer starts at 0, so
 * that an untrained student says the same to everything.
 */
export function bagWeights({ width, hidden }: BagArchitecture, outputs: number): Weight[] {
  const sizes = [width, ...hidden];
  return [
    ...hidden.flatMap((size, i) => [
      { name: `hidden${i}.weight`, shape: [sizes[i]!, size], deviation: Math.sqrt(2 / sizes[i]!), mean: 0 },
      { name: `hidden${i}.bias`, shape: [size], deviation: 0, mean: 0 },
    ]),
    { name: 'output.weight', shape: [sizes.at(-1)!, outputs], deviation: 0, mean: 0 },
    { name: 'output.bias', shape: [outputs], deviation: 0, mean: 0 },
  ];
}
