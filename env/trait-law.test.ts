import { describe, expect, it } from 'vitest';
import { defineScenario } from './define-scenario.ts';
import { exactValue } from './exact.ts';
import { twoSidedTail } from './false-alarm.test-support.ts';
import { TraitLuck } from './people.ts';
import type { Scenario } from './scenario.ts';
import { stateSpace } from './state-space.ts';
import { listedTraits } from './trait-law.ts';

type Has = Readonly<Record<string, boolean>>;

const withTraits = (phrases: readonly string[], weight?: (has: Has) => number): Scenario =>
  defineScenario({
    id: 'traits',
    actions: ['wait', 'go'],
    discount: 1,
    horizon: 1,
    traits: { phrases, ...(weight && { weight }) },
    contexts: {},
    world: {},
    agent: {},
    reward: ({ traits }) => (phrases.length > 0 && traits[phrases[0]!] ? 1 : 0),
  });
const named = (n: number) => Array.from({ length: n }, (_, i) => `trait ${i}`);

/** Independent traits, trait i with probability .15 + .35 i / (n − 1). */
const probability = (n: number, i: number) => 0.15 + (0.35 * i) / (n - 1);
const product = (n: number) => (has: Has) =>
  named(n).reduce((w, trait, i) => w * (has[trait] ? probability(n, i) : 1 - probability(n, i)), 1);
/** P(trait i) under the product law, given that the set is not empty. */
const marginal = (n: number, i: number) =>
  probability(n, i) / (1 - named(n).reduce((none, _, j) => none * (1 - probability(n, j)), 1));
const shareOf = (scenario: Scenario, bit: number) => {
  const { sets, weights, total } = listedTraits(scenario);
  return sets.reduce((sum, mask, s) => sum + ((mask >>> bit) & 1) * (weights[s]! / total), 0);
};

