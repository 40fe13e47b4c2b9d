import { describe, expect, it } from 'vitest';
import { sequence } from '../env/random.ts';
import { icc, iccForms } from './icc.ts';
import { pooledIcc } from './pooled-icc.ts';

/** Shrout & Fleiss, "Intraclass correlations: uses in assessing rater reliability", 1979, table 2. */
const JUDGED = [
  [9, 2, 5, 8],
  [6, 1, 3, 2],
  [8, 4, 6, 8],
  [7, 1, 2, 6],
  [10, 5, 6, 9],
  [6, 2, 4, 7],
];

describe('a pooled ICC', () => {
  const once = { seed: 1, resamples: 1 };
  const moved = JUDGED.map((row) => row.map((cell) => 10 - 2 * cell));

  it('of one number, and of the same number twice, is the ICC of that number', () => {
    for (const variables of [[JUDGED], [JUDGED, JUDGED.map((row) => row.map((x) => 7 - x))]])
      for (const form of iccForms)
        expect(pooledIcc(variables, once)[form].value).toBeCloseTo(icc(JUDGED, form).value!, 12);
  });

  it('is the ratio of summed variances: each number counts by its variance, none by its mean', () => {
    // Two subjects, two ratings: within 1/2 and 2, between (2 × the squared distance of the means, halved) 8 and 2.
    const variables = [
      [
        [0, 1],
        [2, 3],
      ],
      [
        [100, 102],
        [101, 103],
      ],
    ];
    const between = (2 * 2 + 2 * 0.5) / 2;
    const within = (0.5 + 2) / 2;
    expect(pooledIcc(variables, once)['ICC(1,1)'].value).toBeCloseTo((between - within) / (between + within), 12);
    expect(pooledIcc([JUDGED, moved], once)['ICC(1,1)'].value).toBeCloseTo(icc(JUDGED, 'ICC(1,1)').value!, 12);
  });

  it('covers the true agreement by its interval about as often as it says', () => {
    const random = sequence(11, 'sampling');
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    // Two numbers that share most of their variance: (1 + .25) / (1 + .25 + .5 + .5).
    const truth = 1.25 / 2.25;
    const studies = 200;
    let covered = 0;
    for (let study = 0; study < studies; study++) {
      const variables: number[][][] = [[], []];
      for (let subject = 0; subject < 40; subject++) {
        const common = normal();
        for (const [v, scale] of [1, -0.5].entries())
          variables[v]!.push(Array.from({ length: 5 }, () => scale * common + Math.SQRT1_2 * normal()));
      }
      const { lower, upper } = pooledIcc(variables, { seed: study, resamples: 200 })['ICC(1,1)'];
      if (lower! <= truth && truth <= upper!) covered++;
    }
    // Percentiles of 40 subjects are a little narrow: 95 % less some, give or take three standard errors of 1.5 %.
    expect(covered / studies).toBeGreaterThan(0.88);
    expect(covered / studies).toBeLessThan(0.995);
  });

  it('is undefined, with the reason, if nothing varies', () => {
    const still = [JUDGED.map((row) => row.map(() => 1))];
    expect(pooledIcc(still, once)['ICC(1,1)']).toMatchObject({
      value: undefined,
      reason: 'no variance: all 24 ratings are equal',
    });
    expect(() => pooledIcc([JUDGED, JUDGED.slice(1)], once)).toThrow('6 and 5 subjects');
  });
});
