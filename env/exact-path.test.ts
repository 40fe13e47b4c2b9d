import { describe, expect, it } from 'vitest';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { mix, ONE, quantise } from './chance.ts';
import { defineScenario } from './define-scenario.ts';
import { exactValue } from './exact.ts';
import { type ExactPath, exactPath } from './exact-path.ts';
import { twoSidedTail } from './false-alarm.test-support.ts';
import { populationMoments } from './population-moments.ts';
import {
  decodeAgent,
  encodeAgent,
  look,
  maskActions,
  observe,
  type StateSpace,
  setTraits,
  stateSpace,
} from './state-space.ts';
import { forEachOutcome } from './successors.ts';
import { listedTraits } from './trait-law.ts';
import { trajectory, worldPath } from './trajectory.ts';

/** A shop in changing weather; an action that is not always allowed, a reward that reads what comes, laws that read traits. */
const shop = defineScenario({
  id: 'shop',
  actions: ['wait', 'browse', 'leave'],
  discount: 0.9,
  horizon: 4,
  traits: { phrases: ['shy', 'rich'], weight: (has) => (has.shy ? 3 : 1) },
  contexts: {
    inside: ({ place }) => place === 'in',
    rain: ({ sky }) => sky === 'rain',
    broke: ({ purse }) => purse < 1,
  },
  world: { sky: { levels: ['sun', 'rain'], start: 'sun', next: () => ({ sun: 0.25, rain: 0.75 }) } },
  agent: {
    place: {
      levels: ['out', 'in'],
      start: { out: 0.7, in: 0.3 },
      next: ({ place, action, traits }, { sky }) =>
        action === 'leave'
          ? 'out'
          : place === 'in'
            ? { in: 0.85, out: 0.15 }
            : mix((sky === 'rain' ? 0.5 : 0.2) * (traits.shy ? 0.5 : 1), 'in', 'out'),
    },
    purse: {
      levels: [0, 1, 2],
      start: ({ traits }) => (traits.rich ? 2 : 1),
      next: ({ purse, action }, { place }) =>
        action === 'browse' && place === 'in' && purse > 0 ? { [purse]: 0.6, [purse - 1]: 0.4 } : purse,
    },
  },
  allowed: { leave: ({ place }) => place === 'in' },
  reward: ({ action, place, traits }, { purse }) =>
    action === 'browse' && place === 'in' ? (traits.rich ? 2 : 1) + purse : 0,
  measures: { entries: ({ place }, next) => (place === 'out' && next.place === 'in' ? 1 : 0) },
});

const probabilities = (mask: number) => {
  const shares = [1 + (mask % 3), 1 + (mask % 5), 1 + (mask % 2)];
  const sum = shares.reduce((a, b) => a + b, 0);
  return shares.map((share) => share / sum);
};

/** Visits every life that an agent can have in a course of the world, with its probability. */
function everyLife(
  space: StateSpace,
  path: readonly Int32Array[],
  visit: (p: number, rewards: number[]) => void,
): void {
  const values = new Int32Array(space.slots);
  const people = listedTraits(space.scenario);
  const live = (tick: number, code: number, p: number, rewards: number[]): void => {
    if (tick === path.length - 1) {
      visit(p, rewards);
      return;
    }
    const enter = (action = 0) => {
      values.set(path[tick]!, space.worldNow);
      values.set(path[tick + 1]!, space.worldNext);
      decodeAgent(space, values, space.agentNow, code);
      values[space.action] = action;
    };
    enter();
    const weights = maskActions(space, values, quantise(probabilities(observe(space, values))));
    weights.forEach((weight, action) => {
      if (weight === 0) return;
      enter(action);
      const ways: [number, number, number][] = [];
      forEachOutcome(space.agent, 'next', values, space.agentNext, (q) =>
        ways.push([q, encodeAgent(space, values, space.agentNext), look(space.reward, values)]),
      );
      for (const [q, next, reward] of ways) live(tick + 1, next, ((p * weight) / ONE) * q, [...rewards, reward]);
    });
  };
  people.sets.forEach((set, s) => {
    setTraits(space, values, set);
    values.set(path[0]!, space.worldNext);
    const starts: [number, number][] = [];
    forEachOutcome(space.agent, 'start', values, space.agentNext, (q) =>
      starts.push([q, encodeAgent(space, values, space.agentNext)]),
    );
    for (const [q, code] of starts) {
      setTraits(space, values, set);
      live(0, code, (q * people.weights[s]!) / people.total, []);
    }
  });
}

