import { describe, expect, it } from 'vitest';
import { defineScenario } from './define-scenario.ts';
import { twoSidedTail } from './false-alarm.test-support.ts';
import { drawPeople } from './people.ts';
import { reachability } from './reachability.ts';
import { stateCount, states } from './sampling/states.ts';
import { stateSpace } from './state-space.ts';
import { listedTraits, traitSetCount } from './trait-law.ts';
import { defineVocabulary } from './vocabulary.ts';

const ages = ['18 to 29', '30 to 59', '60 or more'] as const;

describe('a group of traits', () => {
  const town = defineVocabulary({
    id: 'town',
    actions: ['walk', 'bus', 'car'],
    traits: {
      groups: { age: ages, home: ['rents', 'owns'] },
      phrases: ['has a car'],
      shares: { '18 to 29': 0.2, '30 to 59': 0.5, '60 or more': 0.3, 'has a car': 0.6 },
    },
    contexts: { groups: { weather: ['rain', 'sun'] }, phrases: ['late'] },
  });
  const shareOf = (phrase: string) => {
    const { sets, weights, total } = listedTraits(town);
    const j = town.phrases.indexOf(phrase);
    return sets.reduce((sum, set, s) => sum + (town.sets.holds(set, j) ? weights[s]! : 0), 0) / total;
  };

  it('has exactly one of its phrases in every set', () => {
    expect(town.traits).toEqual([...ages, 'rents', 'owns', 'has a car']);
    expect(traitSetCount(town)).toBe(3 * 2 * 2);
    for (const set of listedTraits(town).sets)
      for (const { kind, phrases } of town.groups)
        expect(phrases.filter((j) => town.sets.holds(set, j))).toHaveLength(kind === 'traits' ? 1 : 0);
  });

  it('has the declared shares', () => {
    expect(shareOf('18 to 29')).toBeCloseTo(0.2, 4);
    expect(shareOf('60 or more')).toBeCloseTo(0.3, 4);
    expect(shareOf('rents')).toBeCloseTo(0.5, 4);
    expect(shareOf('has a car')).toBeCloseTo(0.6, 4);
  });

  it('is crossed with groups and phrases of contexts in the states', () => {
    const all = [...states(town)];
    expect(all).toHaveLength(12 * 2 * 2);
    expect(stateCount(town)).toBe(48);
    expect(new Set(all).size).toBe(48);
    const weather = town.groups.find(({ name }) => name === 'weather')!;
    for (const set of all) expect(weather.phrases.filter((j) => town.sets.holds(set, j))).toHaveLength(1);
  });

  it.each([
    [{ groups: { age: ['young'] } }, 'traits: the group age has 1 phrases, not two or more'],
    [{ groups: { age: ['young', 'old'], wit: ['old', 'wise'] } }, 'phrase is named twice: old'],
    [{ groups: { age: ['young', 'old'] }, shares: { young: 20, old: 80 } }, 'young has 20, not a number from 0 to 1'],
    [{ groups: { age: ['young', 'old'] }, shares: { young: 0.2, old: 0.7 } }, 'the phrases of age sum to 0.9, not 1'],
    [{ groups: { age: ['young', 'old'] }, shares: { young: 0.2 } }, 'traits.shares: old has none'],
    [{ phrases: ['a'], shares: { b: 0.5 } }, 'unknown trait in traits.shares: b (known: a)'],
    [{ groups: { age: ['young', 'old'] }, population: [{ traits: [] }] }, 'row 1 of the population: no phrase of age'],
    [{ phrases: ['a'], population: [{ traits: ['A'] }] }, 'row 1 of the population: unknown trait: A (known: a)'],
    [{ phrases: ['a'], population: [{ traits: [], weight: -1 }] }, 'the weight -1 is not a finite number'],
  ])('is refused as %j', (traits, message) => {
    expect(() =>
      defineVocabulary({ id: 'odd', actions: ['a', 'b'], traits } as Parameters<typeof defineVocabulary>[0]),
    ).toThrow(message);
  });
});

describe('a population', () => {
  it('is the law of the traits, equal rows added up', () => {
    const { traitLaw, sets } = defineVocabulary({
      id: 'people',
      actions: ['stay', 'go'],
      traits: {
        groups: { age: ['young', 'old'] },
        phrases: ['rich'],
        population: [
          { traits: ['young'], weight: 1 },
          { traits: ['old', 'rich'], weight: 2 },
          { traits: ['young'], weight: 1 },
          { traits: ['old'], weight: 0 },
        ],
      },
    });
    expect(traitLaw).toHaveLength(1);
    const [{ sets: people, weights, total }] = traitLaw as [(typeof traitLaw)[0]];
    expect(Array.from(people, (set) => sets.indices(set))).toEqual([[0], [1, 2]]);
    expect([...weights].map((w) => w / total)).toEqual([0.5, 0.5]);
  });
});

