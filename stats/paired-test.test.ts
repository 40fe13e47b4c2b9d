import { describe, expect, it } from 'vitest';
import { sequence } from '../env/random.ts';
import { pairedTest } from './paired-test.ts';
import { signFlipTest } from './significance.ts';

const ones = (values: readonly number[]) => values.map(() => 1);

describe('a paired test', () => {
  // Darwin's heights of maize, crossed minus self-fertilised, in eighths of an inch; Fisher 1935, section 21.
  const darwin = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];

  it('has the p of the sign-flip test, and an interval with 0 outside exactly where it rejects', () => {
    const found = pairedTest(darwin, ones(darwin), { seed: 1, resamples: 2 ** 15 });
    expect(found).toMatchObject({ p: 1726 / 32768, exact: true });
    expect(found.value).toBeCloseTo(314 / 15, 12);
    // p is .0527.
    expect(found.interval(0.05).lower).toBeLessThanOrEqual(0);
    expect(found.interval(0.053).lower).toBeGreaterThan(0);
  });

  it('has bounds that the test of the differences from them confirms', () => {
    const { interval } = pairedTest(darwin, ones(darwin), { seed: 1, resamples: 2 ** 15 });
    const p = (from: number) =>
      signFlipTest(
        darwin.map((value) => value - from),
        { seed: 1, resamples: 2 ** 15 },
      ).p;
    const { lower, upper } = interval(0.05);
    for (const [inside, outside] of [
      [lower + 1e-6, lower - 1e-6],
      [upper - 1e-6, upper + 1e-6],
    ] as const) {
      expect(p(inside)).toBeGreaterThan(0.05);
      expect(p(outside)).toBeLessThanOrEqual(0.05);
    }
  });

  it('agrees with its own interval at every level, whatever the counts', () => {
    const random = sequence(3, 'resampling');
    for (let r = 0; r < 40; r++) {
      const n = 5 + Math.floor(random() * 40);
      const counts = Array.from({ length: n }, () => 1 + Math.floor(random() * 4));
      const sums = counts.map((count) => count * (random() - 0.5 + 0.15));
      const found = pairedTest(sums, counts, { seed: r, resamples: 999 });
      for (const level of [0.05, 0.05 / 6, found.p]) {
        const { lower, upper } = found.interval(level);
        expect(lower > 0 || upper < 0, `${r} ${level}`).toBe(found.p <= level);
      }
    }
  });

  it('covers the true mean as often as it says', () => {
    const random = sequence(5, 'resampling');
    let missed = 0;
    for (let r = 0; r < 400; r++) {
      const values = Array.from({ length: 30 }, () => random() + random());
      const { lower, upper } = pairedTest(values, ones(values), { seed: r, resamples: 399 }).interval(0.1);
      if (lower > 1 || upper < 1) missed++;
    }
    // 40 expected with a standard deviation of 6.
    expect(missed).toBeGreaterThan(20);
    expect(missed).toBeLessThan(62);
  });

  it('of few pairs rejects nothing, and of equal ones has no width', () => {
    expect(pairedTest([0.3], [1], { seed: 1 })).toMatchObject({ p: 1, exact: true });
    expect(pairedTest([0.3], [1], { seed: 1 }).interval(0.05)).toEqual({ lower: -Infinity, upper: Infinity });
    const none = new Array(20).fill(0);
    expect(pairedTest(none, ones(none), { seed: 1 }).interval(0.05)).toEqual({ lower: 0, upper: 0 });
    // A unit that does not count takes part in nothing.
    expect(pairedTest([1, 2, 3, 4, 0], [1, 1, 1, 1, 0], { seed: 1 })).toMatchObject({ p: 0.125, value: 2.5 });
    expect(() => pairedTest([0], [0], { seed: 1 })).toThrow('1 unit or more that counts, got 0');
  });
});
