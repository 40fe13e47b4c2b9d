import { describe, expect, it } from 'vitest';
import { sequence } from '../env/random.ts';
import { weightedSample } from './weighted-sample.ts';

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
