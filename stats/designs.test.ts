import { describe, expect, it } from 'vitest';
import { grid, latinHypercube, saltelli } from './designs.ts';
import { sensitivity } from './sensitivity.ts';
import { sobol } from './sobol.ts';
import { meanDifference, meanWithInterval, tQuantile } from './t-intervals.ts';

describe('designs', () => {
  it('a grid has every combination, the last factor changing fastest', () => {
    expect(grid<number | string>([[1, 2], ['a'], [0, 5]])).toEqual([
      [1, 'a', 0],
      [1, 'a', 5],
      [2, 'a', 0],
      [2, 'a', 5],
    ]);
    expect(grid([])).toEqual([[]]);
    expect(grid([[1], []])).toEqual([]);
  });

  it('each stratum of each dimension of a Latin hypercube has one point', () => {
    const points = latinHypercube(37, 5, { seed: 3 });
    for (let d = 0; d < 5; d++)
      expect(points.map((point) => Math.floor(37 * point[d]!)).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 37 }, (_, i) => i),
      );
    expect(latinHypercube(37, 5, { seed: 4 })).not.toEqual(points);
  });

  it('the Sobol sequence is that of scipy.stats.qmc 1.17.1', () => {
    const points = sobol(1001, 100);
    const shown = (i: number) => [0, 1, 2, 9, 39, 63, 99].map((d) => points[i]![d]);
    expect(shown(1)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
    expect(shown(2)).toEqual([0.75, 0.25, 0.25, 0.75, 0.25, 0.75, 0.75]);
    expect(shown(5)).toEqual([0.875, 0.875, 0.125, 0.125, 0.375, 0.625, 0.375]);
    expect(shown(37)).toEqual([0.921875, 0.640625, 0.578125, 0.171875, 0.078125, 0.828125, 0.171875]);
    expect(shown(1000)).toEqual([
      0.2197265625, 0.0966796875, 0.5185546875, 0.0693359375, 0.4794921875, 0.4462890625, 0.1865234375,
    ]);
    expect(sobol(3, 100, { skip: 5 })).toEqual(points.slice(5, 8));
    expect(() => sobol(4, 101)).toThrow("a Sobol' sequence has 1 to 100 dimensions, got 101");
    expect(() => sobol(0, 2)).toThrow('expected a whole number of points from 1 to 2^32, got 0');
  });

  it('scrambling keeps the net: each of 2^m intervals, and each cell of the first two dimensions, has its points', () => {
    for (const seed of [0, 1]) {
      const points = sobol(256, 20, { seed });
      for (let d = 0; d < 20; d++) expect(new Set(points.map((point) => Math.floor(256 * point[d]!))).size).toBe(256);
      const cells = points.map(([x, y]) => 16 * Math.floor(16 * x!) + Math.floor(16 * y!));
      expect(new Set(cells).size).toBe(256);
    }
    expect(sobol(8, 2, { seed: 0 })).not.toEqual(sobol(8, 2, { seed: 1 }));
  });

  it('cross-sampling exchanges one coordinate at a time', () => {
    const [a, ab1, ab2, b] = saltelli(4, 2, { seed: 0 }) as [number, number][];
    expect(ab1).toEqual([b![0], a![1]]);
    expect(ab2).toEqual([a![0], b![1]]);
    expect(a![0]).not.toBe(b![0]);
  });
});

describe('sensitivity indices', () => {
  /** Ishigami & Homma 1990 with a = 7, b = .1, on points of the unit cube. */
  const ishigami = (point: readonly number[]) => {
    const [x, y, z] = point.map((u) => Math.PI * (2 * u - 1)) as [number, number, number];
    return Math.sin(x) + 7 * Math.sin(y) ** 2 + 0.1 * z ** 4 * Math.sin(x);
  };

  it("are those of Ishigami's function to within .01, also far from 0, and lie within their intervals", () => {
    const outcomes = saltelli(4096, 3, { seed: 1 }).map(ishigami);
    for (const shift of [0, 1000]) {
      const found = sensitivity(
        outcomes.map((value) => value + shift),
        3,
        { seed: 0, resamples: 200 },
      );
      const known = { first: [0.3139, 0.4424, 0], total: [0.5576, 0.4424, 0.2437] };
      found.forEach(({ first, total, firstInterval, totalInterval }, f) => {
        expect(Math.abs(first - known.first[f]!)).toBeLessThan(0.01);
        expect(Math.abs(total - known.total[f]!)).toBeLessThan(0.01);
        expect(firstInterval.lower).toBeLessThan(known.first[f]!);
        expect(firstInterval.upper).toBeGreaterThan(known.first[f]!);
        expect(totalInterval.lower).toBeLessThan(known.total[f]!);
        expect(totalInterval.upper).toBeGreaterThan(known.total[f]!);
      });
    }
  });

  it('pairs with a missing outcome are left out, and an outcome that never varies has none', () => {
    const rows = saltelli(64, 3, { seed: 1 });
    const outcomes = rows.map(ishigami);
    const [lost, whole] = [outcomes.map((value, i) => (i === 2 ? Number.NaN : value)), outcomes.slice(5)].map(
      (values) => sensitivity(values, 3, { seed: 0, resamples: 10 }),
    );
    expect(lost).toEqual(whole);
    expect(sensitivity(new Float64Array(50).fill(3), 3, { seed: 0, resamples: 10 })[0]!.first).toBeNaN();
    expect(() => sensitivity([1, 2, 3], 3, { seed: 0 })).toThrow('expected rows by 5, got 3');
  });
});

describe('intervals of means', () => {
  it('quantiles of t are those of scipy 1.17.1', () => {
    expect(tQuantile(0.95, 1)).toBeCloseTo(12.706204736174694, 9);
    expect(tQuantile(0.9, 9)).toBeCloseTo(1.833112932656237, 10);
    expect(tQuantile(0.95, 19)).toBeCloseTo(2.0930240544083087, 10);
  });

  it('a mean of three has the interval of two degrees of freedom; of one, none', () => {
    const { mean, sd, interval } = meanWithInterval([1, 2, 3]);
    expect([mean, sd]).toEqual([2, 1]);
    expect(interval.upper - 2).toBeCloseTo(4.302652729749464 / Math.sqrt(3), 9);
    expect(meanWithInterval([4])).toEqual({ n: 1, mean: 4, sd: Number.NaN, interval: { lower: NaN, upper: NaN } });
    expect(meanWithInterval([4, 4]).interval).toEqual({ lower: 4, upper: 4 });
  });

  it("two samples differ as in Welch's interval", () => {
    // scipy.stats.ttest_ind([2, 4, 6, 8], [1, 2, 3], equal_var=False).confidence_interval(.95), signs exchanged.
    const { difference, interval } = meanDifference([2, 4, 6, 8], [1, 2, 3]);
    expect(difference).toBe(-3);
    expect(interval.lower).toBeCloseTo(-6.897975451083128, 8);
    expect(interval.upper).toBeCloseTo(0.8979754510831279, 8);
    expect(meanDifference([1, 1], [2, 2]).interval).toEqual({ lower: 1, upper: 1 });
  });
});
