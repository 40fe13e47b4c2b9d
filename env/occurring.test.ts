import { describe, expect, it } from 'vitest';
import { mobilityTown } from '../scenarios/mobility-v1/scenario.ts';
import { defineScenario } from './define-scenario.ts';
import { Occurring, seesByTraits, sensible } from './occurring.ts';
import { states } from './sampling/states.ts';

describe('observations that occur', () => {
  const world = defineScenario({
    id: 'grants',
    actions: ['keep', 'replace'],
    discount: 1,
    horizon: 3,
    traits: { phrases: ['rents', 'rich'], shares: { rents: 0.5 } },
    contexts: {
      'a grant is open': ({ traits, year }) => !traits.rents && year > 0,
      'it is cold': ({ year }) => year === 2,
    },
    world: { year: { levels: [0, 1, 2], start: 0, next: ({ year }) => Math.min(2, year + 1) as 0 | 1 | 2 } },
    agent: {},
    reward: () => 0,
  });
  const occurring = new Occurring(world);
  const of = (...phrases: string[]) => world.sets.of(phrases.map((phrase) => world.phrases.indexOf(phrase)));

  it('are those of the states that can be reached, by the traits that contexts read', () => {
    expect(occurring.has(of('rents', 'it is cold'))).toBe(true);
    expect(occurring.has(of('rents', 'a grant is open'))).toBe(false);
    expect(occurring.has(of('rich', 'a grant is open', 'it is cold'))).toBe(true);
    expect(occurring.has(of('rich', 'it is cold'))).toBe(false);
    // Renters see nothing or cold; owners nothing, an open grant, or both.
    expect(occurring.count()).toBe(2 * 2 + 2 * 3);
    expect([...states(world)].filter((mask) => occurring.has(mask))).toHaveLength(10);
    expect(seesByTraits(world)).toBe(true);
    expect([...states(world)].filter(sensible(world)!)).toHaveLength(10);
  });

  it('are fewer than the vocabulary can express in the town of mobility-v1', () => {
    const town = mobilityTown();
    const found = new Occurring(town);
    expect([...states(town)].filter((mask) => found.has(mask))).toHaveLength(found.count()!);
    expect(found.count()).toBeLessThan(34_560);
    expect(seesByTraits(town)).toBe(false);
    // What the weather never does here may be asked about.
    expect(sensible(town)).toBeUndefined();
  });
});
