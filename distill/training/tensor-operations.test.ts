import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend, type Tensorflow } from './backend.ts';
import { Tape } from './tensor-operations.ts';

let tf: Tensorflow;
beforeAll(async () => {
  ({ tf } = await openBackend({ only: 'cpu' }));
});

describe('the tape', () => {
  it('gives the gradient of a product in which one factor is used twice', () => {
    const [x, y] = [tf.tensor([3, 5]), tf.tensor([2, 7])];
    const tape = new Tape(tf, [x, y]);
    const times = (a: typeof x, b: typeof x) =>
      tape.record(tf.mul(a, b), [
        [a, (dy) => tf.mul(dy, b)],
        [b, (dy) => tf.mul(dy, a)],
      ]);
    const z = times(times(x, x), y); // x²·y
    const gradients = tape.back(z, tf.ones([2]));
    expect([...gradients.get(x)!.dataSync()]).toEqual([12, 70]); // 2xy
    expect([...gradients.get(y)!.dataSync()]).toEqual([9, 25]); // x²
  });

  it('asks for no gradient of what no weight changes', () => {
    const [weight, data] = [tf.tensor([2]), tf.tensor([3])];
    const never = () => {
      throw new Error('not needed');
    };
    const tape = new Tape(tf, [weight]);
    const constant = tape.record(tf.square(data), [[data, never]]);
    const z = tape.record(tf.mul(weight, constant), [
      [weight, (dy) => tf.mul(dy, constant)],
      [constant, never],
    ]);
    expect([
      ...tape
        .back(z, tf.ones([1]))
        .get(weight)!
        .dataSync(),
    ]).toEqual([9]);
  });
});
