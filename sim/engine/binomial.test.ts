import { describe, expect, it } from 'vitest';
import { chiSquaredTail, pearsonTail, twoSidedTail } from '../../env/false-alarm.test-support.ts';
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
    for (let k = 0; k < Math.min(n, 400); k++) at.push((at[k]! * (n - k) * p) / ((k + 1) * (1 - p)));
    return at;
  };

  it.each([
    [5, 0.3, 'inversion'],
    [40, 0.1, 'inversion'],
    [60, 0.4, 'rejection'],
    [60, 0.8, 'rejection, mirrored'],
    [200_000, 0.001, 'rejection, a small part of many'],
  ])('of %d at %d follows the law (χ² at p = .0001; by %s)', (n, p) => {
    const random = source(3);
    const draws = 40_000;
    const seen = new Array<number>(Math.min(n, 400) + 1).fill(0);
    for (let i = 0; i < draws; i++) seen[binomial(n, p, random)]!++;
    // Counts that are rarely met are one class with the rarest of the others.
    const law = mass(n, p);
    const kept = law.map((_, k) => k).filter((k) => law[k]! * draws >= 20);
    kept.sort((a, b) => law[a]! - law[b]!);
    const others = kept.slice(1);
    const restOf = (values: readonly number[], all: number) => all - others.reduce((sum, k) => sum + values[k]!, 0);
    const shares = [restOf(law, 1), ...others.map((k) => law[k]!)];
    const counts = [restOf(seen, draws), ...others.map((k) => seen[k]!)];
    const statistic = counts.reduce(
      (sum, count, i) => sum + (count - draws * shares[i]!) ** 2 / (draws * shares[i]!),
      0,
    );
    expect(pearsonTail(statistic, shares, draws)).toBeGreaterThan(1e-4);
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
    const tail = chiSquaredTail(((draws - 1) * variance) / law, draws - 1);
    expect(Math.min(tail, 1 - tail)).toBeGreaterThan(1e-4 / 2);
  });
});
