import { describe, expect, it } from 'vitest';
import { signTest, wilcoxonSignedRank } from './paired-ranks.ts';

describe('rank tests of paired differences', () => {
  it('the sign test is exact, and two-sided', () => {
    // 2 (C(10, 9) + C(10, 10)) / 2^10, and the whole law where both sides are alike.
    expect(signTest([1, 1, 1, 1, 1, 1, 1, 1, 1, -1, 0]).p).toBeCloseTo(22 / 1024, 12);
    expect(signTest([1, -1]).p).toBe(1);
    expect(signTest([0, 0])).toEqual({ n: 0, p: 1 });
    expect(signTest(Array.from({ length: 5000 }, () => 1)).p).toBe(0);
  });

  it('the signed-rank test takes the sum of signed ranks for normal, with shared ranks where sizes are equal', () => {
    const differences = [1.83, 0.5, -1.62, 2.48, 1.68, 1.88, 1.55, -3.06, 1.3, 0.878];
    // Signed ranks sum to 25, their squares to 385: erfc(25 / sqrt(385) / sqrt(2)).
    expect(wilcoxonSignedRank(differences).p).toBeCloseTo(0.202622, 6);
    expect(wilcoxonSignedRank([2, 2, -2, 4]).n).toBe(4);
    // Ranks 2, 2, −2, 4: erfc(6 / sqrt(28) / sqrt(2)).
    expect(wilcoxonSignedRank([2, 2, -2, 4]).p).toBeCloseTo(0.25684, 6);
  });
});
