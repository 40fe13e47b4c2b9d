import { quantileSorted } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import { sequence } from '../env/random.ts';
import { bootstrap, quantile } from './bootstrap.ts';
import scipy from './fixtures/statistics-scipy.json' with { type: 'json' };

const meanOf = (values: ArrayLike<number>) => (rows: Uint32Array) => {
  let sum = 0;
  for (const row of rows) sum += values[row]!;
  return [sum / rows.length];
};

describe('bootstrap', () => {
  it('gives the same interval for the same seed and another for another', () => {
    const values = Array.from({ length: 50 }, (_, i) => (i * 37) % 50);
    const [first] = bootstrap(50, meanOf(values), { seed: 3 });
    expect(bootstrap(50, meanOf(values), { seed: 3 })).toEqual([first]);
    expect(bootstrap(50, meanOf(values), { seed: 4 })).not.toEqual([first]);
  });

  it('is as wide for a mean as the normal theory says', () => {
    const random = sequence(1, 'sampling');
    const values = Array.from({ length: 400 }, () => random());
    const [interval] = bootstrap(400, meanOf(values), { seed: 1, resamples: 4000 });
    // The standard error of a mean of 400 uniforms is √(1/12) / 20.
    expect((interval!.upper - interval!.lower) / (2 * 1.96 * (Math.sqrt(1 / 12) / 20))).toBeCloseTo(1, 1);
  });

  it('covers the true mean in about 95 of 100 samples', () => {
    const random = sequence(2, 'sampling');
    let covered = 0;
    for (let r = 0; r < 300; r++) {
      const values = Array.from({ length: 60 }, () => random());
      const [interval] = bootstrap(60, meanOf(values), { seed: r, resamples: 300 });
      if (interval!.lower <= 0.5 && interval!.upper >= 0.5) covered++;
    }
    // 4 standard errors of a share of .95 in 300 draws, and the percentile interval's known shortfall.
    expect(covered / 300).toBeGreaterThan(0.89);
    expect(covered / 300).toBeLessThanOrEqual(1);
  });

  it('resamples two statistics together, so that their difference is paired', () => {
    const values = Array.from({ length: 30 }, (_, i) => i);
    const [difference] = bootstrap(
      30,
      (rows) => [meanOf(values.map((v) => v + 1))(rows)[0]! - meanOf(values)(rows)[0]!],
      { seed: 1 },
    );
    expect(difference!.lower).toBeCloseTo(1, 12);
    expect(difference!.upper).toBeCloseTo(1, 12);
  });

  it('leaves out resamples without a value, and says NaN where none had one', () => {
    expect(bootstrap(3, () => [Number.NaN, 2], { seed: 1 })).toEqual([
      { lower: Number.NaN, upper: Number.NaN },
      { lower: 2, upper: 2 },
    ]);
  });

  it('one row has an interval of no width', () => {
    expect(bootstrap(1, meanOf([0.3]), { seed: 1 })).toEqual([{ lower: 0.3, upper: 0.3 }]);
  });

  it('says what is wrong', () => {
    expect(() => bootstrap(0, () => [0], { seed: 1 })).toThrow('1 row or more, got 0');
    expect(() => bootstrap(1, () => [0], { seed: 1, resamples: 0 })).toThrow('1 resample or more, got 0');
    expect(() => bootstrap(1, () => [0], { seed: 1, confidence: 1 })).toThrow('a confidence of 1');
    expect(() => bootstrap(1, () => [0], { seed: -1 })).toThrow('a seed is an integer');
  });

  it('quantiles agree with NumPy', () => {
    for (const { target, quantiles } of scipy.predictions) {
      const sorted = Float64Array.from(target).sort();
      [0, 0.025, 0.4, 0.975, 1].forEach((p, i) => {
        expect(quantile(sorted, p)).toBeCloseTo(quantiles[i]!, 14);
      });
    }
    expect(quantile([7], 0.3)).toBe(quantileSorted([7], 0.3));
  });
});
