import { describe, expect, it } from 'vitest';
import { compare } from './comparisons.ts';
import { testRows } from './small-scenario.test-support.ts';

const states = [
  { traits: ['bold'], context: [] },
  { traits: ['shy'], context: [] },
  { traits: ['bold', 'shy'], context: [] },
  { traits: ['bold'], context: ['hungry'] },
];
const test = testRows(states.map((state) => ({ ...state, p: 0.5 })));
const model = (name: string, ...predicted: number[]) => ({ model: name, predicted: Float64Array.from(predicted) });

describe('comparisons of models', () => {
  it('are those of every pair, by hand', () => {
    const found = compare(
      test,
      [model('exact', 0.5, 0.5, 0.5, 0.5), model('off', 0.6, 0.6, 0.6, 0.6), model('once', 0.5, 0.5, 0.5, 0.9)],
      1,
    );
    expect(found.map(({ a, b, n, exact }) => [a, b, n, exact])).toEqual([
      ['exact', 'off', 4, true],
      ['exact', 'once', 4, true],
      ['off', 'once', 4, true],
    ]);
    expect(found[0]!.difference).toBeCloseTo(-0.01, 12);
    expect(found[2]!.difference).toBeCloseTo(0.01 - 0.04, 12);
    // Two of sixteen assignments keep all four signs alike. One difference alone has a sign that says nothing.
    expect(found[0]!.p).toBe(2 / 16);
    expect(found[1]!.p).toBe(1);
    // .01 four times against .01, .01, .01 and −.15: eight of 16 sums are as far from 0 as −.12.
    expect(found[2]!.p).toBe(1);
    expect(found.map(({ pHolm }) => pHolm)).toEqual([3 / 8, 1, 1]);
  });

  it('look at the states that both answered', () => {
    const found = compare(test, [model('a', 0.5, 0.5, Number.NaN, 0.5), model('b', 0.6, 0.5, 0.9, Number.NaN)], 1);
    expect(found[0]!.n).toBe(2);
    expect(found[0]!.difference).toBeCloseTo(-0.005, 12);
    expect(
      compare(test, [model('a', 0.5, 0.5, Number.NaN, Number.NaN), model('b', Number.NaN, Number.NaN, 0, 0)], 1),
    ).toEqual([]);
  });

  it('take a state once, whatever the number of its rows', () => {
    const rows = Array.from({ length: 6 }, (_, i) => ({
      traits: i % 2 === 0 ? ['bold', 'shy'] : ['shy', 'bold'],
      context: i < 3 ? ['hungry'] : [],
      p: 0.5,
    }));
    const [pair] = compare(
      testRows(rows),
      [model('a', 0.5, 0.5, 0.5, 0.5, 0.5, 0.5), model('b', 0.7, 0.7, 0.7, 0.7, 0.7, 0.7)],
      1,
    );
    expect(pair).toMatchObject({ n: 2, p: 2 / 4, exact: true });
  });

  it('need two models', () => {
    expect(compare(test, [model('alone', 0, 0, 0, 0)], 1)).toEqual([]);
  });
});
