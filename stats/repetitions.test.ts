import fc from 'fast-check';
import { sampleStandardDeviation, standardDeviation as standardDeviationOfSimple } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import scipy from './fixtures/statistics-scipy.json' with { type: 'json' };
import { icc } from './icc.ts';
import { mean, populationStandardDeviation, standardDeviation } from './moments.ts';
import { spearmanBrown } from './noise-ceiling.ts';
import { heaping, mard, meanCosineSimilarity } from './repetitions.ts';

describe('standard deviation', () => {
  it('agrees with NumPy and simple-statistics', () => {
    for (const { target, std, std1 } of scipy.predictions) {
      expect(populationStandardDeviation(target)).toBeCloseTo(std, 13);
      expect(standardDeviation(target)).toBeCloseTo(std1, 13);
      expect(standardDeviation(target)).toBeCloseTo(sampleStandardDeviation(target), 13);
      expect(populationStandardDeviation(target)).toBeCloseTo(standardDeviationOfSimple(target), 13);
    }
  });

  it('of equal values is 0, even where their mean rounds', () => {
    expect(standardDeviation([0.1, 0.1, 0.1])).toBe(0);
    expect(populationStandardDeviation([0.1, 0.1, 0.1])).toBe(0);
    expect(populationStandardDeviation([0.4])).toBe(0);
  });

  it('of too few values says how many there are', () => {
    expect(() => standardDeviation([1])).toThrow('2 values or more, got 1');
    expect(() => populationStandardDeviation([])).toThrow('1 value or more, got 0');
    expect(() => mean([])).toThrow('1 value or more, got 0');
  });
});

describe('mard', () => {
  it('is the mean over pairs of runs and prompts, by hand', () => {
    // Pairs (.2, .4), (.2, .3), (.4, .3) for the first prompt: 2/3, 2/5, 2/7; none for the second.
    expect(
      mard([
        [0.2, 0.5],
        [0.4, 0.5],
        [0.3, 0.5],
      ]),
    ).toBeCloseTo((2 / 3 + 2 / 5 + 2 / 7) / 6, 14);
  });

  it('counts two zeros as no difference and zero beside something as the largest, 2', () => {
    expect(mard([[0], [0]])).toBe(0);
    expect(mard([[0], [0.4]])).toBe(2);
  });

  it('says what is wrong', () => {
    expect(() => mard([[0.5]])).toThrow('2 runs or more, got 1');
    expect(() => mard([[], []])).toThrow('MARD needs 1 prompt or more, got 0');
    expect(() => mard([[0.1, 0.2], [0.1]])).toThrow('run 0 has 2 prompts, run 1 has 1');
    expect(() => mard([[0.1], [Number.NaN]])).toThrow('run 1, prompt 0 is NaN');
    expect(() => mard([[0.1], [-0.1]])).toThrow('run 1, prompt 0 is -0.1');
  });

  it('does not depend on the order of runs or on the unit', () => {
    const cell = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 4, maxLength: 4 }), { minLength: 2, maxLength: 5 }), (runs) => {
        const value = mard(runs);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(2);
        expect(mard([...runs].reverse().map((run) => run.map((x) => x / 100)))).toBeCloseTo(value, 12);
      }),
      { numRuns: 100, seed: 1 },
    );
  });
});

describe('mean cosine similarity', () => {
  it('agrees with SciPy’s pairwise distances', () => {
    expect(meanCosineSimilarity(scipy.vectors.vectors)).toBeCloseTo(scipy.vectors.cosine, 13);
  });

  it('is 1 for one direction, 0 for right angles, −1 for opposites, whatever the lengths', () => {
    expect(
      meanCosineSimilarity([
        [1, 2],
        [2, 4],
        [0.5, 1],
      ]),
    ).toBeCloseTo(1, 15);
    expect(
      meanCosineSimilarity([
        [3, 0],
        [0, 0.1],
      ]),
    ).toBeCloseTo(0, 15);
    expect(
      meanCosineSimilarity([
        [3, 0],
        [-1, 0],
      ]),
    ).toBeCloseTo(-1, 15);
  });

  it('says which vector has no direction or another width', () => {
    expect(() => meanCosineSimilarity([[1, 0]])).toThrow('2 vectors or more, got 1');
    expect(() => meanCosineSimilarity([[1, 0], [1]])).toThrow('vector 0 has 2 dimensions, vector 1 has 1');
    expect(() =>
      meanCosineSimilarity([
        [1, 0],
        [0, 0],
      ]),
    ).toThrow('vector 1 has length 0');
  });
});

describe('Spearman–Brown', () => {
  it('takes each ICC of single ratings to that of the mean of k', () => {
    for (const { ratings } of scipy.icc)
      for (const form of [1, 2, 3] as const)
        expect(spearmanBrown(icc(ratings, `ICC(${form},1)`).value!, ratings[0]!.length)).toBeCloseTo(
          icc(ratings, `ICC(${form},k)`).value!,
          12,
        );
  });

  it('keeps 1 and 0, and knows its pole', () => {
    expect([spearmanBrown(1, 7), spearmanBrown(0, 7)]).toEqual([1, 0]);
    expect(spearmanBrown(-0.5, 3)).toBe(Number.NEGATIVE_INFINITY);
    expect(() => spearmanBrown(0.5, 0)).toThrow('a positive number of answers, got 0');
    expect(() => spearmanBrown(1.1, 2)).toThrow('up to 1, got 1.1');
  });
});

describe('heaping', () => {
  it('is 1 where every value is round, 0 without preference, below 0 where round values are avoided', () => {
    const every = Array.from({ length: 100 }, (_, i) => i / 100);
    expect(heaping([0, 0.05, 0.35, 0.85, 1]).index).toBe(1);
    expect(heaping(every)).toEqual({ n: 100, share: 0.2, chance: 0.2, index: 0 });
    expect(heaping([0.01, 0.33]).index).toBeCloseTo(-0.25, 15);
  });

  it('rounds to the lattice first, so .3499999 counts as .35', () => {
    expect(heaping([0.3499999, 0.15000000000000002]).share).toBe(1);
  });

  it('says what is wrong', () => {
    expect(() => heaping([])).toThrow('1 value or more, got 0');
    expect(() => heaping([0.1, Number.NaN])).toThrow('value 1 is NaN');
    expect(() => heaping([0.1], 0.05, 0.02)).toThrow('not a multiple');
  });
});
