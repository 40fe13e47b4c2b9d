import fc from 'fast-check';
import { expect, it } from 'vitest';
import { holm } from './holm.ts';

it('is what R’s p.adjust(p, "holm") gives', () => {
  const close = (found: number[], expected: number[]) =>
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 12);
    });
  close(holm([0.01, 0.02, 0.03, 0.04, 0.05]), [0.05, 0.08, 0.09, 0.09, 0.09]);
  close(holm([0.9, 0.001, 0.5]), [1, 0.003, 1]);
  expect(holm([0.2])).toEqual([0.2]);
  expect(holm([])).toEqual([]);
});

it('is the closed test of Bonferroni tests: the largest p over all sets of hypotheses that one belongs to', () => {
  const p = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(p, (values) => {
      const subsets = Array.from({ length: 2 ** values.length }, (_, bits) => values.filter((_, i) => (bits >> i) & 1));
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

it('says what is no probability', () => {
  expect(() => holm([0.5, 1.5])).toThrow('value 1 is 1.5');
  expect(() => holm([Number.NaN])).toThrow('value 0 is NaN');
});
