import { describe, expect, it } from 'vitest';
import { type Level, mix, ONE, range } from '../../env/chance.ts';
import { type CrowdState, firstCrowd, levelsAt } from '../../env/crowd.ts';
import { defineScenario } from '../../env/define-scenario.ts';
import { chiSquaredTail, twoSidedTail } from '../../env/false-alarm.test-support.ts';
import { lives } from '../../env/lives.ts';
import { meanField } from '../../env/mean-field.ts';
import { philox4x32 } from '../../env/random.ts';
import type { Scenario } from '../../env/scenario.ts';
import { drawWorld, stateSpace, WorldLuck } from '../../env/state-space.ts';
import { CohortCounts } from './cohort-counts.ts';
import { Tally } from './tally.ts';

/** A market in which everything reads a crowd: by place, by trait and of everybody, now and next. */
const market = defineScenario({
  id: 'market',
  actions: ['stroll', 'buy', 'haggle'],
  discount: 1,
  horizon: 12,
  traits: { groups: { age: ['young', 'old'] }, phrases: ['thrifty'] },
  contexts: {
    'there is a queue': ({ queue }) => queue > 0,
    'sold out': ({ stock }) => stock === 'gone',
    'everybody my age buys': ({ habit }) => habit === 'usual',
    angry: ({ mood }) => mood === 'bad',
    'at the bread stall': ({ stall }) => stall === 'bread',
  },
  world: {
    hour: { levels: range(0, 3), start: 0, next: ({ hour }) => (hour + 1) % 4 },
    price: { levels: [1, 2], start: 1, next: ({ stock }) => (stock === 'gone' ? mix(0.75, 2, 1) : 1) },
  },
  agent: {
    mood: {
      levels: ['good', 'bad'],
      start: 'good',
      next: ({ mood }, { queue, habit }) =>
        queue === 2 ? mix(habit === 'usual' ? 0.8 : 0.4, 'bad', mood) : mix(0.5, 'good', mood),
    },
    stall: {
      levels: ['fish', 'fruit', 'bread'],
      start: { fish: 0.5, fruit: 0.3, bread: 0.2 },
      next: ({ stall, queue }) => mix(queue === 2 ? 0.3 : 0.7, stall, { fish: 0.3, fruit: 0.4, bread: 0.3 }),
    },
  },
  crowd: {
    queue: {
      levels: [0, 1, 2],
      who: ({ action, stock }) => action === 'buy' && stock !== 'gone',
      by: 'stall',
      cuts: [0.3, 0.45],
      start: 1,
    },
    stock: {
      levels: ['full', 'low', 'gone'],
      who: ({ action, queue }) => action === 'buy' && queue < 2,
      in: 'per capita',
      cuts: [0.5, 0.9],
      since: ({ hour }) => hour === 0,
    },
    habit: { levels: ['rare', 'usual'], who: ({ action }) => action !== 'stroll', by: 'age', cuts: [0.55] },
  },
  allowed: { haggle: ({ queue }) => queue < 2 },
  reward: ({ action, queue, habit }, { habit: becomes }) =>
    (action === 'buy' ? 2 - queue : 0) + (habit === becomes ? 0 : 1),
  measures: {
    'long waits': ({ action }, { queue }) => (action === 'buy' && queue === 2 ? 1 : 0),
    'sold out': (_, { stock }) => (stock === 'gone' ? 1 : 0),
  },
});

/** Of the policies below, one on whose path the stalls have different queues, and every crowd factor takes every level. */
const KEY = 14;

/** Weights out of 65,536 that differ from one observation to the next. */
const weightsOf = (mask: number): readonly number[] => {
  const [first, second] = philox4x32([mask, 0, 0, 0], [0, KEY]);
  const buy = first % 49152;
  const haggle = second % 16384;
  return [ONE - buy - haggle, buy, haggle];
};

