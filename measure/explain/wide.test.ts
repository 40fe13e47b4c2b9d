import { describe, expect, it } from 'vitest';
import { firstStates } from '../../env/sampling/sampling.ts';
import type { Shown } from '../../env/scenario.ts';
import { defineVocabulary } from '../../env/vocabulary.ts';
import { policyOf } from '../../policies/policy-of.ts';
import { effectsOf } from './effects.ts';
import { explain } from './explanation.ts';

const ages = ['young', 'middle', 'old'];
const loans = defineVocabulary({
  id: 'loans',
  actions: ['refuse', 'grant'],
  traits: {
    groups: { age: ages, home: ['rents', 'owns'] },
    phrases: ['employed'],
    shares: { young: 0.5, middle: 0.25, old: 0.25, rents: 0.75, owns: 0.25, employed: 0.6 },
  },
  contexts: { groups: { rates: ['low rates', 'high rates'] }, phrases: ['new customer'] },
});
const setOf = (...phrases: string[]) => loans.sets.of(phrases.map((phrase) => loans.phrases.indexOf(phrase)));
const grants = (rule: (has: (phrase: string) => boolean) => number) =>
  policyOf(loans, ({ traits, contexts }: Shown) => {
    const p = rule((phrase) => traits.includes(phrase) || contexts.includes(phrase));
    return [1 - p, p];
  });

describe('an explanation of groups', () => {
  const additive = grants(
    (has) =>
      0.3 +
      (has('middle') ? 0.1 : 0) +
      (has('old') ? 0.2 : 0) +
      (has('owns') ? 0.2 : 0) -
      (has('new customer') ? 0.05 : 0),
  );
  const state = setOf('old', 'rents', 'low rates', 'new customer');

  it('holds a phrase against the mean over its group, by the shares of the population', async () => {
    const found = await explain(additive, loans, state);
    const values = Object.fromEntries(found.contributions.map(({ phrase, value }) => [phrase, value]));
    // The mean over ages is .25 · .1 + .25 · .2 = .075, over homes .25 · .2 = .05.
    expect(values.old).toBeCloseTo(0.125, 12);
    expect(values.rents).toBeCloseTo(-0.05, 12);
    expect(values['low rates']).toBeCloseTo(0, 12);
    expect(values['new customer']).toBeCloseTo(-0.05, 12);
    expect(found.baseline).toBeCloseTo(0.425, 12);
    expect(found.probability).toBeCloseTo(0.45, 12);
    expect(found.groups).toEqual(['age', 'home', 'rates']);
  });

  it('asks only about sets in which each group has one phrase', async () => {
    const asked: number[] = [];
    const spy = {
      id: 'spy',
      decide(...args: Parameters<typeof additive.decide>) {
        asked.push(...args[0].masks);
        return additive.decide(...args);
      },
    };
    await explain(spy, loans, state);
    await effectsOf(spy, loans, [state, setOf('young', 'owns', 'high rates', 'employed')], { questions: 20 });
    expect(asked.length).toBeGreaterThan(10);
    for (const set of asked)
      for (const { phrases } of loans.groups) expect(phrases.filter((j) => loans.sets.holds(set, j))).toHaveLength(1);
  });

  it('estimates the same values when it may not ask about all sets, as near as it says', async () => {
    const wavy = grants((has) =>
      has('old') && has('owns') ? 0.9 : has('employed') ? (has('low rates') ? 0.6 : 0.2) : 0.3,
    );
    const full = setOf('old', 'owns', 'employed', 'low rates', 'new customer');
    const exact = await explain(wavy, loans, full);
    const rough = await explain(wavy, loans, full, { questions: 3000, seed: 3, action: 1 });
    const estimated = await explain(wavy, loans, full, { questions: 300, seed: 3 });
    expect(exact.sampled).toBeUndefined();
    expect(rough.sampled).toBeUndefined();
    expect(estimated.sampled!.orders).toBeGreaterThan(10);
    estimated.contributions.forEach(({ value, standardError }, j) => {
      expect(Math.abs(value - exact.contributions[j]!.value)).toBeLessThan(4 * standardError! + 1e-9);
    });
    expect(estimated.contributions.reduce((sum, { value }) => sum + value, estimated.baseline)).toBeCloseTo(
      estimated.probability,
      12,
    );
    expect(estimated).toEqual(await explain(wavy, loans, full, { questions: 300, seed: 3 }));
  });

  it('leaves out as a stand-in what conflicts with the state', async () => {
    const exclusive = defineVocabulary({
      id: 'exclusive',
      actions: ['a', 'b'],
      traits: { groups: { age: ages }, phrases: ['retired'], conflicts: [['retired', 'young']] },
    });
    const rule = policyOf(exclusive, ({ traits }) =>
      traits.includes('young') ? [0, 1] : traits.includes('old') ? [0.5, 0.5] : [1, 0],
    );
    const found = await explain(rule, exclusive, exclusive.sets.of([2, 3]));
    // Held against middle and old only: the mean of 0 and .5.
    expect(found.contributions[0]).toMatchObject({ phrase: 'old', value: 0.25 });
  });
});

describe('effects over a vocabulary of 200 phrases', () => {
  const wide = defineVocabulary({
    id: 'wide',
    actions: ['no', 'yes'],
    traits: {
      groups: Object.fromEntries(
        Array.from({ length: 20 }, (_, g) => [`g${g}`, Array.from({ length: 5 }, (_, l) => `g${g}=${l}`)]),
      ),
      phrases: Array.from({ length: 60 }, (_, i) => `t${i}`),
    },
    contexts: { phrases: Array.from({ length: 40 }, (_, i) => `c${i}`) },
  });
  const planted = policyOf(wide, ({ traits, contexts }) => {
    const has = (phrase: string) => Number(traits.includes(phrase) || contexts.includes(phrase));
    const p = 0.2 + 0.3 * has('g0=4') + 0.2 * has('t0') - 0.1 * has('c0') + 0.2 * has('t1') * has('c1');
    return [1 - p, p];
  });

  it('are estimated with standard errors that cover what was planted, and pairs of the largest only', async () => {
    const states = [...firstStates(wide, 2, 400)];
    const found = await effectsOf(planted, wide, states, { questions: 2 ** 15, seed: 1 });
    expect(found).toMatchObject({ exact: false });
    const main = (phrase: string) => found.effects.find((effect) => effect.phrase === phrase && !effect.beside)!;
    // .3 in a fifth of the people, as near as shares out of 65,536 say: .3 − .06 against the mean of the group.
    for (const [phrase, truth] of [
      ['g0=4', 0.24],
      ['g0=0', -0.06],
      ['t0', 0.2],
      ['c0', -0.1],
      ['t7', 0],
    ] as const) {
      const { mean, standardError } = main(phrase);
      expect(Math.abs(mean - truth)).toBeLessThanOrEqual(4 * standardError! + 1e-5);
    }
    const pairs = found.effects.filter(({ beside }) => beside !== undefined);
    expect(pairs.length).toBeLessThanOrEqual(190);
    const together = pairs.find(({ phrase, beside }) => phrase === 't1' && beside === 'c1')!;
    expect(together.mean).toBeCloseTo(0.2, 9);
    expect(pairs.filter(({ mean }) => Math.abs(mean) > 1e-9)).toHaveLength(1);
  });
});
