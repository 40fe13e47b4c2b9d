import { describe, expect, it } from 'vitest';
import { fQuantile, fSurvival } from './f-distribution.ts';
import scipy from './fixtures/statistics-scipy.json' with { type: 'json' };

describe('the F distribution', () => {
  for (const { p, df1, df2, quantile, f, survival } of scipy.f)
    it(`agrees with SciPy at ${df1} and ${df2} degrees of freedom`, () => {
      expect(fQuantile(p, df1, df2) / quantile).toBeCloseTo(1, 8);
      expect(fSurvival(f, df1, df2) / survival).toBeCloseTo(1, 8);
    });

  it('with 2 and 2 degrees of freedom is f / (1 + f)', () => {
    for (const f of [0.01, 0.5, 1, 3, 200]) expect(fSurvival(f, 2, 2)).toBeCloseTo(1 / (1 + f), 13);
    expect(fQuantile(0.9, 2, 2)).toBeCloseTo(9, 10);
  });

  it('has nothing above infinity and everything above 0', () => {
    expect([fSurvival(0, 3, 4), fSurvival(Number.POSITIVE_INFINITY, 3, 4)]).toEqual([1, 0]);
  });

  it('refuses what is no argument', () => {
    expect(() => fQuantile(1, 3, 4)).toThrow('between 0 and 1, got 1');
    expect(() => fQuantile(0.5, 0, 4)).toThrow('1 or more, got 0');
    expect(() => fSurvival(-1, 3, 4)).toThrow('0 or more, got -1');
  });
});
