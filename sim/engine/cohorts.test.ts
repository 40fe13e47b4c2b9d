import { describe, expect, it } from 'vitest';
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

  it('sell, tick by tick, what agents of their own sell in the same world: Σz² over 30 ticks as χ²', async () => {
    const sales = async (agents: number, cohorts: boolean) => {
      const perTick: number[] = [];
      await run({
        scenario: iceCream,
        policy,
        agents,
        ticks: 45,
        seed: 6,
        cohorts,
        onTick: ({ measures }) => void perTick.push(measures.sales! / agents),
      });
      return perTick;
    };
    const agents = 20_000;
    const [single, counted] = [await sales(agents, false), await sales(1e7, true)];
    const squares = single.map((share, t) => (share - counted[t]!) ** 2 / ((counted[t]! * (1 - counted[t]!)) / agents));
    expect(squares.reduce((a, b) => a + b, 0)).toBeLessThan(79); // 30 ticks are not independent; χ²(30), p = 2e-6 is 79
  });

  it('say that they have no single agents', () => {
    const simulation = new Simulation({ scenario: iceCream, policy, agents: 100, cohorts: true });
    expect(() => simulation.agentAt(0)).toThrow('no single agents');
  });
});
