import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import scipy from './fixtures/statistics-scipy.json' with { type: 'json' };
import { type IccForm, icc, iccForms } from './icc.ts';

/** Shrout & Fleiss 1979, table 2: six targets rated by four judges. */
const SHROUT_FLEISS = [
  [9, 2, 5, 8],
  [6, 1, 3, 2],
  [8, 4, 6, 8],
  [7, 1, 2, 6],
  [10, 5, 6, 9],
  [6, 2, 4, 7],
];

describe('icc', () => {
  it('matches Shrout & Fleiss 1979, table 4, for all six forms', () => {
    expect(iccForms.map((form) => icc(SHROUT_FLEISS, form).value?.toFixed(2))).toEqual([
      '0.17',
      '0.29',
      '0.71',
      '0.44',
      '0.62',
      '0.91',
    ]);
  });

  // Revelle, psych: the documented output of ICC(sf), to the digits printed there.
  it.each([
    ['ICC(1,1)', 0.17, 1.8, 5, 18, 0.16477, -0.133, 0.72],
    ['ICC(2,1)', 0.29, 11.0, 5, 15, 0.00013, 0.019, 0.76],
    ['ICC(3,1)', 0.71, 11.0, 5, 15, 0.00013, 0.342, 0.95],
    ['ICC(1,k)', 0.44, 1.8, 5, 18, 0.16477, -0.884, 0.91],
    ['ICC(2,k)', 0.62, 11.0, 5, 15, 0.00013, 0.071, 0.93],
    ['ICC(3,k)', 0.91, 11.0, 5, 15, 0.00013, 0.676, 0.99],
  ] as const)(
    '%s of that table has the interval and F test that R’s psych publishes',
    (form, value, f, df1, df2, p, lower, upper) => {
      const found = icc(SHROUT_FLEISS, form);
      if (found.value === undefined) throw new Error(found.reason);
      expect(found.value).toBeCloseTo(value, 2);
      expect(found.f.toFixed(1)).toBe(f.toFixed(1));
      expect([found.df1, found.df2]).toEqual([df1, df2]);
      expect(found.p.toFixed(5)).toBe(p.toFixed(5));
      expect(found.lower.toFixed(3)).toBe(lower.toFixed(3));
      expect(found.upper.toFixed(2)).toBe(upper.toFixed(2));
    },
  );

  for (const [i, fixture] of scipy.icc.entries())
    it(`agrees with a derivation through variance components and SciPy’s F, table ${i}`, () => {
      for (const [form, [value, lower, upper, f, p]] of Object.entries(fixture.forms)) {
        const found = icc(fixture.ratings, form as IccForm);
        if (found.value === undefined) throw new Error(found.reason);
        expect(found.value, form).toBeCloseTo(value!, 10);
        expect(found.lower, form).toBeCloseTo(lower!, 8);
        expect(found.upper, form).toBeCloseTo(upper!, 8);
        expect(found.f / f!, form).toBeCloseTo(1, 10);
        expect(found.p / p!, form).toBeCloseTo(1, 8);
      }
    });

  it.each(iccForms)('%s of constant ratings is undefined for want of variance, not 1', (form) => {
    const found = icc(
      [
        [0.35, 0.35, 0.35],
        [0.35, 0.35, 0.35],
      ],
      form,
    );
    expect(found.value).toBeUndefined();
    expect(found).toMatchObject({ form, reason: 'no variance: all 6 ratings are equal' });
  });

  it.each(iccForms)('%s of repeats without any difference is 1 with a closed interval', (form) => {
    const found = icc(
      [
        [0.1, 0.1, 0.1],
        [0.7, 0.7, 0.7],
        [0.3, 0.3, 0.3],
      ],
      form,
    );
    expect(found).toMatchObject({ value: 1, lower: 1, upper: 1, f: Number.POSITIVE_INFINITY, p: 0 });
  });

  it('raters who differ by a constant agree in consistency and not absolutely', () => {
    const shifted = [
      [0.1, 0.3],
      [0.5, 0.7],
      [0.2, 0.4],
    ];
    expect(icc(shifted, 'ICC(3,1)').value).toBe(1);
    // Subjects' variance .0433…, raters' .02: their share.
    expect(icc(shifted, 'ICC(2,1)').value).toBeCloseTo(0.13 / 3 / (0.13 / 3 + 0.02), 12);
  });

  it('subjects who do not differ have consistency undefined and agreement 0', () => {
    const same = [
      [0.1, 0.2],
      [0.1, 0.2],
      [0.1, 0.2],
    ];
    expect(icc(same, 'ICC(3,1)')).toMatchObject({
      value: undefined,
      reason: 'no variance: all subjects have the same ratings',
    });
    expect(icc(same, 'ICC(2,1)').value).toBe(0);
    expect(icc(same, 'ICC(1,1)').value).toBeCloseTo(-1, 12);
  });

  it('says what is wrong with a table', () => {
    expect(() => icc([[1, 2, 3]], 'ICC(1,1)')).toThrow('2 subjects or more, got 1');
    expect(() => icc([], 'ICC(1,1)')).toThrow('2 subjects or more, got 0');
    expect(() => icc([[1], [2]], 'ICC(1,1)')).toThrow('2 ratings of each subject or more, got 1');
    expect(() =>
      icc(
        [
          [1, 2],
          [1, 2, 3],
        ],
        'ICC(1,1)',
      ),
    ).toThrow('subject 0 has 2 ratings, subject 1 has 3');
    expect(() =>
      icc(
        [
          [1, 2],
          [1, Number.NaN],
        ],
        'ICC(1,1)',
      ),
    ).toThrow('subject 1, rater 1 is NaN');
    expect(() => icc(SHROUT_FLEISS, 'ICC(4,1)' as IccForm)).toThrow(
      'unknown form of ICC: ICC(4,1) (known: ICC(1,1), ICC(2,1)',
    );
  });

  it('lies within its interval, at most 1, and does not depend on units or on the order of subjects', () => {
    const rating = fc.integer({ min: 0, max: 100 }).map((i) => i / 100);
    const table = fc
      .integer({ min: 2, max: 5 })
      .chain((k) => fc.array(fc.array(rating, { minLength: k, maxLength: k }), { minLength: 2, maxLength: 8 }));
    fc.assert(
      fc.property(table, fc.constantFrom(...iccForms), (ratings, form) => {
        const found = icc(ratings, form);
        const turned = icc(
          [...ratings].reverse().map((row) => row.map((cell) => 3 * cell + 1)),
          form,
        );
        if (found.value === undefined) return expect(turned.value).toBeUndefined();
        expect(found.value).toBeLessThanOrEqual(1);
        expect(found.lower).toBeLessThanOrEqual(found.value + 1e-9);
        expect(found.upper).toBeGreaterThanOrEqual(found.value - 1e-9);
        if (Number.isFinite(found.value)) expect(turned.value).toBeCloseTo(found.value, 6);
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});
