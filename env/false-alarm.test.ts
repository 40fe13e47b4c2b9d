import { expect, it } from 'vitest';
import { chiSquaredTail, pearsonTail, pearsonVariance, twoSidedTail } from './false-alarm.test-support.ts';

// The published quantiles, and for even degrees of freedom the closed form e^(−x/2) Σ (x/2)^k / k!.
it.each([
  [3.841458820694124, 1, 0.05],
  [11.070497693516351, 5, 0.05],
  [20.515005652432873, 5, 0.001],
  [2, 2, Math.exp(-1)],
  [79, 30, 2.7481835e-6],
  [0, 4, 1],
  [400, 400, 0.490596582],
])('χ² = %d with %d degrees of freedom is exceeded with probability %d', (x, freedom, p) => {
  expect(chiSquaredTail(x, freedom) / p).toBeCloseTo(1, 6);
});

// C's erfc(z / √2).
it.each([
  [1.959963984540054, 0.05],
  [3.290526731491926, 0.001],
  [4, 6.334248367e-5],
  [4.75, 2.034166485e-6],
])('a normal deviate is beyond ±%d with probability %d', (z, p) => {
  expect(twoSidedTail(z) / p).toBeCloseTo(1, 6);
});

it('Pearson’s statistic of a small multinomial has the variance of all its outcomes, and of a large one is χ²', () => {
  const [n, p] = [7, [0.2, 0.3, 0.5] as const];
  const factorial = (x: number): number => (x < 2 ? 1 : x * factorial(x - 1));
  const sums = { mean: 0, square: 0 };
  for (let a = 0; a <= n; a++)
    for (let b = 0; a + b <= n; b++) {
      const counts = [a, b, n - a - b];
      const chance = counts.reduce((product, count, i) => (product * p[i]! ** count) / factorial(count), factorial(n));
      const statistic = counts.reduce((sum, count, i) => sum + (count - n * p[i]!) ** 2 / (n * p[i]!), 0);
      sums.mean += chance * statistic;
      sums.square += chance * statistic ** 2;
    }
  expect(sums.mean).toBeCloseTo(2, 12);
  expect(pearsonVariance(p, n)).toBeCloseTo(sums.square - sums.mean ** 2, 12);
  expect(pearsonTail(9, p, 1e12)).toBeCloseTo(chiSquaredTail(9, 2), 10);
});
