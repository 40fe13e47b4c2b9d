import { describe, expect, it } from 'vitest';
import { sequence } from '../env/random.ts';
import { ratioOfGroups } from './random-groups.ts';
import { meanWithInterval } from './t-intervals.ts';

describe('a ratio of groups', () => {
  it('of equal size has the t interval of their means', () => {
    const { mean, interval } = meanWithInterval([0.1, 0.3, 0.2, 0.4]);
    const groups = ratioOfGroups([1, 3, 2, 4], [10, 10, 10, 10]);
    expect(groups.mean).toBeCloseTo(mean, 12);
    expect(groups.interval.lower).toBeCloseTo(interval.lower, 12);
    expect(groups.interval.upper).toBeCloseTo(interval.upper, 12);
  });

  it('lies in its range, says nothing of nobody, and no interval of one group', () => {
    expect(ratioOfGroups([0, 4], [4, 4]).interval).toEqual({ lower: 0, upper: 1 });
    expect(ratioOfGroups([0, 0], [0, 0]).mean).toBeNaN();
    expect(ratioOfGroups([1, 0], [4, 0])).toEqual({ mean: 0.25, interval: { lower: Number.NaN, upper: Number.NaN } });
    expect(() => ratioOfGroups([1], [1, 2])).toThrow(RangeError);
  });

  // Each person counts ten times over, so that a person's numbers depend on each other as much as they can.
  it('holds the truth in 95 of 100 populations, also where one person counts many times', () => {
    let held = 0;
    for (let seed = 0; seed < 300; seed++) {
      const random = sequence(seed, 'sampling');
      const [above, below] = [new Float64Array(64), new Float64Array(64)];
      for (let person = 0; person < 500; person++) {
        const g = Math.floor(64 * random());
        below[g]! += 10;
        if (random() < 0.3) above[g]! += 10;
      }
      const { interval } = ratioOfGroups(above, below);
      if (interval.lower <= 0.3 && 0.3 <= interval.upper) held++;
    }
    expect(held).toBeGreaterThan(272);
    expect(held).toBeLessThan(298);
  });
});
