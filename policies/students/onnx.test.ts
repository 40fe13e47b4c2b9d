import { describe, expect, it } from 'vitest';
import { sequence } from '../../env/random.ts';
import { type Architecture, type Head, isBag, outputsOf, weightsOf } from './architecture.ts';
import { beginOf } from './input.ts';
import { onnxOf } from './onnx.ts';
import { openSession } from './session.ts';

/** Weights that are all different from 0, so that nothing cancels. */
function weightsFor(architecture: Architecture, head: Head) {
  const random = sequence(5, 'training', 0);
  return weightsOf(architecture, outputsOf(head)).map(({ name, shape, mean }) => ({
    name,
    shape,
    values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => mean + random() - 0.5),
  }));
}

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

describe('an ONNX file of a student', () => {
  it('computes a logistic regression as its formula says', async () => {
    const architecture = { kind: 'logistic', width: 3, hidden: [] } as const;
    const weights = [
      { name: 'output.weight', shape: [3, 1], values: Float32Array.of(0.5, -1, 2) },
      { name: 'output.bias', shape: [1], values: Float32Array.of(-0.25) },
    ];
    const session = await openSession(onnxOf(architecture, { kind: 'sigmoid' }, weights, {}), [2, 3]);
    const p = await session.run(Float32Array.of(1, 1, 0, 0, 0, 1));
    [1 - sigmoid(-0.75), sigmoid(-0.75), 1 - sigmoid(1.75), sigmoid(1.75)].forEach((expected, i) => {
      expect(p[i]).toBeCloseTo(expected, 6);
    });
    await session.release();
  });

  it('computes an ordinal head as the expected level', async () => {
    const architecture = { kind: 'logistic', width: 1, hidden: [] } as const;
    const weights = [
      { name: 'output.weight', shape: [1, 2], values: Float32Array.of(1, -1) },
      { name: 'output.bias', shape: [2], values: Float32Array.of(0.5, 0.25) },
    ];
    const bytes = onnxOf(architecture, { kind: 'ordinal', levels: [0.1, 0.4, 0.9] }, weights, {});
    const session = await openSession(bytes, [1, 1]);
    const p = await session.run(Float32Array.of(1));
    expect(p[1]).toBeCloseTo(0.1 + sigmoid(1.5) * 0.3 + sigmoid(-0.75) * 0.5, 6);
    expect(p[0]! + p[1]!).toBeCloseTo(1, 6);
    await session.release();
  });

  it('computes a softmax over more than two actions', async () => {
    const architecture = { kind: 'logistic', width: 1, hidden: [] } as const;
    const weights = [
      { name: 'output.weight', shape: [1, 3], values: Float32Array.of(1, 2, 3) },
      { name: 'output.bias', shape: [3], values: Float32Array.of(0, 0, 0) },
    ];
    const session = await openSession(onnxOf(architecture, { kind: 'softmax', actions: 3 }, weights, {}), [1, 1]);
    const p = await session.run(Float32Array.of(1));
    const total = Math.exp(1) + Math.exp(2) + Math.exp(3);
    [1, 2, 3].forEach((z, i) => {
      expect(p[i]).toBeCloseTo(Math.exp(z) / total, 6);
    });
    await session.release();
  });

  it('has the same bytes for the same student', () => {
    const architecture = { kind: 'encoder', width: 4, size: 8, layers: 1, heads: 2, inner: 8 } as const;
    const head = { kind: 'sigmoid' } as const;
    const bytes = () => onnxOf(architecture, head, weightsFor(architecture, head), { teacher: 'x' });
    expect(Buffer.from(bytes()).equals(Buffer.from(bytes()))).toBe(true);
  });

  it.each<Architecture>([
    { kind: 'mlp', width: 5, hidden: [16, 8] },
    { kind: 'encoder', width: 5, size: 8, layers: 2, heads: 2, inner: 16 },
    { kind: 'decoder', width: 5, size: 8, layers: 2, heads: 2, inner: 16 },
  ])('gives a row of a $kind the same bits in every place of a batch and in every company', async (architecture) => {
    const head = { kind: 'sigmoid' } as const;
    const columns = isBag(architecture) ? 5 : 6;
    const rows = 64;
    const session = await openSession(onnxOf(architecture, head, weightsFor(architecture, head), {}), [rows, columns]);
    // The last row is the full one, the first the empty one.
    const values = Array.from({ length: rows }, (_, i) =>
      isBag(architecture)
        ? Array.from({ length: 5 }, (_, j) => ((i % 32) >> j) & 1)
        : [beginOf(5), ...[1, 2, 3, 4, 5].slice(0, i % 6), 0, 0, 0, 0, 0].slice(0, columns),
    );
    const run = async (order: number[]) => {
      const flat = order.flatMap((i) => values[i]!);
      const input = isBag(architecture) ? Float32Array.from(flat) : BigInt64Array.from(flat.map(BigInt));
      const p = (await session.run(input)).slice();
      return new Map(order.map((i, place) => [i, p[2 * place + 1]!]));
    };
    const forward = await run([...values.keys()]);
    const backward = await run([...values.keys()].reverse());
    expect(new Set(forward.values()).size).toBeGreaterThan(5);
    for (const i of values.keys()) expect(backward.get(i)).toBe(forward.get(i));
    const alone = await run(Array(rows).fill(5));
    expect(alone.get(5)).toBe(forward.get(5));
    await session.release();
  });
});
