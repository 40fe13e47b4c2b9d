import { describe, expect, it } from 'vitest';
import { sequence } from '../env/random.ts';
import { ksTest, wasserstein1 } from './distributions.ts';
import { populationStandardDeviation } from './moments.ts';
import { distances, sameDistribution } from './two-samples.ts';

const column = (values: readonly number[]) => values.map((value) => [value]);

describe('two samples of vectors', () => {
  it('lie apart as the distances of one statistic are defined, ties included', () => {
    const [a, b] = [
      [1, 2, 2, 5],
      [2, 3, 7],
    ];
    const [found] = sameDistribution(column(a), column(b), { seed: 0, resamples: 1 }).statistics;
    const sd = populationStandardDeviation([...a, ...b]);
    expect(found!.ks).toBeCloseTo(ksTest(a, b).statistic, 12);
    expect(found!.wasserstein).toBeCloseTo(wasserstein1(a, b) / sd, 12);
    // 2 E|X − Y| − E|X − X′| − E|Y − Y′|
    const apart = (x: readonly number[], y: readonly number[]) =>
      x.flatMap((u) => y.map((v) => Math.abs(u - v))).reduce((sum, d) => sum + d, 0) / (x.length * y.length);
    expect(found!.energy).toBeCloseTo((2 * apart(a, b) - apart(a, a) - apart(b, b)) / sd, 12);
  });

  it('differ where one statistic differs, and the others are not accused', () => {
    const random = sequence(1, 'sampling');
    const sample = (n: number, shift: number) =>
      Array.from({ length: n }, () => [random(), random() + shift, random()]);
    const { p, statistics } = sameDistribution(sample(15, 0), sample(15, 1), { seed: 0, resamples: 499 });
    expect(p.energy).toBe(1 / 500);
    expect(statistics[1]!.p).toEqual({ ks: 1 / 500, wasserstein: 1 / 500, energy: 1 / 500 });
    expect(statistics[0]!.p.energy).toBeGreaterThan(0.05);
    expect(statistics[2]!.p.energy).toBeGreaterThan(0.05);
  });

  it('of one distribution are told apart in 5 % of the cases at .05, also by ks, which has few values', () => {
    const random = sequence(2, 'sampling');
    const sample = () => Array.from({ length: 6 }, () => [random(), random()]);
    const alarms = { ks: 0, wasserstein: 0, energy: 0 };
    for (let seed = 0; seed < 1000; seed++) {
      const { p } = sameDistribution(sample(), sample(), { seed, resamples: 99 });
      for (const distance of distances) if (p[distance] <= 0.05) alarms[distance]++;
    }
    // Two standard errors of a share of .05.
    for (const distance of distances) expect(Math.abs(alarms[distance] / 1000 - 0.05)).toBeLessThan(0.0138);
  });

  it('do not differ if nothing varies, and values that are missing are refused', () => {
    expect(sameDistribution(column([1, 1]), column([1, 1, 1]), { seed: 0, resamples: 9 }).p.energy).toBe(1);
    expect(sameDistribution([[]], [[]], { seed: 0, resamples: 9 }).p.energy).toBe(1);
    expect(() => sameDistribution(column([1, Number.NaN]), column([1]), { seed: 0 })).toThrow(
      'statistic 0 of row 1 is NaN',
    );
    expect(() => sameDistribution([], column([1]), { seed: 0 })).toThrow('got 0 and 1');
  });
});