describe('exact propagation along a path of the world', () => {
  it('has the moments of all lives, listed one by one', async () => {
    const space = stateSpace(shop);
    const path = worldPath(space, 3, 4);
    const { rewards, totals } = await exactPath(shop, probabilities, { seed: 3, totals: true });
    const sums = { p: 0, value: 0, square: 0, first: 0, firstSquare: 0 };
    everyLife(space, path, (p, lived) => {
      const value = lived.reduce((sum, reward, t) => sum + shop.discount ** t * reward, 0);
      sums.p += p;
      sums.value += p * value;
      sums.square += p * value ** 2;
      sums.first += p * lived[2]!;
      sums.firstSquare += p * lived[2]! ** 2;
    });
    expect(sums.p).toBeCloseTo(1, 12);
    expect(totals!.value.mean).toBeCloseTo(sums.value, 10);
    expect(totals!.value.variance).toBeCloseTo(sums.square - sums.value ** 2, 10);
    expect(rewards[2]!.mean).toBeCloseTo(sums.first, 10);
    expect(rewards[2]!.variance).toBeCloseTo(sums.firstSquare - sums.first ** 2, 10);
  });

  it('averages over all courses of the world to the exact value, and so does the variance by its two parts', async () => {
    const ticks = 4;
    const { value, rewards, rewardVariances, actions } = await exactValue(shop, probabilities, { ticks });
    const courses: ExactPath[] = [];
    const weights: number[] = [];
    const means = { value: 0, rewards: new Float64Array(ticks), leave: new Float64Array(ticks) };
    for (let skies = 0; skies < 2 ** ticks; skies++) {
      const path = [[0], ...Array.from({ length: ticks }, (_, t) => [(skies >>> t) & 1])];
      const weight = path.slice(1).reduce((p, [sky]) => p * (sky === 1 ? 0.75 : 0.25), 1);
      const along = await exactPath(shop, probabilities, { path, totals: true });
      courses.push(along);
      weights.push(weight);
      means.value += weight * along.totals!.value.mean;
      for (let t = 0; t < ticks; t++) {
        means.rewards[t]! += weight * along.rewards[t]!.mean;
        means.leave[t]! += weight * along.actions[t]![2]!;
      }
    }
    expect(means.value).toBeCloseTo(value, 10);
    for (let t = 0; t < ticks; t++) {
      expect(means.rewards[t]).toBeCloseTo(rewards[t]!, 10);
      expect(means.leave[t]).toBeCloseTo(actions[t]![2]!, 10);
      const ofTick = courses.map((course) => course.rewards[t]!);
      expect(populationMoments(ofTick, 1, weights).variance).toBeCloseTo(rewardVariances[t]!, 10);
    }
  });

  it('has the mean and the variance of agents that live in the ice-cream town (one false alarm in 10,000 seeds)', async () => {
    const [agents, ticks] = [3000, 15];
    const space = stateSpace(iceCream);
    const half = Uint32Array.of(ONE / 2, ONE / 2);
    const { totals, actions } = await exactPath(iceCream, () => [0.5, 0.5], { seed: 9, ticks, totals: true });
    expect(actions[14]![1]).toBeCloseTo(0.5, 12);
    expect(totals!.measures.sales!.mean).toBeCloseTo(7.5, 10);
    expect(totals!.measures.sales!.variance).toBeCloseTo(15 / 4, 10);
    const values = Array.from({ length: agents }, (_, agent) =>
      trajectory(space, () => half, { seed: 9, agent, ticks }).reduce(
        (sum, { reward }, t) => sum + iceCream.discount ** t * reward,
        0,
      ),
    );
    const { mean, variance } = totals!.value;
    const at = (power: number) => values.reduce((sum, x) => sum + (x - mean) ** power, 0) / agents;
    // Mean of x and of (x − μ)², each normal by the central limit theorem: 5e-5 for each.
    expect(twoSidedTail(at(1) / Math.sqrt(variance / agents))).toBeGreaterThan(5e-5);
    expect(twoSidedTail((at(2) - variance) / Math.sqrt((at(4) - at(2) ** 2) / agents))).toBeGreaterThan(5e-5);
  });

  it('tells chance among agents from what the world brings to all of them', () => {
    const courses = [
      { mean: 1, variance: 3 },
      { mean: 2, variance: 5 },
    ];
    // E[Var] = 4 and Var(E) = ½ for one agent: 10 agents have 10 times the one and 100 times the other.
    expect(populationMoments(courses, 10)).toEqual({ mean: 15, variance: 90, within: 40, between: 50 });
    expect(populationMoments(courses, 10, [0.5, 0.5])).toEqual({ mean: 15, variance: 65, within: 40, between: 25 });
    expect(() => populationMoments(courses, 10, [0.5])).toThrow('expected 2 weights that sum to 1, got 1');
    expect(() => populationMoments([courses[0]!], 10)).toThrow('expected two courses or more, got 1');
  });

  it('refuses a path that is too short', async () => {
    await expect(exactPath(shop, probabilities, { path: [[0], [1]], ticks: 2 })).rejects.toThrow(
      'expected a path of 3 worlds, got 2',
    );
  });
});
