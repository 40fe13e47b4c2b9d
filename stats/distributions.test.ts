import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsDivergence, klDivergence, ksTest, wasserstein1 } from './distributions.ts';
import scipy from './fixtures/statistics-scipy.json' with { type: 'json' };

describe('divergences between distributions', () => {
  for (const { p, q, kl, js } of scipy.divergences)
    it(`agree with SciPy over ${p.length} outcomes`, () => {
      expect(klDivergence(p, q)).toBeCloseTo(kl, 12);
      expect(jsDivergence(p, q)).toBeCloseTo(js, 12);
      expect(jsDivergence(q, p)).toBeCloseTo(js, 12);
    });

  it('are 0 between equals and bounded by ln 2 for JS, unbounded for KL, where nothing is shared', () => {
    expect([klDivergence([0.3, 0.7], [0.3, 0.7]), jsDivergence([0.3, 0.7], [0.3, 0.7])]).toEqual([0, 0]);
    expect(klDivergence([1, 0], [0, 1])).toBe(Number.POSITIVE_INFINITY);
    expect(klDivergence([1, 0], [0.5, 0.5])).toBeCloseTo(Math.LN2, 14);
    expect(jsDivergence([1, 0], [0, 1])).toBeCloseTo(Math.LN2, 14);
  });

  it('refuse what is not a distribution, and unequal sizes', () => {
    expect(() => klDivergence([0.5, 0.6], [0.5, 0.5])).toThrow('the target sums to 1.1, not 1');
    expect(() => jsDivergence([0.5, 0.5], [1.5, -0.5])).toThrow('the prediction has -0.5 at 1');
    expect(() => klDivergence([1], [0.5, 0.5])).toThrow('1 targets and 2 predictions');
    expect(() => jsDivergence([], [])).toThrow('JS divergence needs 1 value or more, got 0');
  });
});

describe('distances between samples', () => {
  for (const { a, b, statistic, p, wasserstein } of scipy.samples)
    it(`agree with SciPy for ${a.length} and ${b.length} values`, () => {
      const found = ksTest(a, b);
      expect(found.statistic).toBeCloseTo(statistic, 12);
      expect(found.p).toBeCloseTo(p, 10);
      expect(found.method).toBe('exact');
      expect(wasserstein1(a, b)).toBeCloseTo(wasserstein, 12);
    });

  it('are 0 between equal samples, whose p is 1', () => {
    const sample = [0.1, 0.2, 0.2, 0.9];
    expect(ksTest(sample, [...sample].reverse())).toEqual({ statistic: 0, p: 1, method: 'exact' });
    expect(wasserstein1(sample, [...sample].reverse())).toBe(0);
  });

  it('one value against one value is never significant', () => {
    expect(ksTest([0], [1])).toEqual({ statistic: 1, p: 1, method: 'exact' });
    expect(wasserstein1([0], [1])).toBe(1);
  });

  it('large samples go over to the limit law, near the exact one', () => {
    const at = (n: number, shift: number) => Float64Array.from({ length: n }, (_, i) => (i + 0.5) / n + shift);
    const exact = ksTest(at(990, 0), at(1000, 0.05));
    const limit = ksTest(at(1010, 0), at(1000, 0.05));
    expect([exact.method, limit.method]).toEqual(['exact', 'asymptotic']);
    expect(limit.p / exact.p).toBeGreaterThan(0.85);
    expect(limit.p / exact.p).toBeLessThan(1.25);
    // Near P(K > 1.3581) = .05, where one term of the series is enough.
    const tabled = ksTest(at(2000, 0), at(2000, 0.04295));
    expect(tabled.statistic * Math.sqrt(1000)).toBeCloseTo(1.3598, 3);
    expect(tabled.p).toBeCloseTo(2 * Math.exp(-2 * 1.3598 ** 2), 5);
  });

  it('the distance of shifted samples is the shift, whatever their sizes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 1, max: 3 }),
        (values, shift, copies) => {
          const moved = Array.from({ length: copies }, () => values.map((value) => value + shift)).flat();
          expect(wasserstein1(values, moved)).toBeCloseTo(shift, 9);
          const { statistic, p } = ksTest(values, moved);
          expect(statistic).toBeLessThanOrEqual(1);
          expect(p > 0 && p <= 1).toBe(true);
          expect(ksTest(moved, values).p).toBeCloseTo(p, 10);
        },
      ),
      { numRuns: 100, seed: 1 },
    );
  });

  it('refuse empty samples and what is no number', () => {
    expect(() => ksTest([], [1])).toThrow('the first sample is empty');
    expect(() => wasserstein1([1], [])).toThrow('the second sample is empty');
    expect(() => ksTest([1], [Number.NaN])).toThrow('the second sample has NaN at 0');
    expect(() => wasserstein1([Number.POSITIVE_INFINITY], [1])).toThrow('the first sample has Infinity');
  });
});
