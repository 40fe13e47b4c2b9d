import { describe, expect, it } from 'vitest';
import { committeeScores, squaredErrors } from './score.ts';

describe('squaredErrors', () => {
  it('is the mean over the actions but the first', () => {
    const errors = squaredErrors(Float64Array.of(0.5, 0.3, 0.2), Float64Array.of(0.6, 0, 0.4), 3);
    expect(errors[0]).toBeCloseTo((0.09 + 0.04) / 2, 15);
  });
});

describe('committeeScores', () => {
  it('tells members that err to both sides from their average, which does not err', () => {
    const members = [Float64Array.of(0.6, 0.4, 0.6, 0.4), Float64Array.of(0.4, 0.6, 0.4, 0.6)];
    const { single, average } = committeeScores(members, Float64Array.of(0.5, 0.5, 0.5, 0.5), 2, 1);
    expect(single.mse).toBeCloseTo(0.01, 15);
    expect(single.lower).toBeCloseTo(0.01, 15);
    expect(average).toMatchObject({ lower: expect.closeTo(0, 15), upper: expect.closeTo(0, 15) });
  });
});
