import { describe, expect, it } from 'vitest';
import { twoSidedTail } from '../../env/false-alarm.test-support.ts';
import { philox4x32 } from '../../env/random.ts';
import type { Policy } from '../../policies/policy.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { run } from '../run.ts';
import { Simulation } from '../simulation.ts';

const policy: Policy = {
  id: 'scattered',
  scenario: iceCream.id,
  decide: async ({ masks }) => ({
    probabilities: Float64Array.from(
      [...masks].flatMap((mask) => {
        const p = philox4x32([mask, 0, 0, 0], [0, 0])[0] / 2 ** 32;
        return [1 - p, p];
      }),
    ),
    outcomes: Array.from(masks, () => 'ok' as const),
  }),
  [Symbol.asyncDispose]: async () => {},
};

describe('cohorts', () => {
  it('keep every agent in every tick, a billion too, and repeat with the seed', async () => {
    const options = { scenario: iceCream, policy, agents: 1e9, ticks: 6, seed: 4, cohorts: true };
    const counted: number[] = [];
    const first = await run({ ...options, onTick: ({ counts }) => void counted.push(counts[0]! + counts[1]!) });
    expect(new Set(counted)).toEqual(new Set([1e9]));
    expect((await run(options)).stateHash).toBe(first.stateHash);
    expect((await run({ ...options, seed: 5 })).stateHash).not.toBe(first.stateHash);
  });

  // Given the world, agents are independent: what n of them sell in one tick is a binomial count. Ticks of one run
  // depend on each other, so each is tested by itself, and the false alarms of all of them together are bounded.
  it('sell in each tick what agents of their own sell in the same world, with one false alarm in 100,000 seeds', async () => {
    const ticks = 45;
    const sales = async (agents: number, cohorts: boolean) => {
      const perTick: number[] = [];
      await run({
        scenario: iceCream,
        policy,
        agents,
        ticks,
        seed: 6,
        cohorts,
        onTick: ({ measures }) => void perTick.push(measures.sales! / agents),
      });
      return perTick;
    };
    const [few, many] = [20_000, 1e7];
    const [single, counted] = [await sales(few, false), await sales(many, true)];
    const alarms = single.map((share, t) => {
      const p = (few * share + many * counted[t]!) / (few + many);
      return twoSidedTail((share - counted[t]!) / Math.sqrt(p * (1 - p) * (1 / few + 1 / many)));
    });
    expect(alarms).toHaveLength(ticks);
    expect(Math.min(...alarms)).toBeGreaterThan(1e-5 / ticks);
  });

  it('say that they have no single agents', () => {
    const simulation = new Simulation({ scenario: iceCream, policy, agents: 100, cohorts: true });
    expect(() => simulation.agentAt(0)).toThrow('no single agents');
  });
});