describe('the law of the trait sets', () => {
  it.each([3, 7, 10, 13])('of %d independent traits has their probabilities', (n) => {
    const scenario = withTraits(named(n), product(n));
    expect(listedTraits(scenario).sets).toHaveLength(2 ** n - 1);
    for (let i = 0; i < n; i++) expect(shareOf(scenario, i)).toBeCloseTo(marginal(n, i), n === 3 ? 4 : 10);
  });

  it('of 65,535 sets has them too, in the exact engine and among agents drawn', async () => {
    const n = 16;
    const scenario = withTraits(named(n), product(n));
    for (let i = 0; i < n; i++) expect(shareOf(scenario, i)).toBeCloseTo(marginal(n, i), 10);
    expect((await exactValue(scenario, () => [1, 0])).value).toBeCloseTo(marginal(n, 0), 10);
    const luck = new TraitLuck(stateSpace(scenario), 5);
    const agents = 100_000;
    const counts = new Float64Array(n);
    for (let agent = 0; agent < agents; agent++) {
      const mask = listedTraits(scenario).sets[luck.of(agent, 0)]!;
      for (let i = 0; i < n; i++) counts[i]! += (mask >>> i) & 1;
    }
    // Shared out over the traits: a false alarm once in 100,000 seeds at most.
    for (let i = 0; i < n; i++) {
      const p = marginal(n, i);
      const deviate = (counts[i]! / agents - p) / Math.sqrt((p * (1 - p)) / agents);
      expect(twoSidedTail(deviate)).toBeGreaterThan(1e-5 / n);
    }
  });

  it('keeps a rare set as rare as it was declared', () => {
    const { weights, total } = listedTraits(
      withTraits(['common', 'rare'], ({ rare, common }) => (rare ? (common ? 0 : 1e-9) : 1)),
    );
    expect(weights[1]! / total / 1e-9).toBeCloseTo(1, 5);
  });

  it('keeps possible what is rarer than any weight, and shares out weights of any size', () => {
    const sized = (small: number, large: number) => {
      const { sets, weights, total } = listedTraits(withTraits(['a', 'b'], ({ a, b }) => (a && b ? small : large)));
      expect([...sets]).toEqual([1, 2, 3]);
      expect(weights.every((w) => w >= 1)).toBe(true);
      return [...weights].map((w) => w / total);
    };
    expect(sized(5e-324, 1e308)[2]).toBe(2 ** -52);
    expect(sized(1e308, 1e308)[0]).toBeCloseTo(1 / 3, 4);
    expect(sized(5e-324, 5e-324)[0]).toBeCloseTo(1 / 3, 4);
  });

  it('stays in 65,536ths, as ice-cream-v1 was published, where that is right to 1 in 1,024', () => {
    expect(listedTraits(withTraits(named(5))).total).toBe(65536);
    expect(listedTraits(withTraits(named(6))).total).toBe(65536);
    expect(listedTraits(withTraits(named(7))).total).toBe(2 ** 52);
    expect(listedTraits(withTraits(['a', 'b'], ({ a, b }) => (a && b ? 1 : 0))).weights).toEqual(Uint32Array.of(65536));
    expect(listedTraits(withTraits([])).weights).toEqual(Uint32Array.of(65536));
  });

  it.each<[string, (has: Has) => unknown, string]>([
    ['a weight that is not finite', () => Number.POSITIVE_INFINITY, 'traits.weight at {a}: gave Infinity; it must be'],
    ['a negative weight', ({ b }) => (b ? -1 : 1), 'traits.weight at {b}: gave -1; it must be'],
    ['a text', () => '2', 'traits.weight at {a}: gave 2; it must be'],
    ['nothing but zeros', () => 0, 'traits.weight leaves no trait set'],
    ['a trait that nobody declared', ({ c }) => (c ? 2 : 1), 'unknown trait in traits.weight: c (known: a, b)'],
  ])('refuses %s', (_, weight, message) => {
    expect(() => withTraits(['a', 'b'], weight as (has: Has) => number)).toThrow(message);
  });

  it('lets a weight list and count the traits', () => {
    const counting = withTraits(['a', 'b'], (has) => Object.values(has).filter(Boolean).length);
    expect([...listedTraits(counting).weights].map((w) => w / listedTraits(counting).total)).toEqual([0.25, 0.25, 0.5]);
    expect(listedTraits(withTraits(['a'], (has) => JSON.stringify(has).length)).sets).toHaveLength(1);
  });
});

describe('the trait set of an agent', () => {
  it('is found by bisection: among 65,535 sets it takes hardly longer than among three', () => {
    const secondsOver = (scenario: Scenario) => {
      const luck = new TraitLuck(stateSpace(scenario), 1);
      const began = performance.now();
      for (let agent = 0; agent < 300_000; agent++) luck.of(agent, 0);
      return (performance.now() - began) / 1000;
    };
    const [few, many] = [withTraits(['a', 'b']), withTraits(named(16), product(16))];
    secondsOver(few);
    // A scan would take ten thousand times as long.
    expect(secondsOver(many) / secondsOver(few)).toBeLessThan(100);
  });

  it('is the first set whose sum of weights lies above the uniform, in 16 bits as in 52', () => {
    for (const scenario of [withTraits(named(2), product(2)), withTraits(named(9), product(9))]) {
      const luck = new TraitLuck(stateSpace(scenario), 3);
      const shares = [...listedTraits(scenario).weights].map((w) => w / listedTraits(scenario).total);
      const agents = 200_000;
      const counts = new Float64Array(shares.length);
      for (let agent = 0; agent < agents; agent++) counts[luck.of(agent, 0)]!++;
      const sets = shares.flatMap((p, s) => (agents * p >= 50 ? [s] : []));
      const deviations = sets.map(
        (s) => (counts[s]! - agents * shares[s]!) / Math.sqrt(agents * shares[s]! * (1 - shares[s]!)),
      );
      // One false alarm in 100,000 seeds for each scenario, shared out over its sets.
      for (const deviation of deviations) expect(twoSidedTail(deviation)).toBeGreaterThan(1e-5 / sets.length);
    }
  });
});
