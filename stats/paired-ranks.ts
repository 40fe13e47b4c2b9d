import { fSurvival } from './f-distribution.ts';

/** A two-sided test of differences that should lie as often above 0 as below. */
export interface RankTest {
  /** Differences other than 0. */
  readonly n: number;
  readonly p: number;
}

/**
 * Sign test: how seldom independent differences would lie on one side of 0 as often as these, if each side were equally
 * likely; exact. Arbuthnott, "An argument for divine providence", 1710; Dixon & Mood 1946.
 * @param differences shape [n]; those of 0 are left out
 * @returns p of 1 if none is left
 * @example signTest([1, 2, 3, 4, 5]) // => { n: 5, p: 0.0625 }
 */
export function signTest(differences: ArrayLike<number>): RankTest {
  const values = Array.from(differences).filter((value) => value !== 0);
  const n = values.length;
  if (n === 0) return { n, p: 1 };
  const above = values.filter((value) => value > 0).length;
  const most = Math.max(above, n - above);
  // Logarithms of binomial coefficients, from C(n, n) down.
  let log = 0;
  let tail = Math.exp(-n * Math.LN2);
  for (let k = n; k > most; k--) {
    log += Math.log(k) - Math.log(n - k + 1);
    tail += Math.exp(log - n * Math.LN2);
  }
  return { n, p: Math.min(1, 2 * tail) };
}

/**
 * Wilcoxon's signed-rank test that independent differences are symmetric about 0, by the normal approximation with ties
 * accounted for. Wilcoxon, "Individual comparisons by ranking methods", 1945; ties: Conover 1999, section 5.7.
 * @param differences shape [n]; those of 0 are left out
 * @returns p of 1 if none is left
 */
export function wilcoxonSignedRank(differences: ArrayLike<number>): RankTest {
  const values = Array.from(differences)
    .filter((value) => value !== 0)
    .sort((a, b) => Math.abs(a) - Math.abs(b));
  const n = values.length;
  if (n === 0) return { n, p: 1 };
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < n; ) {
    let end = i + 1;
    while (end < n && Math.abs(values[end]!) === Math.abs(values[i]!)) end++;
    // Ranks i + 1 to end, shared.
    const rank = (i + 1 + end) / 2;
    for (; i < end; i++) {
      sum += Math.sign(values[i]!) * rank;
      squares += rank * rank;
    }
  }
  return { n, p: Math.min(1, fSurvival(sum ** 2 / squares, 1, 1e9)) };
}
