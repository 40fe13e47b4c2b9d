import fc from 'fast-check';
import { sampleCorrelation, sampleRankCorrelation } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import { expectedCalibrationError, reliability } from './calibration.ts';
import { pearson, ranks, spearman } from './correlation.ts';
import { bias, binaryCrossEntropy, mae, meanBernoulliKl, mse, rSquared } from './errors.ts';
import scipy from './fixtures/statistics-scipy.json' with { type: 'json' };

const statistics = {
  mse,
  mae,
  bias,
  r2: rSquared,
  pearson,
  spearman,
  ece: expectedCalibrationError,
  kl: meanBernoulliKl,
  bce: binaryCrossEntropy,
};

describe('statistics of targets and predictions', () => {
  for (const fixture of scipy.predictions)
    for (const [name, statistic] of Object.entries(statistics))
      it(`${name} agrees with SciPy and scikit-learn on ${fixture.name} values`, () => {
        expect(statistic(fixture.target, fixture.predicted)).toBeCloseTo(fixture[name as keyof typeof statistics], 12);
      });

  for (const { name, target, predicted, counts, meanTarget, meanPredicted, ...measures } of scipy.softLabels)
    it(`a label of .85 is 17 outcomes of 1 and 3 of 0: with ${name}, scikit-learn’s measures for outcomes agree`, () => {
      expect(binaryCrossEntropy(target, predicted)).toBeCloseTo(measures.bce, 12);
      expect(expectedCalibrationError(target, predicted)).toBeCloseTo(measures.ece, 12);
      const bins = reliability(target, predicted);
      expect(bins.map(({ n }) => n)).toEqual(counts);
      bins.forEach((bin, b) => {
        expect(bin.meanTarget).toBeCloseTo(meanTarget[b]!, 12);
        expect(bin.meanPredicted).toBeCloseTo(meanPredicted[b]!, 12);
      });
    });

  for (const [name, statistic] of Object.entries(statistics)) {
    it(`${name} of unequal lengths names both`, () => {
      expect(() => statistic([0.1, 0.2, 0.3], [0.1, 0.2])).toThrow(/3 targets and 2 predictions/);
    });
    it(`${name} of no values says so`, () => {
      expect(() => statistic([], [])).toThrow(RangeError);
    });
    it(`${name} reads typed arrays as it reads arrays`, () => {
      const [target, predicted] = [
        [0.25, 0.5, 0.75],
        [0.5, 0.5, 0.625],
      ];
      expect(statistic(Float64Array.from(target!), Float32Array.from(predicted!))).toBe(statistic(target!, predicted!));
    });
  }

  it('a perfect prediction has no error and full correlation', () => {
    const target = [0.1, 0.4, 0.9];
    expect([mse(target, target), mae(target, target), bias(target, target), meanBernoulliKl(target, target)]).toEqual([
      0, 0, 0, 0,
    ]);
    expect([rSquared(target, target), pearson(target, target), spearman(target, target)]).toEqual([1, 1, 1]);
    expect(expectedCalibrationError(target, target)).toBe(0);
  });

  it('one value has errors but no correlation', () => {
    expect(mse([0.2], [0.4])).toBeCloseTo(0.04, 15);
    expect(rSquared([0.2], [0.4])).toBeNaN();
    expect(pearson([0.2], [0.4])).toBeNaN();
    expect(spearman([0.2], [0.4])).toBeNaN();
  });

  it('a constant side has no correlation, even where its mean rounds', () => {
    expect(pearson([0.1, 0.1, 0.1], [0.1, 0.2, 0.3])).toBeNaN();
    expect(pearson([0.1, 0.2, 0.3], [0.1, 0.1, 0.1])).toBeNaN();
    expect(spearman([0.1, 0.2, 0.3], [0.7, 0.7, 0.7])).toBeNaN();
    expect(rSquared([0.1, 0.1, 0.1], [0.1, 0.1, 0.2])).toBeNaN();
  });

  it('R² is 0 for the targets’ own mean and negative for worse', () => {
    expect(rSquared([0, 0.5, 1], [0.5, 0.5, 0.5])).toBe(0);
    expect(rSquared([0, 0.5, 1], [1, 0.5, 0])).toBe(-3);
  });

  it('ties share the mean of their ranks', () => {
    expect([...ranks([0.3, 0.1, 0.3, 0.3, 0.2])]).toEqual([4, 1, 4, 4, 2]);
    expect([...ranks([])]).toEqual([]);
    for (const fixture of scipy.predictions) expect([...ranks(fixture.target)]).toEqual(fixture.ranks);
  });

  it('a prediction of 1 for something possible is infinitely surprising, for something certain not at all', () => {
    expect(binaryCrossEntropy([0.5], [1])).toBe(Number.POSITIVE_INFINITY);
    expect(binaryCrossEntropy([1, 0], [1, 0])).toBe(0);
    expect(() => binaryCrossEntropy([0.5], [1.2])).toThrow('row 0 has 1.2, not a probability');
  });

  it('reliability bins are closed on the left, the last on both sides', () => {
    expect(reliability([0.2, 0.4, 1], [0, 0.5, 1], 2)).toEqual([
      { from: 0, to: 0.5, n: 1, meanPredicted: 0, meanTarget: 0.2 },
      { from: 0.5, to: 1, n: 2, meanPredicted: 0.75, meanTarget: 0.7 },
    ]);
    expect(() => reliability([0.5], [0.5], 0)).toThrow('expected 1 bin or more, got 0');
    expect(() => reliability([0.5], [Number.NaN])).toThrow('row 0 has NaN');
  });

  it('correlations agree with simple-statistics on any values, and MSE is at least MAE squared', () => {
    const value = fc.integer({ min: 0, max: 20 }).map((i) => i / 20);
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { minLength: 3, maxLength: 40 }), (rows) => {
        const target = rows.map(([t]) => t);
        const predicted = rows.map(([, p]) => p);
        fc.pre(new Set(target).size > 1 && new Set(predicted).size > 1);
        expect(pearson(target, predicted)).toBeCloseTo(sampleCorrelation(target, predicted), 9);
        // simple-statistics breaks ties by position, so its rank correlation is one to compare only without ties.
        if (new Set(target).size === target.length && new Set(predicted).size === predicted.length)
          expect(spearman(target, predicted)).toBeCloseTo(sampleRankCorrelation(target, predicted), 9);
        expect(mse(target, predicted)).toBeGreaterThanOrEqual(mae(target, predicted) ** 2 - 1e-12);
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});
