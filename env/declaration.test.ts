import { describe, expect, it } from 'vitest';
import { mix } from './chance.ts';
import { defineScenario } from './define-scenario.ts';

/** A plant on a sill: correct in every part, so that each case below is wrong in one place only. */
const plant = {
  id: 'plant',
  actions: ['wait', 'water'],
  discount: 0.9,
  horizon: 10,
  traits: { phrases: ['likes shade', 'likes sun'] },
  contexts: {},
  world: { sky: { levels: ['grey', 'blue'], start: 'grey', next: () => ({ grey: 0.5, blue: 0.5 }) } },
  agent: { soil: { levels: ['dry', 'wet'], start: 'dry', next: () => 'dry' as const } },
  reward: () => 0,
} as const;

const { world, agent } = plant;

it('a correct declaration type-checks, with every level, trait and action known by name', () => {
  defineScenario(plant);
  const scenario = defineScenario({
    ...plant,
    traits: {
      phrases: ['likes shade', 'likes sun'],
      conflicts: [['likes shade', 'likes sun']],
      weight: (has) => (has['likes sun'] ? 2 : 1),
    },
    contexts: { thirsty: ({ soil }) => soil === 'dry', bright: ({ sky }) => sky === 'blue' },
    contextConflicts: [['thirsty', 'bright']],
    world: {
      sky: {
        levels: ['grey', 'blue'],
        start: mix(0.5, 'grey', 'blue'),
        next: ({ sky }) => mix(0.8, sky, { grey: 0.5, blue: 0.5 }),
      },
    },
    agent: {
      soil: {
        levels: ['dry', 'wet'],
        start: ({ sky, traits }) => (sky === 'grey' && traits['likes shade'] ? 'wet' : 'dry'),
        next: ({ soil, action }, { sky }) => (action === 'water' ? 'wet' : sky === 'blue' ? 'dry' : soil),
      },
      pot: { levels: [1, 2], start: 1, next: ({ pot }, { soil }) => (soil === 'wet' ? 2 : pot) },
    },
    allowed: { water: ({ soil }) => soil === 'dry' },
    reward: ({ action, traits }, { soil }) => (soil === 'wet' && traits['likes sun'] && action === 'wait' ? 1 : 0),
    measures: { litres: ({ action }) => (action === 'water' ? 1 : 0) },
    map: { factor: 'soil', places: { dry: [0, 0], wet: [1, 1] } },
  });
  expect(scenario.agent.map(({ name, next }) => [name, next.parents])).toEqual([
    ['soil', ['soil', 'action', "sky'"]],
    ['pot', ['pot', "soil'"]],
  ]);
  defineScenario({
    ...plant,
    traits: { phrases: [] },
    world: {},
    map: { factor: 'floor', places: { 0: [0, 0], 1: [0, 1] } },
    agent: { floor: { levels: [0, 1], start: 0, next: () => 1 } },
  });
});