/** A run of cohorts, with what each tick came to. */
function play(
  scenario: Scenario,
  { seed, agents, ticks, weights }: { seed: number; agents: number; ticks: number; weights: typeof weightsOf },
) {
  const space = stateSpace(scenario);
  const luck = new WorldLuck(seed);
  let world = drawWorld(space, luck, 0);
  let crowd: CrowdState = firstCrowd(space);
  const cohorts = new CohortCounts(space, agents, seed, world);
  const tallies = [space.reward, ...Object.values(space.measures)].map(
    (table) => new Tally(space, cohorts.traitSets, table),
  );
  return Array.from({ length: ticks }, (_, tick) => {
    const { codes, counts } = cohorts.cells;
    const states = new Float64Array(space.agentStates);
    codes.forEach((code, cell) => (states[code]! += counts[cell]!));
    const nextWorld = drawWorld(space, luck, tick + 1, world, crowd.levels);
    const decisions = {
      answered: () => true,
      decided: () => true,
      weightsOf: (mask: number) => Uint32Array.from(weights(mask)),
    };
    const played = cohorts.play({ tick, world, nextWorld, crowd }, decisions, tallies);
    const levels = space.crowd.map((one) => levelsAt(one, crowd));
    const [reward, ...measures] = tallies.map((tally) => tally.total());
    [world, crowd] = [nextWorld, played.crowd];
    return { actions: [...played.counts], levels, states, reward: reward!, measures };
  });
}

/** How far the mean of n independent numbers from a range of 1 strays from its expectation but for a chance (Hoeffding 1963). */
const hoeffding = (n: number, chance: number) => Math.sqrt(Math.log(2 / chance) / (2 * n));

describe('cohorts that act on each other', () => {
  it('take the path of the mean field if they are many (one false alarm in a million seeds)', async () => {
    const [agents, ticks, seed] = [1e12, 12, 4];
    const field = await meanField(market, (mask) => weightsOf(mask).map((weight) => weight / ONE), { seed, ticks });
    const played = play(market, { seed, agents, ticks, weights: weightsOf });
    expect(played.map(({ levels }) => levels)).toEqual(
      range(0, ticks - 1).map((t) => [field.crowd.queue![t], field.crowd.stock![t], field.crowd.habit![t]]),
    );
    // Every level of every factor occurs, so every law is read in more than one way.
    expect(Object.values(field.crowd).map((levels) => new Set(levels.flat()).size)).toEqual([3, 3, 2]);
    expect(field.crowd.queue!.some((levels) => new Set(levels).size > 1)).toBe(true);
    // The levels being those of the field, agents are independent. A state is numbered by stall, then by mood, which is drawn
    // after it.
    expect(market.agent.map(({ name }) => name)).toEqual(['stall', 'mood']);
    const checks = ticks * 10;
    const near = hoeffding(agents, 1e-6 / checks);
    played.forEach(({ actions, reward, measures, states }, t) => {
      const differences = [
        ...actions.map((n, a) => n / agents - field.actions[t]![a]!),
        // Rewards lie between −1 and 3.
        (reward / agents - field.rewards[t]!) / 4,
        ...['long waits', 'sold out'].map((name, m) => measures[m]! / agents - field.measures[name]![t]!),
        ...range(0, 2).map(
          (stall) => (states[2 * stall]! + states[2 * stall + 1]!) / agents - field.agent.stall![t]![stall]!,
        ),
        (states[1]! + states[3]! + states[5]!) / agents - field.agent.mood![t]![1]!,
      ];
      expect(differences).toHaveLength(10);
      for (const difference of differences) expect(Math.abs(difference)).toBeLessThan(near);
    });
  });

  it('live as the agents that are written out one by one (one false alarm in 100,000 seeds)', () => {
    const [runs, agents, ticks] = [200, 24, 5];
    const space = stateSpace(market);
    const single = range(0, runs - 1).map((seed) => {
      const { codes, actions, crowd, reward } = lives(space, weightsOf, { seed, agents, ticks }).at(-1)!;
      const stalls = [0, 0, 0];
      for (const code of codes) stalls[code >>> 1]!++;
      return {
        numbers: [...[1, 2].map((a) => actions.filter((action) => action === a).length), ...stalls, reward],
        levels: space.crowd.flatMap((one) => levelsAt(one, crowd)),
      };
    });
    const counted = range(runs, 2 * runs - 1).map((seed) => {
      const { actions, states, reward, levels } = play(market, { seed, agents, ticks, weights: weightsOf }).at(-1)!;
      const stalls = range(0, 2).map((stall) => states[2 * stall]! + states[2 * stall + 1]!);
      return { numbers: [actions[1]!, actions[2]!, ...stalls, reward], levels: levels.flat() };
    });
    const moments = (list: readonly { numbers: number[] }[], i: number) => {
      const mean = list.reduce((sum, { numbers }) => sum + numbers[i]!, 0) / runs;
      return { mean, variance: list.reduce((sum, { numbers }) => sum + (numbers[i]! - mean) ** 2, 0) / (runs - 1) };
    };
    const alarm = 1e-5 / (single[0]!.numbers.length + space.crowdPlaces);
    for (const i of single[0]!.numbers.keys()) {
      const [a, b] = [moments(single, i), moments(counted, i)];
      expect(a.variance).toBeGreaterThan(0);
      const deviate = (a.mean - b.mean) / Math.sqrt((a.variance + b.variance) / runs);
      expect(twoSidedTail(deviate)).toBeGreaterThan(alarm);
    }
    // Pearson's test of homogeneity over the level that the crowd came to at each of its places.
    let compared = 0;
    for (let place = 0; place < space.crowdPlaces; place++) {
      const seen = new Map<Level, [number, number]>();
      [single, counted].forEach((list, which) => {
        for (const { levels } of list) {
          const both = seen.get(levels[place]!) ?? [0, 0];
          both[which]!++;
          seen.set(levels[place]!, both);
        }
      });
      const classes = [...seen.values()].filter(([a, b]) => a + b >= 10);
      if (classes.length < 2) continue;
      compared++;
      const chiSquared = classes.reduce((sum, [a, b]) => sum + (a - b) ** 2 / (a + b), 0);
      expect(chiSquaredTail(chiSquared, classes.length - 1)).toBeGreaterThan(alarm);
    }
    expect(compared).toBeGreaterThan(3);
  });
});

