import { describe, expect, it } from 'vitest';
import { fitOf, sharesOf } from './shares.ts';
import { testRows } from './small-scenario.test-support.ts';
import type { TestRows } from './test-rows.ts';

/** 40 people with two choices each: of the bold 15 of 20 say yes, of the shy 5; nobody says yes in the rain. */
const rows = Array.from({ length: 80 }, (_, i) => {
  const person = Math.floor(i / 2);
  const rain = i % 2 === 1;
  const bold = person < 20;
  return {
    ...{ traits: [bold ? 'bold' : 'shy'], context: rain ? ['rain'] : ['hungry'] },
    p: !rain && person % 4 < (bold ? 3 : 1) ? 1 : 0,
  };
});
const test: TestRows = {
  ...testRows(rows),
  kind: 'choices',
  units: Uint32Array.from(rows, (_, i) => Math.floor(i / 2)),
};
const constant = (p: number) => new Float64Array(80).fill(p);

describe('shares by group', () => {
  it('are how often an action was taken and how often a model says so, by hand', () => {
    const found = sharesOf(test, constant(0.25), 1);
    const of = (group: string) => found.find((share) => share.group === group)!;
    expect(found.slice(0, 4).map(({ by, group, n, observed }) => [by, group, n, observed])).toEqual([
      ['all', 'all', 80, 0.25],
      ['trait', 'bold', 40, 0.375],
      ['trait', 'shy', 40, 0.125],
      ['context', 'hungry', 40, 0.5],
    ]);
    expect(of('bold')).toMatchObject({ action: 'yes', predicted: 0.25, difference: -0.125 });
    // Twenty bold people, each with a mean of 0 or .5: standard error .5 · √(.75 · .25 / 20) = .048.
    const { lower, upper } = of('bold').observedInterval;
    expect(upper - lower).toBeGreaterThan(2 * 1.96 * 0.048 * 0.7);
    expect(upper - lower).toBeLessThan(2 * 1.96 * 0.048 * 1.3);
    // A constant moves the interval of the difference, and does not widen it.
    expect(of('bold').interval.lower).toBeCloseTo(0.25 - upper, 12);
  });

  it('are not taken for certain where everybody chose alike', () => {
    const rain = sharesOf(test, constant(0.02), 1).find(({ group }) => group === 'rain')!;
    // Wilson's bound for none of 40 people: 1.96² / (40 + 1.96²).
    expect(rain.observedInterval).toEqual({ lower: 0, upper: expect.closeTo(3.8415 / 43.8415, 4) });
    expect(rain.interval.lower).toBeLessThan(0);
    expect(rain.interval.upper).toBeCloseTo(0.02, 12);
  });

  it('name the group that is clearest apart, without rare actions and groups of all rows', () => {
    const fit = fitOf(sharesOf(test, constant(0.25), 1))!;
    // Bold, shy, hungry and rain; one trait and one context is what every row has.
    expect(fit.compared).toBe(4);
    expect(fit.apart).toBe(4);
    expect(fit.furthest.group).toBe('rain');
    expect(fitOf(sharesOf(test, constant(0.02), 1))).toBeUndefined();
  });

  it('of a model that knows them are apart about as often as chance has it', () => {
    const known = Float64Array.from(rows, ({ traits, context }) =>
      context[0] === 'rain' ? 0.15 : traits[0] === 'bold' ? 0.75 : 0.25,
    );
    const dry = { ...test, target: test.target.map((t, i) => (i % 14 === 1 ? 1 : t)) };
    expect(fitOf(sharesOf(dry, known, 1))!.apart).toBe(0);
  });
});
