import { describe, expect, it } from 'vitest';
import { sequence } from '../env/random.ts';
import { difference, score } from './score.ts';
import { pearson } from './stats/pearson.ts';
import { rSquared } from './stats/r-squared.ts';

const random = sequence(5, 'sampling');
const target = Float64Array.from({ length: 200 }, () => random());
const noisy = (spread: number) => target.map((t) => Math.min(1, Math.max(0, t + spread * (random() - 0.5))));

describe('score', () => {
  it('has intervals around its values', () => {
    const found = score(target, noisy(0.3), 1, 1);
    expect(found.n).toBe(200);
    for (const name of ['mse', 'mae', 'r2', 'pearson'] as const) {
      expect(found.intervals[name].lower, name).toBeLessThan(found[name]);
      expect(found.intervals[name].upper, name).toBeGreaterThan(found[name]);
    }
  });

  it('resamples the very statistics that it reports: with one state repeated, the interval is the value', () => {
    const t = Float64Array.of(0.2, 0.9, 0.4);
    const p = Float64Array.of(0.3, 0.7, 0.5);
    // One state of three probabilities: every resample is the state itself.
    const found = score(t, p, 3, 1);
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
      1,
      1,
    );
    expect([found.pearson, found.spearman, found.intervals.pearson.lower]).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
    expect(found.r2).toBeLessThan(0);
  });

  it('of predictions of exactly 0 and 1 stays finite', () => {
    const found = score(Float64Array.of(0.5, 0.5), Float64Array.of(0, 1), 1, 1);
    expect(found.kl).toBeGreaterThan(5);
    expect(Number.isFinite(found.kl) && Number.isFinite(found.bce)).toBe(true);
  });

  it('is the same for the same seed', () => {
    const predicted = noisy(0.2);
    expect(score(target, predicted, 1, 3)).toEqual(score(target, predicted, 1, 3));
    expect(score(target, predicted, 1, 3).intervals).not.toEqual(score(target, predicted, 1, 4).intervals);
  });
});

describe('the paired difference of two models', () => {
  it('lies wholly below 0 where the first is clearly better, above where it is worse', () => {
    const [good, bad] = [noisy(0.1), noisy(0.6)];
    expect(difference(target, good, bad, 1, 1).upper).toBeLessThan(0);
    expect(difference(target, bad, good, 1, 1).lower).toBeGreaterThan(0);
  });

  it('is 0 between a model and itself', () => {
    const predicted = noisy(0.2);
    expect(difference(target, predicted, predicted, 1, 1)).toEqual({ value: 0, lower: 0, upper: 0 });
  });

  it('includes 0 for models that are equally good', () => {
    const { lower, upper } = difference(target, noisy(0.2), noisy(0.2), 1, 1);
    expect(lower).toBeLessThan(0);
    expect(upper).toBeGreaterThan(0);
  });
});
