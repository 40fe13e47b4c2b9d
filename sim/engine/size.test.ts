import { describe, expect, it } from 'vitest';
import { defineScenario } from '../../env/define-scenario.ts';
import { stateSpace } from '../../env/state-space.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { requireSize } from './size.ts';

const town = stateSpace(iceCream);
const GB = 1e9;

describe('the size of a population', () => {
  it.each([0, -1, 0.5, Number.NaN, 2 ** 53, 1e20])('is not %d agents', (agents) => {
    for (const cohorts of [false, true])
      expect(() => requireSize(town, agents, { cohorts })).toThrow(
        `agents must be an integer from 1 to 9007199254740991, got ${agents}`,
      );
  });

  it('is limited by the memory that is free, agent by agent', () => {
    requireSize(town, 1e8, { cohorts: false, free: GB });
    expect(() => requireSize(town, 1.2e8, { cohorts: false, free: GB })).toThrow(
      '120,000,000 single agents need 1.1 GB of memory and 1.0 GB are free; simulate cohorts (--cohorts), whose cost does not grow with the number of agents',
    );
    requireSize(town, 4e9, { cohorts: true, free: GB });
  });

  it('is not a billion single agents, however large the machine', () => {
    expect(() => requireSize(town, 1e9, { cohorts: false, free: 1e15 })).toThrow(
      '1,000,000,000 single agents, at most 268,435,456; simulate cohorts (--cohorts)',
    );
    requireSize(town, 1e9, { cohorts: true });
  });

  it('is limited by the cells too, whose remedy is another', () => {
    const levels = Array.from({ length: 10 }, (_, level) => level);
    const wide = (digits: number) =>
      stateSpace(
        defineScenario({
          id: 'odometer',
          actions: ['wait', 'go'],
          discount: 1,
          horizon: 2,
          traits: { phrases: ['any'] },
          contexts: {},
          world: {},
          agent: Object.fromEntries(
            Array.from({ length: digits }, (_, d) => [`d${d}`, { levels, start: 0, next: () => 0 }]),
          ),
          reward: () => 0,
        } as Parameters<typeof defineScenario>[0]),
      );
    expect(() => requireSize(wide(8), 5, { cohorts: false })).toThrow(
      'odometer has 100,000,000 cells (1 trait sets × 100,000,000 agent states), at most 16,777,216; declare fewer traits, factors or levels',
    );
    expect(() => requireSize(wide(7), 5, { cohorts: true, free: GB / 10 })).toThrow(
      /^odometer needs 0\.4 GB of memory for its 10,000,000 cells and 0\.1 GB are free/,
    );
  });
});
