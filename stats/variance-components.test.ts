import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sequence } from '../env/random.ts';
import { effectsOf, type Factor } from './factorial-design.ts';
import scipy from './fixtures/statistics-scipy.json' with { type: 'json' };
import { icc } from './icc.ts';
import { pooledVarianceComponents, varianceComponents } from './variance-components.ts';

const once = { seed: 1, resamples: 1 };
const table = (values: readonly number[], factors: readonly Factor[], options = once) =>
  Object.fromEntries(varianceComponents(values, factors, options).components.map((row) => [row.effect, row]));
const [persons, items, occasions] = [
  { name: 'p', levels: 10 },
  { name: 'i', levels: 4 },
  { name: 'o', levels: 2 },
];

/** Brennan, "Generalizability Theory", 2001: synthetic data sets 3 (table 3.1) and 4 (table 3.2), as published. */
const set3 = [
  [2, 6, 7, 5, 2, 5, 5, 5],
  [4, 5, 6, 7, 6, 7, 5, 7],
  [5, 5, 4, 6, 5, 4, 5, 5],
  [5, 9, 8, 6, 5, 7, 7, 6],
  [4, 3, 5, 6, 4, 5, 6, 4],
  [4, 4, 4, 7, 6, 4, 7, 8],
  [2, 6, 6, 5, 2, 7, 7, 5],
  [3, 4, 4, 5, 6, 6, 6, 4],
  [0, 5, 4, 5, 5, 5, 5, 3],
  [6, 8, 7, 6, 6, 8, 8, 6],
];
const set4 = [
  [5, 6, 5, 5, 5, 3, 4, 5, 6, 7, 3, 3],
  [9, 3, 7, 7, 7, 5, 5, 5, 7, 7, 5, 2],
  [3, 4, 3, 3, 5, 3, 3, 5, 6, 5, 1, 6],
  [7, 5, 5, 3, 3, 1, 4, 3, 5, 3, 3, 5],
  [9, 2, 9, 7, 7, 7, 3, 7, 2, 7, 5, 3],
  [3, 4, 3, 5, 3, 3, 6, 3, 4, 5, 1, 2],
  [7, 3, 7, 7, 7, 5, 5, 7, 5, 5, 5, 4],
  [5, 8, 5, 7, 7, 5, 5, 4, 3, 2, 1, 1],
  [9, 9, 8, 8, 6, 6, 6, 5, 5, 8, 1, 1],
  [4, 4, 4, 3, 3, 5, 6, 5, 5, 7, 1, 1],
];

