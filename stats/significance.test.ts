import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { twoSidedTail } from '../env/false-alarm.test-support.ts';
import { sequence } from '../env/random.ts';
import scipy from './fixtures/statistics-scipy.json' with { type: 'json' };
import { holm, signFlipTest } from './significance.ts';

describe('Holm’s adjusted p-values', () => {
  it('are those of R’s p.adjust(p, "holm")', () => {
    const close = (found: number[], expected: number[]) =>
      found.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i]!, 12);
      });
    close(holm([0.01, 0.02, 0.03, 0.04, 0.05]), [0.05, 0.08, 0.09, 0.09, 0.09]);
    close(holm([0.9, 0.001, 0.5]), [1, 0.003, 1]);
    expect(holm([0.2])).toEqual([0.2]);
    expect(holm([])).toEqual([]);
  });

  it('are the closed test of Bonferroni tests: the largest p over all sets of hypotheses that one belongs to', () => {
    const p = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(p, (values) => {
        const subsets = Array.from({ length: 2 ** values.length }, (_, bits) =>
          values.filter((_, i) => (bits >> i) & 1),
        );
        holm(values).forEach((adjusted, i) => {
          const closed = subsets
            .filter((_, bits) => (bits >> i) & 1)
            .map((subset) => Math.min(1, subset.length * Math.min(...subset)));
          expect(adjusted).toBeCloseTo(Math.max(...closed), 12);
        });
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  it('exist for probabilities only, and the message names the other value', () => {
    expect(() => holm([0.5, 1.5])).toThrow('value 1 is 1.5');
    expect(() => holm([Number.NaN])).toThrow('value 0 is NaN');
  });
});

/** Darwin's maize: heights of crossed minus self-fertilised plants, in eighths of an inch. Fisher 1935, section 17. */
const darwin = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];

describe('the sign-flip test', () => {
  it('finds the 1,726 of 32,768 assignments that Fisher counted for Darwin’s maize', () => {
    // Fisher 1935, section 21: 863 of the 32,768 reach the observed total on the one side, so 1,726 on both.
    expect(signFlipTest(darwin, { seed: 1, resamples: 2 ** 15 })).toEqual({ p: 1726 / 32768, exact: true });
  });

  it('drawn instead of counted, is near that', () => {
    const { p, exact } = signFlipTest(darwin, { seed: 1, resamples: 20_000 });
    expect(exact).toBe(false);
    const enumerated = 1726 / 32768;
    expect(twoSidedTail((p - enumerated) / Math.sqrt((enumerated * (1 - enumerated)) / 20_000))).toBeGreaterThan(1e-4);
  });

  for (const { name, differences, p } of scipy.signFlips)
    it(`agrees with SciPy on ${name}`, () => {
      expect(signFlipTest(differences, { seed: 1 }).exact).toBe(true);
      expect(signFlipTest(differences, { seed: 1 }).p).toBeCloseTo(p, 12);
    });

  it('is level: of symmetric differences one in twenty has a p of at most .05', () => {
    const random = sequence(4, 'sampling');
    let rejected = 0;
    for (let r = 0; r < 1000; r++) {
      const differences = Array.from({ length: 40 }, () => (random() - 0.5) ** 3);
      if (signFlipTest(differences, { seed: r, resamples: 199 }).p <= 0.05) rejected++;
    }
    expect(twoSidedTail((rejected - 50) / Math.sqrt(1000 * 0.05 * 0.95))).toBeGreaterThan(1e-4);
  });

  it('cannot tell what is equal, and never says 0', () => {
    expect(signFlipTest([0, 0, 0], { seed: 1 })).toEqual({ p: 1, exact: true });
    expect(signFlipTest([0.3], { seed: 1 })).toEqual({ p: 1, exact: true });
    const clear = Array.from({ length: 300 }, () => 1);
    expect(signFlipTest(clear, { seed: 1, resamples: 999 }).p).toBe(1 / 1000);
  });

  it('does not depend on zeros, nor on the sign of all', () => {
    const values = [0.3, -0.1, 0.2, 0.5];
    expect(signFlipTest([0, ...values, 0], { seed: 1 })).toEqual(signFlipTest(values, { seed: 1 }));
    expect(
      signFlipTest(
        values.map((v) => -v),
        { seed: 1 },
      ),
    ).toEqual(signFlipTest(values, { seed: 1 }));
  });

  it('is the same for the same seed', () => {
    const random = sequence(9, 'sampling');
    const values = Array.from({ length: 200 }, () => random() - 0.49);
    expect(signFlipTest(values, { seed: 2 })).toEqual(signFlipTest(values, { seed: 2 }));
    expect(signFlipTest(values, { seed: 2 }).p).not.toBe(signFlipTest(values, { seed: 3 }).p);
  });

  it('says what is wrong', () => {
    expect(() => signFlipTest([], { seed: 1 })).toThrow('needs 1 difference or more, got 0');
    expect(() => signFlipTest([1, Number.NaN], { seed: 1 })).toThrow('difference 1 is NaN');
    expect(() => signFlipTest([1], { seed: 1, resamples: 0 })).toThrow('1 resample or more, got 0');
  });
});
