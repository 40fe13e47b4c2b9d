import { expect, it } from 'vitest';
import { defineVocabulary } from '../../env/vocabulary.ts';
import { constant } from '../../policies/baselines/constant.ts';
import { policyOf } from '../../policies/policy-of.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { diffModels } from './diff.ts';

const base = (extra: number, phrase: string) =>
  policyOf(
    iceCream,
    ({ traits, contexts }) => {
      const p = 0.2 + 0.02 * (traits.length + contexts.length) + (contexts.includes(phrase) ? extra : 0);
      return [1 - p, p];
    },
    { id: `rule-${extra}` },
  );

it('names the phrase at which two models part, how far, and what it makes of a population', async () => {
  const report = await diffModels({
    ...{ scenario: iceCream, a: base(0, 'hungry'), b: base(0.2, 'hungry') },
    ...{ states: 400, replications: 4, agents: 100, ticks: 60 },
  });
  const [all, first] = report.groups;
  const hungry = report.groups.find(({ phrase }) => phrase === 'hungry')!;
  expect(first).toBe(hungry);
  expect(hungry.difference).toBeCloseTo(0.2, 9);
  expect(hungry.moved).toBe(true);
  expect(all).not.toHaveProperty('phrase');
  expect(all!.difference).toBeCloseTo((0.2 * hungry.states) / 400, 9);
  expect(report.distance.mean).toBeCloseTo(all!.difference, 9);
  expect(report.distance.interval.lower).toBeLessThan(report.distance.mean);
  expect(
    report.moved.every(({ context, distance }) => context.includes('hungry') && Math.abs(distance - 0.2) < 1e-9),
  ).toBe(true);
  const sales = report.population!.outcomes.find(({ outcome }) => outcome === 'sales')!;
  expect(sales.difference).toBeCloseTo(sales.b - sales.a, 9);
  expect(sales.difference).toBeGreaterThan(0);
  expect(sales.interval.lower).toBeLessThanOrEqual(sales.difference);
});

it('finds nothing between a model and itself', async () => {
  const same = { scenario: iceCream, a: base(0, 'hungry'), b: base(0, 'hungry'), states: 100 };
  const report = await diffModels({ ...same, replications: 2, agents: 20, ticks: 10 });
  expect(report.distance.mean).toBe(0);
  expect(report.moved).toEqual([]);
  expect(
    [...report.groups, ...report.population!.outcomes].filter(({ moved, difference }) => moved || difference !== 0),
  ).toEqual([]);
});

it('compares several actions, and says why there is no population', async () => {
  const scenario = defineVocabulary({
    ...{ id: 'three', actions: ['a', 'b', 'c'], traits: { phrases: ['tall', 'old'] }, contexts: { phrases: ['wet'] } },
  });
  const [a, b] = [constant(scenario, 0.5, 0.3, 0.2), constant(scenario, 0.4, 0.3, 0.3)];
  const report = await diffModels({ scenario, a, b });
  expect(report.distance.mean).toBeCloseTo(0.1, 12);
  const all = report.groups.filter(({ phrase }) => phrase === undefined);
  expect(all.map(({ action }) => action)).toEqual(['b', 'c']);
  expect(all[0]!.difference).toBeCloseTo(0, 12);
  expect(all[1]!.difference).toBeCloseTo(0.1, 12);
  expect(report.withoutPopulation).toBe('three has no dynamics');
});