describe('variance components', () => {
  it('match Brennan’s p × i × o (2001, synthetic data set 3): sums of squares, degrees of freedom and estimates', () => {
    const rows = table(set3.flat(), [persons!, occasions!, items!]);
    // Degrees of freedom, sum of squares, variance.
    const published = {
      p: [9, 62.2, 0.5528],
      i: [3, 37.45, 0.4417],
      o: [1, 3.2, 0.0074],
      'p × i': [27, 56.3, 0.575],
      'p × o': [9, 12.05, 0.1009],
      'o × i': [3, 7.5, 0.1565],
      'p × o × i': [27, 25.25, 0.9352],
    };
    expect(Object.keys(rows).sort()).toEqual(Object.keys(published).sort());
    for (const [effect, [df, squares, variance]] of Object.entries(published)) {
      expect(rows[effect]!.df, effect).toBe(df);
      expect(rows[effect]!.meanSquare * df!, effect).toBeCloseTo(squares!, 9);
      expect(rows[effect]!.variance, effect).toBeCloseTo(variance!, 4);
    }
  });

  it('match Brennan’s p × (r:t) (2001, synthetic data set 4), raters nested in tasks', () => {
    const rows = table(set4.flat(), [persons!, { name: 't', levels: 3 }, { name: 'r', levels: 4, nestedIn: ['t'] }]);
    const published = {
      p: [9, 10.2963, 0.4731],
      t: [2, 24.1, 0.3252],
      'r:t': [9, 8.8556, 0.6475],
      'p × t': [18, 4.6185, 0.5596],
      '(p × r):t': [81, 2.3802, 2.3802],
    };
    expect(Object.keys(rows).sort()).toEqual(Object.keys(published).sort());
    for (const [effect, [df, meanSquare, variance]] of Object.entries(published)) {
      expect(rows[effect]!.df, effect).toBe(df);
      expect(rows[effect]!.meanSquare, effect).toBeCloseTo(meanSquare!, 4);
      expect(rows[effect]!.variance, effect).toBeCloseTo(variance!, 4);
    }
  });

  it('are those by hand for repetitions nested in prompts, below 0 where prompts differ less than repetitions', () => {
    // Prompt means 2 and 6: MS(p) = 2 · 8 = 16; MS(r:p) = (2 + 2) / 2 = 2; (16 − 2) / 2 = 7.
    const r = { name: 'r', levels: 2, nestedIn: ['p'] };
    const found = varianceComponents([1, 3, 5, 7], [{ name: 'p', levels: 2 }, r], once);
    expect(found).toMatchObject({ observations: 4, total: 9 });
    expect(found.components.map(({ effect, df, meanSquare, variance }) => [effect, df, meanSquare, variance])).toEqual([
      ['p', 1, 16, 7],
      ['r:p', 2, 2, 2],
    ]);
    const less = varianceComponents([1, 5, 2, 4], [{ name: 'p', levels: 2 }, r], once);
    expect(less.components.map(({ variance, share }) => [variance, share])).toEqual([
      [-2.5, 0],
      [5, 1],
    ]);
    expect(less.total).toBe(5);
  });

  it('agree with the one-way and the two-way ICC', () => {
    for (const { ratings } of scipy.icc) {
      const [n, k] = [ratings.length, ratings[0]!.length];
      const prompts = { name: 'p', levels: n };
      const nested = table(ratings.flat(), [prompts, { name: 'r', levels: k, nestedIn: ['p'] }]);
      const one = icc(ratings, 'ICC(1,1)').value!;
      expect(nested.p!.variance / (nested.p!.variance + nested['r:p']!.variance)).toBeCloseTo(one, 12);
      const crossed = table(ratings.flat(), [prompts, { name: 'r', levels: k }]);
      const [p, r, rest] = [crossed.p!.variance, crossed.r!.variance, crossed['p × r']!.variance];
      expect(p / (p + r + rest)).toBeCloseTo(icc(ratings, 'ICC(2,1)').value!, 12);
      expect(p / (p + rest)).toBeCloseTo(icc(ratings, 'ICC(3,1)').value!, 12);
    }
  });

  it('of a nested design pool what a crossed one tells apart', () => {
    const crossed = table(set3.flat(), [persons!, occasions!, items!]);
    const nested = table(set3.flat(), [persons!, occasions!, { ...items!, nestedIn: ['p'] }]);
    const sum = (...effects: string[]) =>
      effects.reduce((total, e) => total + crossed[e]!.meanSquare * crossed[e]!.df, 0);
    expect(nested['i:p']!.df).toBe(30);
    expect(nested['i:p']!.meanSquare * 30).toBeCloseTo(sum('i', 'p × i'), 9);
    expect(nested['(o × i):p']!.meanSquare * 30).toBeCloseTo(sum('o × i', 'p × o × i'), 9);
    expect(nested.p!.meanSquare).toBeCloseTo(crossed.p!.meanSquare, 12);
  });

  it('leave no sum of squares over, whatever the design', () => {
    const designs: (readonly [number, number, string[]?])[][] = [
      [
        [4, 0],
        [3, 0],
        [2, 0],
      ],
      [
        [4, 0],
        [3, 0, ['A']],
        [2, 0],
      ],
      [
        [4, 0],
        [3, 0, ['A']],
        [2, 0, ['B']],
      ],
      [
        [3, 0],
        [2, 0],
        [2, 0, ['B']],
        [2, 0, ['A', 'B', 'C']],
      ],
    ];
    for (const design of designs) {
      const factors = design.map(([levels, , nestedIn], f) => ({
        name: 'ABCD'[f]!,
        levels,
        ...(nestedIn && { nestedIn }),
      }));
      const cells = factors.reduce((product, { levels }) => product * levels, 1);
      fc.assert(
        fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: cells, maxLength: cells }), (values) => {
          const { components } = varianceComponents(values, factors, once);
          const mean = values.reduce((sum, value) => sum + value, 0) / cells;
          const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
          expect(components.reduce((sum, { df, meanSquare }) => sum + df * meanSquare, 0)).toBeCloseTo(squares, 6);
          expect(components.reduce((sum, { df }) => sum + df, 0)).toBe(cells - 1);
        }),
        { numRuns: 20, seed: 1 },
      );
    }
  });

  it('are found where they are known: crossed with paraphrases, orders nested in prompts, repetitions', () => {
    const random = sequence(4, 'sampling');
    const normal = (sd: number) => sd * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const [n, k, o, r] = [400, 60, 4, 2];
    const paraphrases = Array.from({ length: k }, () => normal(2));
    const values: number[] = [];
    for (let p = 0; p < n; p++) {
      const prompt = normal(4);
      const each = paraphrases.map((effect) => effect + normal(1.5));
      for (let order = 0; order < o; order++) {
        const shown = normal(1);
        for (const effect of each) for (let rep = 0; rep < r; rep++) values.push(prompt + effect + shown + normal(3));
      }
    }
    const rows = table(values, [
      { name: 'prompt', levels: n },
      { name: 'order', levels: o, nestedIn: ['prompt'] },
      { name: 'paraphrase', levels: k },
      { name: 'run', levels: r, nestedIn: ['prompt', 'order', 'paraphrase'] },
    ]);
    // The variance, and three standard errors relative to it: √(2 / df) of the mean square.
    const planted = {
      prompt: [16, 0.22],
      paraphrase: [4, 0.55],
      'order:prompt': [1, 0.13],
      'prompt × paraphrase': [2.25, 0.05],
      'run:(prompt × order × paraphrase)': [9, 0.02],
    };
    for (const [effect, [variance, within]] of Object.entries(planted))
      expect(Math.abs(rows[effect]!.variance / variance! - 1), effect).toBeLessThan(within!);
    expect(Math.abs(rows['(order × paraphrase):prompt']!.variance)).toBeLessThan(0.1);
  });

  it('are 0, with no shares, where nothing varies, though means round', () => {
    const values = new Array(3 * 7 * 3).fill(0.1);
    const { total, components } = varianceComponents(
      values,
      [
        { name: 'p', levels: 3 },
        { name: 'a', levels: 7 },
        { name: 'r', levels: 3, nestedIn: ['p', 'a'] },
      ],
      once,
    );
    expect(total).toBe(0);
    for (const { variance, share } of components) expect([variance, share]).toEqual([0, Number.NaN]);
  });
});

