import { describe, expect, it } from 'vitest';
import { sequence } from '../../env/random.ts';
import { pearson } from '../../stats/correlation.ts';
import { rSquared } from '../../stats/errors.ts';
import scipy from '../../stats/fixtures/statistics-scipy.json' with { type: 'json' };
import { difference, lossDifferences, rowLosses, score } from './score.ts';

const random = sequence(5, 'sampling');
const target = Float64Array.from({ length: 200 }, () => random());
/** Every row a state of its own. */
const apart = Uint32Array.from(target.keys());
const squares = (predicted: Float64Array) => rowLosses('mse', target, predicted, 1);
const gap = (a: Float64Array, b: Float64Array, seed: number) =>
  difference(lossDifferences(squares(a), squares(b), apart), seed);
const noisy = (spread: number) => target.map((t) => Math.min(1, Math.max(0, t + spread * (random() - 0.5))));

describe('score', () => {
  it('has intervals around its values', () => {
    const found = score(target, noisy(0.3), apart, { seed: 1 });
    expect(found.n).toBe(200);
    for (const name of ['mse', 'mae', 'r2', 'pearson'] as const) {
      expect(found.intervals[name].lower, name).toBeLessThan(found[name]);
      expect(found.intervals[name].upper, name).toBeGreaterThan(found[name]);
    }
  });

  it('has the intervals that SciPy’s percentile bootstrap of pairs has', () => {
    const { target: t, predicted: p, intervals } = scipy.bootstrap;
    const found = score(Float64Array.from(t), Float64Array.from(p), Uint32Array.from(t.keys()), { seed: 1 }).intervals;
    for (const name of ['mse', 'mae', 'r2', 'pearson', 'bias'] as const) {
      const [lower, upper] = intervals[name] as [number, number];
      // A bound of 1,000 resamples is itself uncertain by some hundredths of the interval's width.
      expect(Math.abs(found[name].lower - lower) / (upper - lower), name).toBeLessThan(0.1);
      expect(Math.abs(found[name].upper - upper) / (upper - lower), name).toBeLessThan(0.1);
    }
  });

  it('resamples the very statistics that it reports: with one state repeated, the interval is the value', () => {
    const t = Float64Array.of(0.2, 0.9, 0.4);
    const p = Float64Array.of(0.3, 0.7, 0.5);
    // One state of three probabilities: every resample is the state itself.
    const found = score(t, p, Uint32Array.of(0), { seed: 1 });
    expect(found.n).toBe(1);
    expect(found.intervals.mse.lower).toBeCloseTo(found.mse, 14);
    expect(found.intervals.mae.upper).toBeCloseTo(found.mae, 14);
    expect(found.intervals.r2.lower).toBeCloseTo(rSquared(t, p), 12);
    expect(found.intervals.pearson.upper).toBeCloseTo(pearson(t, p), 12);
  });

  it('of a constant prediction has errors, and no correlation nor an interval of one', () => {
    const found = score(
      target,
      target.map(() => 0.1),
      apart,
      { seed: 1 },
    );
    expect([found.pearson, found.spearman, found.intervals.pearson.lower]).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
    expect(found.r2).toBeLessThan(0);
  });

  it('of predictions of exactly 0 and 1 stays finite', () => {
    const found = score(Float64Array.of(0.5, 0.5), Float64Array.of(0, 1), Uint32Array.of(0, 1), { seed: 1 });
    expect(found.kl).toBeGreaterThan(5);
    expect(Number.isFinite(found.kl) && Number.isFinite(found.bce)).toBe(true);
  });

  it('resamples a state with all of its rows: rows in other orders of one state are no new evidence', () => {
    const predicted = noisy(0.3);
    const twice = (values: Float64Array) => Float64Array.from([...values, ...values]);
    const once = score(target, predicted, apart, { seed: 1 });
    const again = score(twice(target), twice(predicted), Uint32Array.from([...apart, ...apart]), { seed: 1 });
    expect(again.n).toBe(400);
    for (const name of ['mse', 'mae', 'r2', 'pearson', 'bias'] as const) {
      expect(again.intervals[name].lower, name).toBeCloseTo(once.intervals[name].lower, 12);
      expect(again.intervals[name].upper, name).toBeCloseTo(once.intervals[name].upper, 12);
    }
  });

  it('is the same for the same seed', () => {
    const predicted = noisy(0.2);
    expect(score(target, predicted, apart, { seed: 3 })).toEqual(score(target, predicted, apart, { seed: 3 }));
    expect(score(target, predicted, apart, { seed: 3 }).intervals).not.toEqual(
      score(target, predicted, apart, { seed: 4 }).intervals,
    );
  });
});

describe('the paired difference of two models', () => {
  it('lies wholly below 0 where the first is clearly better, above where it is worse', () => {
    const [good, bad] = [noisy(0.1), noisy(0.6)];
    expect(gap(good, bad, 1).upper).toBeLessThan(0);
    expect(gap(bad, good, 1).lower).toBeGreaterThan(0);
  });

  it('is 0 between a model and itself', () => {
    const predicted = noisy(0.2);
    expect(gap(predicted, predicted, 1)).toEqual({ value: 0, lower: 0, upper: 0 });
  });

  it('is a mean over rows where states have unequally many', () => {
    const [a, b] = [Float64Array.of(0.36, 0, 0), Float64Array.of(0, 0.09, 0.09)];
    const found = lossDifferences(a, b, Uint32Array.of(0, 1, 1));
    expect([...found.counts]).toEqual([1, 2]);
    expect(difference(found, 1).value).toBeCloseTo((0.36 - 0.09 - 0.09) / 3, 14);
  });

  it('is undefined without a state that both answered', () => {
    const none = new Float64Array(0);
    expect(difference(lossDifferences(none, none, new Uint32Array(0)), 1).value).toBeNaN();
  });

  it('includes 0 for models that are equally good', () => {
    const { lower, upper } = gap(noisy(0.2), noisy(0.2), 1);
    expect(lower).toBeLessThan(0);
    expect(upper).toBeGreaterThan(0);
  });
});

describe('losses of rows', () => {
  it('are the mean of squared errors, or −ln P of what was taken, of three actions by hand', () => {
    // Labels: the default action, and the second of the others.
    const [t, p] = [Float64Array.of(0, 0, 0, 1), Float64Array.of(0.2, 0.3, 0.5, 0.4)];
    const rounded = (values: Float64Array) => Array.from(values, (value) => Number(value.toFixed(12)));
    expect(rounded(rowLosses('mse', t, p, 2))).toEqual([0.065, 0.305]);
    expect(rounded(rowLosses('log_loss', t, p, 2))).toEqual(rounded(Float64Array.of(-Math.log(0.5), -Math.log(0.4))));
  });
});