describe('exact people', () => {
  const rows = [
    { traits: ['young'], weight: 3 },
    { traits: ['old'], weight: 2 },
    { traits: ['old', 'rich'], weight: 1 },
  ];
  const world = defineScenario({
    id: 'rows',
    actions: ['stay', 'go'],
    discount: 1,
    horizon: 2,
    traits: { groups: { age: ['young', 'old'] }, phrases: ['rich'], population: rows },
    contexts: {},
    world: {},
    agent: {},
    reward: () => 0,
  });
  const counted = (agents: number) => {
    const { members } = drawPeople(stateSpace(world), 1, agents, 'exact');
    return [...members];
  };

  it('are the rows of a table with as many people, and their shares of any other number', () => {
    expect(counted(6)).toEqual([3, 2, 1]);
    expect(counted(600)).toEqual([300, 200, 100]);
    expect(counted(7)).toEqual([4, 2, 1]);
    expect(counted(1)).toEqual([1]);
  });
});

describe('a trait space of four million sets', () => {
  const groups = Object.fromEntries(
    Array.from({ length: 6 }, (_, g) => [`g${g}`, Array.from({ length: 5 }, (_, l) => `g${g} level ${l}`)]),
  );
  const free = Array.from({ length: 8 }, (_, i) => `free ${i}`);
  const world = defineScenario({
    id: 'large',
    actions: ['stay', 'go'],
    discount: 1,
    horizon: 3,
    traits: { groups, phrases: free, shares: Object.fromEntries(free.map((phrase) => [phrase, 0.3])) },
    contexts: { 'may go': ({ traits, step }) => traits['free 0']! && step > 0 },
    world: { step: { levels: [0, 1, 2], start: 0, next: ({ step }) => Math.min(2, step + 1) as 0 | 1 | 2 } },
    agent: {},
    allowed: { go: ({ traits }) => traits['g0 level 0']! },
    reward: ({ action, traits }) => (action === 'go' && traits['free 1'] ? 1 : 0),
  });

  it('is counted and not listed', () => {
    expect(traitSetCount(world)).toBe(5 ** 6 * 2 ** 8);
    expect(world.traitLaw).toHaveLength(14);
    expect(() => listedTraits(world)).toThrow('large has 4,000,000 trait sets, more than the 65,536 that are listed');
  });

  it('is drawn from its law (one false alarm in 100,000 seeds)', () => {
    const agents = 20_000;
    const { sets, members } = drawPeople(stateSpace(world), 4, agents);
    expect(members.reduce((sum, count) => sum + count, 0)).toBe(agents);
    expect(sets.length).toBeGreaterThan(15_000);
    world.traits.forEach((_, j) => {
      const p = j < 30 ? 0.2 : 0.3;
      const count = members.reduce((sum, own, kind) => sum + (world.sets.holds(sets[kind]!, j) ? own : 0), 0);
      const deviate = (count / agents - p) / Math.sqrt((p * (1 - p)) / agents);
      expect(twoSidedTail(deviate)).toBeGreaterThan(1e-5 / world.traits.length);
    });
  });

  it('is searched by the traits that laws, contexts and permissions read', () => {
    const shown = new Set<string>();
    const { states } = reachability(world, (_space, _values, set) =>
      shown.add(world.sets.holds(set, world.traits.length) ? 'may' : 'may not'),
    );
    expect(states).toBe(3 * 2 * 2 * 2);
    expect(shown).toEqual(new Set(['may', 'may not']));
  });
});

describe('groups of contexts', () => {
  it('are checked in every state that can be reached', () => {
    const law = { next: () => ({ red: 0.5, green: 0.5 }) };
    const made = (green: (color: string) => boolean) =>
      defineScenario({
        id: 'lights',
        actions: ['wait', 'go'],
        discount: 1,
        horizon: 3,
        traits: { phrases: ['hurried'] },
        contexts: { red: ({ color }) => color === 'red', green: ({ color }) => green(color) },
        contextGroups: { light: ['red', 'green'] },
        world: { color: { levels: ['red', 'green'], start: 'red', ...law } },
        agent: {},
        reward: () => 0,
      });
    expect(reachability(made((color) => color === 'green')).violation).toBeUndefined();
    expect(reachability(made(() => true)).violation?.problem).toBe('"red" and "green" conflict, but hold together');
    expect(reachability(made(() => false)).violation?.problem).toBe('no phrase of the group light holds');
  });
});