describe('bootstrap intervals of variance components', () => {
  it('are centred on the estimates: a resample’s repeated prompts do not bias them', () => {
    const factors = [persons!, occasions!, items!];
    const values = set3.flat();
    // With one resample both bounds are that resample’s estimate.
    const sums: Record<string, number> = {};
    const resamples = 4000;
    for (let seed = 0; seed < resamples; seed++)
      for (const [effect, { lower, upper }] of Object.entries(table(values, factors, { seed, resamples: 1 }))) {
        expect(lower).toBe(upper);
        sums[effect] = (sums[effect] ?? 0) + lower;
      }
    const estimates = table(values, factors);
    for (const [effect, sum] of Object.entries(sums))
      expect(Math.abs(sum / resamples - estimates[effect]!.variance), effect).toBeLessThan(0.03);
  });

  it('of nested factors too, whose squares a resample does not shrink', () => {
    const factors = [persons!, { name: 'r', levels: 8, nestedIn: ['p'] }];
    let sum = 0;
    for (let seed = 0; seed < 2000; seed++) sum += table(set3.flat(), factors, { seed, resamples: 1 }).p!.lower;
    expect(Math.abs(sum / 2000 - table(set3.flat(), factors).p!.variance)).toBeLessThan(0.03);
  });

  it('hold the estimate and are the same for the same seed', () => {
    const factors = [persons!, occasions!, items!];
    const rows = table(set3.flat(), factors, { seed: 3, resamples: 500 });
    for (const effect of ['p', 'i', 'p × o × i']) {
      expect(rows[effect]!.lower).toBeLessThan(rows[effect]!.variance);
      expect(rows[effect]!.upper).toBeGreaterThan(rows[effect]!.variance);
    }
    expect(table(set3.flat(), factors, { seed: 3, resamples: 500 })).toEqual(rows);
  });
});

it('components of several numbers are the means of those of each, means apart', () => {
  const factors = [persons!, occasions!, items!];
  const other = set3.flat().map((value, i) => 100 - value * (i % 3));
  const [one, two] = [set3.flat(), other].map((values) => varianceComponents(values, factors, once).components);
  const { components, total } = pooledVarianceComponents([set3.flat(), other], factors, once);
  for (const [e, { variance, meanSquare }] of components.entries()) {
    expect(variance).toBeCloseTo((one![e]!.variance + two![e]!.variance) / 2, 10);
    expect(meanSquare).toBeCloseTo((one![e]!.meanSquare + two![e]!.meanSquare) / 2, 10);
  }
  expect(total).toBeCloseTo(
    components.reduce((sum, { variance }) => sum + Math.max(0, variance), 0),
    12,
  );
});

describe('a design', () => {
  it('names its effects, single factors first', () => {
    expect(effectsOf([persons!, { name: 'r', levels: 3, nestedIn: ['p'] }, items!]).map(({ name }) => name)).toEqual([
      'p',
      'i',
      'r:p',
      'p × i',
      '(r × i):p',
    ]);
  });

  it('knows what is nested through another factor', () => {
    const chain = [
      { name: 'c', levels: 2, nestedIn: ['b'] },
      { name: 'b', levels: 2, nestedIn: ['a'] },
      { name: 'a', levels: 2 },
    ];
    expect(effectsOf(chain).map(({ name, df }) => [name, df])).toEqual([
      ['a', 1],
      ['b:a', 2],
      ['c:(b × a)', 4],
    ]);
  });

  it('says what is wrong with it', () => {
    const wrong =
      (factors: Factor[], values: number[] = []) =>
      () =>
        varianceComponents(values, factors, once);
    expect(wrong([{ name: 'p', levels: 1 }])).toThrow('variance of p: two levels or more vary, got 1');
    expect(wrong([persons!, persons!])).toThrow('two factors named p');
    expect(wrong([persons!, { name: 'r', levels: 2, nestedIn: ['q'] }])).toThrow('r is nested in q (factors: p, r)');
    expect(
      wrong([
        { ...persons!, nestedIn: ['i'] },
        { ...items!, nestedIn: ['p'] },
      ]),
    ).toThrow('nested in itself');
    expect(wrong([{ ...persons!, nestedIn: ['i'] }, items!])).toThrow('p, is resampled and cannot be nested');
    expect(wrong([persons!, items!], [1])).toThrow('expected 40 values (10 p × 4 i), got 1');
    expect(wrong([{ name: 'p', levels: 2 }], [1, Number.NaN])).toThrow('value 1 is NaN');
  });
});
