import { describe, expect, it } from 'vitest';
import { iccHalfWidth, meanHalfWidth } from './half-widths.ts';
import { icc } from './icc.ts';

describe('half-widths', () => {
  it('of a mean, with and without an end of the population', () => {
    expect(meanHalfWidth(0.25, 400)).toBeCloseTo(0.0245, 6);
    expect(meanHalfWidth(0.25, 400, 400)).toBe(0);
    expect(meanHalfWidth(0.25, 1, 1)).toBe(0);
    expect(meanHalfWidth(0.25, 100, 199)).toBeCloseTo(0.049 * Math.SQRT1_2, 5);
    expect(() => meanHalfWidth(0.25, 5, 4)).toThrow('expected n from 1 to 4, got 5');
  });

  it('of an intraclass correlation, as its interval has it', () => {
    // Shrout & Fleiss, 1979, table 2.
    const ratings = [
      [9, 2, 5, 8],
      [6, 1, 3, 2],
      [8, 4, 6, 8],
      [7, 1, 2, 6],
      [10, 5, 6, 9],
      [6, 2, 4, 7],
    ];
    const { value, lower, upper } = icc(ratings, 'ICC(1,1)');
    expect(iccHalfWidth(value!, 6, 4)).toBeCloseTo((upper! - lower!) / 2, 10);
    expect(() => iccHalfWidth(1, 6, 4)).toThrow(RangeError);
  });
});
