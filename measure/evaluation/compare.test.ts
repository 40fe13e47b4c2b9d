import { describe, expect, it } from 'vitest';
import { sequence } from '../../env/random.ts';
import { compare, SIGNIFICANT } from './compare.ts';
import { testRows } from './small-scenario.test-support.ts';
import type { TestRows } from './test-rows.ts';

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

  it('have intervals that exclude 0 exactly where the corrected test tells two models apart', () => {
    const random = sequence(7, 'sampling');
    let [apart, alike] = [0, 0];
    for (let r = 0; r < 6; r++) {
      const rows = Array.from({ length: 40 }, (_, i) => ({ ...states[i % 4]!, p: random() < 0.5 ? 0 : 1 }));
      const choices: TestRows = { ...testRows(rows), kind: 'choices', units: Uint32Array.from(rows.keys()) };
      const noisy = (hit: number) =>
        choices.target.map((t) => Math.min(0.99, Math.max(0.01, 0.5 + hit * (t - 0.5) + 0.3 * (random() - 0.5))));
      const models = [0.3, 0.35, 0.4, 0.55].map((hit, i) => ({ model: `m${i}`, predicted: noisy(hit) }));
      for (const { lower, upper, difference, pHolm, confidence } of compare(choices, models, r)) {
        expect(lower > 0 || upper < 0).toBe(pHolm <= SIGNIFICANT);
        expect(lower).toBeLessThanOrEqual(difference);
        expect(upper).toBeGreaterThanOrEqual(difference);
        expect(confidence).toBeGreaterThanOrEqual(0.95);
        if (pHolm <= SIGNIFICANT) apart++;
        else alike++;
      }
    }
    // Both happen, or this would say nothing.
    expect(Math.min(apart, alike)).toBeGreaterThan(5);
  });

  it('of single choices are differences of log losses, of which another seed changes the interval alone', () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ ...states[i % 4]!, p: i % 3 === 0 ? 1 : 0 }));
    const choices: TestRows = { ...testRows(rows), kind: 'choices', units: Uint32Array.from(rows.keys()) };
    const [a, b] = [0.3, 0.4].map((p) => new Float64Array(40).fill(p)) as [Float64Array, Float64Array];
    const [pair] = compare(
      choices,
      [
        { model: 'a', predicted: a },
        { model: 'b', predicted: b },
      ],
      1,
    );
    // 14 of 40 were taken.
    expect(pair!.difference).toBeCloseTo((14 * Math.log(0.4 / 0.3) + 26 * Math.log(0.6 / 0.7)) / 40, 12);
  });

  it('need two models', () => {
    expect(compare(test, [model('alone', 0, 0, 0, 0)], 1)).toEqual([]);
  });
});
