import { describe, expect, it } from 'vitest';
import { occupancy } from '../env/exact.ts';
import { constant } from '../policies/baselines/constant.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { openPolicy } from '../scenarios/open.ts';
import { smallScenario } from './evaluation/small-scenario.test-support.ts';
import { ladder, maskAt } from './toy.test-support.ts';
import { visitsOf } from './visits.ts';

const [bold, rain] = [1, 8];

describe('visitsOf', () => {
  it('counts what a run by hand counts: three agents on the first four steps, once each', async () => {
    const { masks, counts, agents, ticks } = await visitsOf(ladder, constant(ladder, 0.5), { agents: 3, seed: 1 });
    expect([...masks]).toEqual([0, 1, 2, 3].map(maskAt));
    expect([...counts]).toEqual([3, 3, 3, 3]);
    expect([agents, ticks]).toEqual([3, 4]);
  });

  it('counts those who stay where they are at each tick: twelve ticks end with five on the eighth step', async () => {
    const { counts } = await visitsOf(ladder, constant(ladder, 0.5), { agents: 1, ticks: 12, seed: 1 });
    expect([...counts]).toEqual([1, 1, 1, 1, 1, 1, 1, 5]);
  });

  it('counts every agent at every tick, and the same for the same seed', async () => {
    const run = async (seed: number) => {
      const { masks, counts } = await visitsOf(iceCream, constant(iceCream, 0.2), { agents: 50, ticks: 30, seed });
      return { masks, counts };
    };
    const first = await run(4);
    expect(first.counts.reduce((sum, count) => sum + count, 0)).toBe(50 * 30);
    expect(first.masks).toEqual(first.masks.slice().sort());
    expect(await run(4)).toEqual(first);
    expect(await run(5)).not.toEqual(first);
  });

  it('agrees with exact propagation, and knows what was decided', async () => {
    await using policy = await openPolicy('constant:0.25', { scenario: smallScenario });
    const visits = await visitsOf(smallScenario, policy, { agents: 4000, seed: 1 });
    const exact = await occupancy(smallScenario, policy);
    expect([...visits.masks]).toEqual([...exact.keys()].sort((a, b) => a - b));
    visits.masks.forEach((mask, i) => {
      expect(visits.counts[i]! / (4000 * 4)).toBeCloseTo(exact.get(mask)!, 1);
    });
    expect([...visits.decided(bold | rain)]).toEqual([0.75, 0.25]);
  });

  it('meets other states than a uniform sample has: ordinary hours without a single context', async () => {
    await using policy = await openPolicy('uniform');
    const { masks } = await visitsOf(iceCream, policy, { agents: 40, seed: 1 });
    const contexts = (mask: number) =>
      iceCream.sets.indices(mask).filter((phrase) => phrase >= iceCream.traits.length).length;
    expect([...masks].some((mask) => contexts(mask) === 0)).toBe(true);
  });
});