/** Each is refused by the compiler, and by defineScenario for those who write JavaScript. */
describe('a declaration is refused by its types, and when it runs, for', () => {
  const wrong: Record<string, () => unknown> = {
    'an unknown level that a law returns': () =>
      defineScenario({
        ...plant,
        // @ts-expect-error
        agent: { soil: { levels: ['dry', 'wet'], start: 'dry', next: () => 'moist' } },
      }),
    'an unknown level in mix': () =>
      defineScenario({
        ...plant,
        // @ts-expect-error
        agent: { soil: { levels: ['dry', 'wet'], start: 'dry', next: () => mix(0.5, 'moist', 'dry') } },
      }),
    'an unknown level inside mix': () =>
      defineScenario({
        ...plant,
        // @ts-expect-error
        agent: { soil: { levels: ['dry', 'wet'], start: 'dry', next: ({ soil }) => mix(0.5, soil, { moist: 1 }) } },
      }),
    'an unknown level in a mix of mixes': () =>
      defineScenario({
        ...plant,
        agent: {
          soil: {
            levels: ['dry', 'wet'],
            start: 'dry',
            // @ts-expect-error
            next: ({ soil }) => mix(0.5, soil, mix(0.5, 'dry', 'moist')),
          },
        },
      }),
    'an unknown first level': () =>
      defineScenario({
        ...plant,
        // @ts-expect-error
        agent: { soil: { levels: ['dry', 'wet'], start: 'moist', next: () => 'dry' } },
      }),
    'an unknown level in the law of the first': () =>
      defineScenario({
        ...plant,
        // @ts-expect-error
        world: { sky: { levels: ['grey', 'blue'], start: () => 'green', next: () => 'grey' } },
      }),
    'an unknown trait': () =>
      defineScenario({
        ...plant,
        // @ts-expect-error
        reward: ({ traits }) => (traits['likes rain'] ? 1 : 0),
      }),
    'an unknown trait in a conflict': () =>
      defineScenario({
        ...plant,
        // @ts-expect-error
        traits: { phrases: ['likes shade', 'likes sun'], conflicts: [['likes shade', 'likes rain']] },
      }),
    'an unknown context in a conflict': () =>
      defineScenario({
        ...plant,
        contexts: { dark: ({ sky }) => sky === 'grey', bright: ({ sky }) => sky === 'blue' },
        // @ts-expect-error
        contextConflicts: [['dark', 'light']],
      }),
    'an unknown factor': () =>
      defineScenario({
        ...plant,
        // @ts-expect-error
        contexts: { tall: ({ height }) => height === 2 },
      }),
    'an unknown action that is allowed': () =>
      defineScenario({
        ...plant,
        // @ts-expect-error
        allowed: { repot: () => true },
      }),
    'an unknown place': () =>
      defineScenario({
        ...plant,
        // @ts-expect-error
        map: { factor: 'soil', places: { dry: [0, 0], wet: [1, 1], moist: [0.5, 0.5] } },
      }),
    'a level without a place': () =>
      defineScenario({
        ...plant,
        // @ts-expect-error
        map: { factor: 'soil', places: { dry: [0, 0] } },
      }),
    'a map of an unknown factor': () =>
      defineScenario({
        ...plant,
        // @ts-expect-error
        map: { factor: 'room', places: {} },
      }),
    'a map of a factor of the world': () =>
      defineScenario({
        ...plant,
        // @ts-expect-error
        map: { factor: 'sky', places: { grey: [0, 0], blue: [1, 1] } },
      }),
    'a world that reads an agent': () =>
      defineScenario({
        ...plant,
        // @ts-expect-error
        world: { sky: { ...world.sky, next: ({ soil }) => (soil === 'dry' ? 'grey' : 'blue') } },
      }),
    'a world that reads the action': () =>
      defineScenario({
        ...plant,
        // @ts-expect-error
        world: { sky: { ...world.sky, next: ({ action }) => (action === 'wait' ? 'grey' : 'blue') } },
      }),
    'a factor that reads its own next value': () =>
      defineScenario({
        ...plant,
        // @ts-expect-error
        agent: { soil: { ...agent.soil, next: (_, { soil }) => soil } },
      }),
    'a first level that reads itself': () =>
      defineScenario({
        ...plant,
        // @ts-expect-error
        agent: { soil: { ...agent.soil, start: ({ soil }) => soil } },
      }),
    'one action': () =>
      defineScenario({
        ...plant,
        // @ts-expect-error
        actions: ['wait'],
      }),
  };
  it.each(Object.entries(wrong))('%s', (_, define) => {
    expect(define).toThrow(expect.objectContaining({ name: 'UnderstudyError' }));
  });
});

it('a distribution of an unknown level, which a compiler lets a function give back, is refused when it runs', () => {
  const define = () =>
    defineScenario({
      ...plant,
      agent: { soil: { levels: ['dry', 'wet'], start: 'dry', next: () => ({ dry: 0.5, moist: 0.5 }) } },
    });
  expect(define).toThrow('soil.next at {}: unknown level: moist (known: dry, wet)');
});

it('a comparison with an unknown level, trait or action does not type-check', () => {
  const contexts = {};
  const define = () =>
    defineScenario({
      ...plant,
      contexts,
      agent: {
        soil: {
          levels: ['dry', 'wet'],
          start: 'dry',
          // @ts-expect-error
          next: ({ soil }) => (soil === 'moist' ? 'dry' : 'wet'),
        },
      },
      // @ts-expect-error
      reward: ({ action }) => (action === 'repot' ? 1 : 0),
    });
  expect(define).not.toThrow();
});
