import { describe, expect, it } from 'vitest';
import { constant } from '../policies/baselines/constant.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { ladder, maskAt } from './toy.test-support.ts';
import { visitsOf } from './visits.ts';

describe('visitsOf', () => {
  it('counts what a run by hand counts: three agents on the first four steps, once each', async () => {
    const { masks, counts } = await visitsOf(constant(ladder, 0.5), { scenario: ladder, agents: 3, days: 1, seed: 1 });
    expect([...masks]).toEqual([0, 1, 2, 3].map(maskAt));
    expect([...counts]).toEqual([3, 3, 3, 3]);
  });

  it('counts those who stay where they are at each tick: ten ticks end with three on the eighth step', async () => {
    const { counts } = await visitsOf(constant(ladder, 0.5), { scenario: ladder, agents: 2, days: 3, seed: 1 });
    expect([...counts]).toEqual([2, 2, 2, 2, 2, 2, 2, 10]);
  });

  it('counts every agent at every tick, and the same for the same seed', async () => {
    const run = (seed: number) => visitsOf(constant(iceCream, 0.2), { scenario: iceCream, agents: 50, days: 2, seed });
    const first = await run(4);
    expect(first.counts.reduce((sum, count) => sum + count, 0)).toBe(50 * 2 * 15);
    expect(await run(4)).toEqual(first);
    expect(await run(5)).not.toEqual(first);
  });
});
