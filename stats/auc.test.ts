import { describe, expect, it } from 'vitest';
import { areaUnderCurve } from './auc.ts';

describe('the area under the ROC curve', () => {
  it('counts the pairs of a 1 and a 0 that are in order, ties half', () => {
    // Of 3 × 2 pairs: .9 above both, .5 above .2 and tied with .5, .1 above none: 2 + 1.5 + 0 of 6.
    expect(areaUnderCurve([1, 1, 1, 0, 0], [0.9, 0.5, 0.1, 0.5, 0.2])).toBeCloseTo(3.5 / 6, 14);
  });

  it('is a half for one answer to everything, 1 and 0 for perfect order and its reverse', () => {
    expect(areaUnderCurve([0, 1, 1], [0.3, 0.3, 0.3])).toBe(0.5);
    expect(areaUnderCurve([0, 0, 1], [0.1, 0.2, 0.3])).toBe(1);
    expect(areaUnderCurve([1, 0, 0], [0.1, 0.2, 0.3])).toBe(0);
  });

  it('counts a row of weight 2 as two rows', () => {
    const weighted = areaUnderCurve([1, 0, 1, 0], [0.4, 0.5, 0.7, 0.1], [2, 1, 1, 3]);
    const repeated = areaUnderCurve([1, 1, 0, 1, 0, 0, 0], [0.4, 0.4, 0.5, 0.7, 0.1, 0.1, 0.1]);
    expect(weighted).toBeCloseTo(repeated, 14);
  });

  it('is not defined without both outcomes, and refuses probabilities as outcomes', () => {
    expect(areaUnderCurve([1, 1], [0.2, 0.4])).toBeNaN();
    expect(() => areaUnderCurve([0.5, 1], [0.2, 0.4])).toThrow('row 0 has 0.5');
  });
});
