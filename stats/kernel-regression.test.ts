import { describe, expect, it } from 'vitest';
import { sequence } from '../env/random.ts';
import { kernelRegression } from './kernel-regression.ts';

const bits = (x: number) => {
  let count = 0;
  for (let rest = x; rest > 0; rest >>>= 1) count += rest & 1;
  return count;
};
const over = (points: readonly number[], values: readonly (readonly number[])[]) => ({
  n: points.length,
  distance: (i: number, j: number) => bits(points[i]! ^ points[j]!),
  values,
  weights: points.map(() => 1),
});
const to = (points: readonly number[], x: number) => points.map((point) => bits(point ^ x));

describe('regression over sets of phrases', () => {
  const random = sequence(5, 'sampling');
  const truth = (x: number) => (x & 1 ? 0.4 : 0) - (x & 2 ? 0.2 : 0) + ((x & 12) === 12 ? 0.3 : 0);
  const points = [...new Set(Array.from({ length: 60 }, () => Math.floor(random() * 256)))];

  it('passes through values without noise and finds them between', () => {
    const fit = kernelRegression(over(points, [points.map(truth)]));
    for (const x of points) expect(fit.means(to(points, x))[0]).toBeCloseTo(truth(x), 2);
    const others = Array.from({ length: 256 }, (_, x) => x).filter((x) => !points.includes(x));
    const error = Math.sqrt(
      others.reduce((sum, x) => sum + (fit.means(to(points, x))[0]! - truth(x)) ** 2, 0) / others.length,
    );
    expect(error).toBeLessThan(0.05);
    expect(fit.unexplained(to(points, points[0]!))).toBeLessThan(fit.unexplained(to(points, others[0]!)));
  });

  it('knows its error where a point is left out, as fitting without it has it', () => {
    const few = points.slice(0, 12);
    const noisy = few.map((x) => truth(x) + (random() - 0.5) / 5);
    const fit = kernelRegression(over(few, [noisy]));
    const squares = few.map((x, i) => {
      const rest = few.filter((_, j) => j !== i);
      const without = gaussian(
        rest,
        noisy.filter((_, j) => j !== i),
        fit.correlation,
        fit.noise,
      );
      return (without(x) - noisy[i]!) ** 2;
    });
    expect(fit.error).toBeCloseTo(Math.sqrt(squares.reduce((a, b) => a + b) / few.length), 9);
  });

  it('has nothing to say without points', () => {
    expect(() => kernelRegression(over([], [[]]))).toThrow('needs 1 point or more');
  });
});

/** The same regression by elimination (Gauss–Jordan). */
function gaussian(points: readonly number[], values: readonly number[], correlation: number, noise: number) {
  const rows = points.map((a, i) => [
    ...points.map((b) => correlation ** bits(a ^ b) + (a === b ? noise : 0)),
    values[i]!,
  ]);
  rows.forEach((row, i) => {
    const pivot = row[i]!;
    for (let j = 0; j < row.length; j++) row[j]! /= pivot;
    for (const other of rows) {
      if (other === row) continue;
      const by = other[i]!;
      for (let j = 0; j < row.length; j++) other[j]! -= by * row[j]!;
    }
  });
  return (x: number) => points.reduce((sum, a, i) => sum + correlation ** bits(a ^ x) * rows[i]!.at(-1)!, 0);
}
