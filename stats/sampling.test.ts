import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sequence } from '../env/random.ts';
import { systematicSample, weightedSample } from './sampling.ts';

describe('weightedSample', () => {
  it('draws first what u^(1/w) says: with u = .5 for all, the heaviest first', () => {
    expect([...weightedSample([1, 3, 2], 3, () => 0.5)]).toEqual([1, 2, 0]);
  });

  it('draws the first item with a chance proportional to its weight', () => {
    const random = sequence(1, 'resampling');
    const counts = [0, 0, 0];
    for (let i = 0; i < 6000; i++) counts[weightedSample([1, 2, 3], 1, random)[0]!]!++;
    // Five standard deviations of a binomial count are at most 194.
    [1000, 2000, 3000].forEach((expected, i) => {
      expect(Math.abs(counts[i]! - expected)).toBeLessThan(194);
    });
  });

  it('draws each item once, an item without weight last, and no more than there are', () => {
    const random = sequence(2, 'resampling');
    for (let i = 0; i < 50; i++) {
      const drawn = [...weightedSample([0, 1e-300, 5, 1e300], 9, random)];
      expect(drawn.at(-1)).toBe(0);
      expect(drawn.sort()).toEqual([0, 1, 2, 3]);
    }
    expect([...weightedSample([], 3, random)]).toEqual([]);
  });

  it('refuses a weight below 0 and none at all, saying where', () => {
    expect(() => weightedSample([1, -1], 1, () => 0.5)).toThrow('a weight is 0 or more, got -1 at 1');
    expect(() => weightedSample([Number.NaN], 1, () => 0.5)).toThrow('got NaN at 0');
  });
});

describe('systematicSample', () => {
  it('gives whole shares exactly, whatever the start', () => {
    for (const start of [0, 0.3, 0.999]) expect([...systematicSample([1, 0, 3], 4, start)]).toEqual([1, 0, 3]);
  });

  it('has the share as the mean over starts', () => {
    const starts = Array.from({ length: 1000 }, (_, i) => (i + 0.5) / 1000);
    const drawn = starts.reduce((sum, start) => sum + systematicSample([1, 2], 2, start)[0]!, 0);
    expect(drawn / starts.length).toBeCloseTo(2 / 3, 2);
  });

  it('draws m in all, each item within 1 of its share', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        weights.filter((all) => all.some((weight) => weight > 0)),
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (all, m, start) => {
          const counts = systematicSample(all, m, start);
          const total = all.reduce((sum, weight) => sum + weight, 0);
          expect(counts.reduce((sum, count) => sum + count, 0)).toBe(m);
          counts.forEach((count, i) => {
            expect(Math.abs(count - (m * all[i]!) / total)).toBeLessThan(1 + 1e-9);
          });
        },
      ),
      { numRuns: 200 },
    );
  });
});
