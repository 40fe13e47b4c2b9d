import { describe, expect, it } from 'vitest';
import { levelsAt } from '../env/crowd.ts';
import { lives } from '../env/lives.ts';
import { market } from '../env/market.test-support.ts';
import { stateSpace } from '../env/state-space.ts';
import { policyOf } from '../policies/policy-of.ts';
import { Simulation } from './simulation.ts';

const buys = 0.35;
const eager = 0.8;
const policy = policyOf(market, ({ traits, contexts }) => {
  const p = contexts.includes('sold out') ? 0 : traits.includes('young') && !contexts.includes('queue') ? eager : buys;
  return [1 - p, p];
});
const space = stateSpace(market);
const weightsOf = (mask: number) => {
  const has = (phrase: string) => market.sets.holds(mask, market.phrases.indexOf(phrase));
  const p = has('sold out') ? 0 : has('young') && !has('queue') ? eager : buys;
  const weight = Math.round(65536 * p);
  return [65536 - weight, weight];
};

describe('agents that act on each other', () => {
  // Few agents are played by the plain kernel, many by the compiled one.
  it.each([60, 4200])('live as the reference tells: %d of them', async (agents) => {
    const ticks = 12;
    const simulation = new Simulation({ scenario: market, policy, agents, seed: 4 });
    for (const moment of lives(space, weightsOf, { seed: 4, agents, ticks })) {
      expect([...simulation.codes]).toEqual(moment.codes);
      const record = await simulation.step();
      expect([...simulation.actions]).toEqual(moment.actions);
      expect(record.reward).toBe(moment.reward);
      const [queue, stock, habit] = space.crowd.map((crowd) => levelsAt(crowd, moment.crowd));
      expect(record.crowd).toEqual({
        queue: { fish: queue![0], fruit: queue![1], bread: queue![2] },
        stock: stock![0],
        habit: { young: habit![0], old: habit![1] },
      });
    }
  });

  it('meet a crowd that is part of the state hash', async () => {
    const run = async (seed: number) => {
      const simulation = new Simulation({ scenario: market, policy, agents: 500, seed });
      const hashes = [simulation.stateHash()];
      for (let tick = 0; tick < 6; tick++) {
        await simulation.step();
        hashes.push(simulation.stateHash());
      }
      return hashes;
    };
    expect(await run(1)).toEqual(await run(1));
    expect(new Set([...(await run(1)), ...(await run(2))]).size).toBe(14);
  });
});
