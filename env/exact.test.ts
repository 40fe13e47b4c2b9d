import { describe, expect, it } from 'vitest';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { describeScenario } from './conformance.ts';
import { defineScenario } from './define-scenario.ts';
import { exactValue, occupancy } from './exact.ts';
import { twoSidedTail } from './false-alarm.test-support.ts';
import type { Observations } from './observation.ts';
import { stateSpace } from './state-space.ts';
import { trajectory } from './trajectory.ts';

const MOVE = 0.25;
const RETURN = 0.5;
const GAMMA = 0.9;

/** Two states: `go` leaves home with probability 1/4; whoever is away comes back with probability 1/2 and earns 1. */
const commute = defineScenario({
  id: 'commute',
  actions: ['stay', 'go'],
  discount: GAMMA,
  horizon: 400,
  traits: { phrases: ['any'] },
  contexts: { away: ({ place }) => place === 'away' },
  world: {},
  agent: {
    place: {
      levels: ['home', 'away'],
      start: 'home',
      next: ({ place, action }) =>
        place === 'away'
          ? { home: RETURN, away: 1 - RETURN }
          : action === 'go'
            ? { away: MOVE, home: 1 - MOVE }
            : 'home',
    },
  },
  reward: ({ place }) => (place === 'away' ? 1 : 0),
});
const go = () => [0, 1];
const weightsOfGo = () => [0, 65536];

describeScenario(commute, { describe, it });

describe('the exact value', () => {
  it('solves the Bellman equations of a two-state scenario', async () => {
    // v(h) = γ(m v(a) + (1−m) v(h)),  v(a) = 1 + γ(r v(h) + (1−r) v(a))
    const stay = 1 - GAMMA * (1 - MOVE);
    const away = 1 / (1 - GAMMA * (1 - RETURN) - (GAMMA * RETURN * GAMMA * MOVE) / stay);
    const home = (GAMMA * MOVE * away) / stay;
    expect((await exactValue(commute, go)).value).toBeCloseTo(home, 10);
  });

  it('is 0 for those who never leave', async () => {
    expect((await exactValue(commute, () => [1, 0])).value).toBe(0);
  });

  it('agrees with the two-state chain tick by tick: P(away at t) = m/(m+r) · (1 − (1−m−r)^t)', async () => {
    const { rewards } = await exactValue(commute, go, { ticks: 12 });
    rewards.forEach((p, t) => expect(p).toBeCloseTo((MOVE / (MOVE + RETURN)) * (1 - (1 - MOVE - RETURN) ** t), 12));
  });

  it('is the mean over simulated agents, with one false alarm in 10,000 seeds', async () => {
    const space = stateSpace(commute);
    const n = 4000;
    const returns = Array.from({ length: n }, (_, agent) =>
      trajectory(space, weightsOfGo, { seed: 1, agent, ticks: 60 }).reduce(
        (sum, { reward }, t) => sum + GAMMA ** t * reward,
        0,
      ),
    );
    const mean = returns.reduce((a, b) => a + b, 0) / n;
    const error = Math.sqrt(returns.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1) / n);
    const { value } = await exactValue(commute, go, { ticks: 60 });
    expect(twoSidedTail((mean - value) / error)).toBeGreaterThan(1e-4);
  });
});

describe('a policy in exact propagation', () => {
  it('may be an object that decides batches, asked once about each observation', async () => {
    const asked: number[] = [];
    const policy = {
      decide: async ({ masks }: Observations) => {
        asked.push(...masks);
        return { probabilities: Float64Array.from([...masks].flatMap(() => [0, 1])) };
      },
    };
    const { value } = await exactValue(commute, policy);
    expect(value).toBe((await exactValue(commute, go)).value);
    expect(asked.sort()).toEqual([0b01, 0b11]);
  });

  it('is refused where it gives no probability', async () => {
    await expect(exactValue(commute, () => [Number.NaN, Number.NaN])).rejects.toThrow(
      'no probabilities for the observation 1',
    );
    await expect(exactValue(commute, () => [1.5, -0.5])).rejects.toThrow('no probabilities for the observation 1');
  });
});

describe('the occupancy measure', () => {
  it('sums to 1 and is stationary in the long run', async () => {
    const shares = await occupancy(commute, go, { ticks: 4000 });
    expect([...shares.values()].reduce((a, b) => a + b, 0)).toBeCloseTo(1, 10);
    expect(shares.get(0b11)).toBeCloseTo(MOVE / (MOVE + RETURN), 3);
  });

  it('covers a day of the ice-cream town, where nobody is shown a conflict', async () => {
    const shares = await occupancy(iceCream, () => [0.5, 0.5], { ticks: 3 });
    expect([...shares.values()].reduce((a, b) => a + b, 0)).toBeCloseTo(1, 10);
    for (const mask of shares.keys())
      expect(iceCream.conflicts.some(([a, b]) => (mask >>> a) & (mask >>> b) & 1)).toBe(false);
  });
});