describe('an epidemic of cohorts (SIS)', () => {
  const [spread, recovery, first, fineness] = [0.5, 0.125, 0.25, 500];
  const sick = defineScenario({
    id: 'sis',
    actions: ['mix', 'stay'],
    discount: 1,
    horizon: 60,
    traits: { phrases: [] },
    contexts: { ill: ({ health }) => health === 'infected' },
    world: {},
    agent: {
      health: {
        levels: ['susceptible', 'infected'],
        start: { susceptible: 1 - first, infected: first },
        next: ({ health }, { infected }) =>
          health === 'infected'
            ? mix(recovery, 'susceptible', 'infected')
            : mix((spread * infected) / fineness, 'infected', 'susceptible'),
      },
    },
    crowd: {
      infected: {
        levels: range(0, fineness),
        who: ({ health }) => health === 'infected',
        // A share is felt as the nearest level.
        cuts: range(1, fineness).map((level) => (level - 0.5) / fineness),
      },
    },
    reward: () => 0,
  });

  // i′ = i + β(1 − i)i − γi. The error e of a tick grows by the slope of the map near i, and by what levels, whole numbers
  // of 65,536 and chance add: Hoeffding's inequality for agents that are independent within a tick.
  it.each([1e6, 1e12])('follows its difference equation within the bound of %d agents', (agents) => {
    const ticks = 60;
    const chance = hoeffding(agents, 1e-6 / (ticks + 1));
    const added = spread / (2 * fineness) + 1 / (2 * ONE) + chance;
    const slope = (i: number) => 1 - recovery + spread * (1 - 2 * i);
    let [i, error] = [first, chance];
    const bounds: number[] = [];
    for (const { states } of play(sick, { seed: 9, agents, ticks, weights: () => [ONE, 0] })) {
      expect(Math.abs(states[1]! / agents - i)).toBeLessThan(error);
      bounds.push(error);
      const steepest = Math.max(Math.abs(slope(i - error)), Math.abs(slope(i + error)));
      error = steepest * error + added;
      i += spread * (1 - i) * i - recovery * i;
    }
    expect(Math.max(...bounds)).toBeLessThan(agents > 1e9 ? 0.006 : 0.03);
    // The endemic share 1 − γ/β is reached.
    expect(i).toBeCloseTo(1 - recovery / spread, 6);
  });
});
