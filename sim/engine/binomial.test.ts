import { describe, expect, it } from 'vitest';
import { chiSquaredTail, twoSidedTail } from '../../env/false-alarm.test-support.ts';
import { sequence } from '../../env/random.ts';
import { binomial } from './binomial.ts';

const source = (seed: number) => ({ uniform: sequence(seed, 'resampling') });

describe('a binomial count', () => {
  it('is certain at the ends', () => {
    const random = source(1);
    expect([binomial(0, 0.5, random), binomial(9, 0, random), binomial(9, 1, random)]).toEqual([0, 0, 9]);
  });

  /** P(X = k), by recurrence. */
  const mass = (n: number, p: number) => {
    const at = [(1 - p) ** n];
    for (let k = 0; k < n; k++) at.push((at[k]! * (n - k) * p) / ((k + 1) * (1 - p)));
    return at;
  };

  it.each([
    [5, 0.3, 'inversion'],
    [40, 0.1, 'inversion'],
    [60, 0.4, 'rejection'],
    [60, 0.8, 'rejection, mirrored'],
  ])('of %d at %d follows the law (χ² at p = .0001; by %s)', (n, p) => {
    const random = source(3);
    const draws = 40_000;
    const seen = new Array<number>(n + 1).fill(0);
    for (let i = 0; i < draws; i++) seen[binomial(n, p, random)]!++;
    const expected = mass(n, p).map((m) => m * draws);
    // Counts that are rarely met are one class.
    const kept = expected.map((_, k) => k).filter((k) => expected[k]! >= 20);
    const sumOf = (values: readonly number[]) => kept.reduce((sum, k) => sum + values[k]!, 0);
    const classes = [...kept.map((k) => [seen[k]!, expected[k]!]), [draws - sumOf(seen), draws - sumOf(expected)]];
    const met = classes.filter(([, mean]) => mean! >= 5);
    const chiSquared = met.reduce((sum, [count, mean]) => sum + (count! - mean!) ** 2 / mean!, 0);
    const freedom = met.length - 1;
    expect(chiSquaredTail(chiSquared, freedom)).toBeGreaterThan(1e-4);
  });

  it('has the mean and the variance of a billion chances', () => {
    const random = source(4);
    const [n, p, draws] = [1e9, 0.3, 20_000];
    const counts = Array.from({ length: draws }, () => binomial(n, p, random));
    const mean = counts.reduce((a, b) => a + b, 0) / draws;
    const variance = counts.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (draws - 1);
    const law = n * p * (1 - p);
    expect(twoSidedTail((mean - n * p) / Math.sqrt(law / draws))).toBeGreaterThan(1e-4);
    // A binomial of a billion chances is normal for this purpose: (draws − 1) s² / σ² is χ²(draws − 1).
    expect(twoSidedTail((variance / law - 1) / Math.sqrt(2 / (draws - 1)))).toBeGreaterThan(1e-4);
  });
});
