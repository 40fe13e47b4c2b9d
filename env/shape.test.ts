import { describe, expect, it } from 'vitest';
import { defineScenario } from './define-scenario.ts';
import { defineVocabulary } from './vocabulary.ts';

/** As a file of JavaScript may have it. */
const vocabulary = (declared: object) => () =>
  defineVocabulary({ id: 'town', actions: ['stay', 'go'], traits: { phrases: ['tired'] }, ...declared } as never);
const scenario = (declared: object) => () =>
  defineScenario({
    ...{ id: 'town', actions: ['stay', 'go'], traits: {}, contexts: {}, discount: 1, horizon: 2 },
    ...{ world: {}, agent: {}, reward: () => 0, ...declared },
  } as never);

describe('a declaration of another shape', () => {
  it('is as it should be without', () => {
    expect(vocabulary({ contexts: { phrases: ['late'], groups: { sky: ['wet', 'dry'] } } })).not.toThrow();
    expect(
      scenario({ world: { sky: { levels: ['wet', 'dry'], start: { dry: 1 }, next: () => ({ dry: 1 }) } } }),
    ).not.toThrow();
  });

  it.each([
    [
      { traits: ['tired'] },
      "traits: expected an object, as in traits: { phrases: ['…', '…'] }, got a list of 1 (known:",
    ],
    [{ traits: undefined }, 'traits: expected an object'],
    [{ traits: { phrases: 'tired' } }, 'traits.phrases: expected a list of texts, got "tired"'],
    [{ traits: { phrases: ['tired', 3] } }, 'traits.phrases[1]: expected a text, got 3'],
    [{ traits: { phrases: ['tired', ' '] } }, 'traits.phrases[1]: expected a text, got " "'],
    [{ traits: { groups: ['young', 'old'] } }, 'traits.groups: expected an object, got a list of 2'],
    [{ traits: { groups: { age: 'young' } } }, 'traits.groups.age: expected a list of texts, got "young"'],
    [{ traits: { conflicts: ['a', 'b'] } }, 'traits.conflicts[0]: expected two texts, got "a"'],
    [{ traits: { conflicts: [['a', 'b', 'c']] } }, 'traits.conflicts[0]: expected two texts, got a list of 3'],
    [{ actions: 'stay' }, 'actions: expected a list of texts, got "stay"'],
    [{ actions: undefined }, 'actions: expected a list of texts, got nothing'],
    [{ actions: [0, 1] }, 'actions[0]: expected a text, got 0'],
    [{ contexts: { phrases: new Set(['late']) } }, 'contexts.phrases: expected a list of texts, got an object'],
    [{ id: undefined }, 'scenario id: "undefined" is not made of'],
    [{ prompt: 'What now?' }, 'prompt: expected an object, got "What now?"'],
  ])('%o', (declared, message) => {
    expect(vocabulary(declared)).toThrow(message);
  });

  it.each([
    [{ contexts: ['late'] }, 'contexts: expected an object, got a list of 1'],
    [{ contexts: { late: true } }, 'contexts.late: expected a function, got true'],
    [{ contextGroups: { sky: 'wet' } }, 'contextGroups.sky: expected a list of texts, got "wet"'],
    [{ world: undefined }, 'world: expected an object, got nothing'],
    [{ agent: { mood: 'good' } }, 'mood: expected an object, got "good"'],
    [{ world: { sky: { levels: 'wet', start: {}, next: () => ({}) } } }, 'sky.levels: expected a list, got "wet"'],
    [{ measures: { trips: 1 } }, 'measures.trips: expected a function, got 1'],
    [{ allowed: { go: true } }, 'allowed.go: expected a function, got true'],
    [{ crowd: [] }, 'crowd: expected an object, got an empty list'],
  ])('%o', (declared, message) => {
    expect(scenario(declared)).toThrow(message);
  });
});
