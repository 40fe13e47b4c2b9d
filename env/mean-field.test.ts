import { describe, expect, it } from 'vitest';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { range } from './chance.ts';
import { defineScenario } from './define-scenario.ts';
import { exactValue } from './exact.ts';
import { lives } from './lives.ts';
import { meanField } from './mean-field.ts';
import { stateSpace } from './state-space.ts';
import { worldPath } from './trajectory.ts';

const SPREAD = 0.5;
const RECOVERY = 0.1;

/** An epidemic in discrete time: S′ = S − βSI, I′ = I + βSI − γI, with the infected share in `fineness` levels. */
const epidemic = (fineness: number, first = 0.01) =>
  defineScenario({
    id: 'epidemic',
    actions: ['mix', 'stay'],
    discount: 1,
    horizon: 100,
    traits: { phrases: [] },
    contexts: { ill: ({ health }) => health === 'infected' },
    world: {},
    agent: {
      health: {
        levels: ['susceptible', 'infected', 'recovered'],
        start: { susceptible: 1 - first, infected: first },
        next: ({ health, action }, { infected }) =>
          health === 'infected'
            ? { recovered: RECOVERY, infected: 1 - RECOVERY }
            : health === 'susceptible' && action === 'mix'
              ? { infected: (SPREAD * infected) / fineness, susceptible: 1 - (SPREAD * infected) / fineness }
              : health,
      },
    },
    crowd: {
      infected: {
        levels: range(0, fineness),
        who: ({ health }) => health === 'infected',
        cuts: range(1, fineness).map((level) => level / fineness),
      },
    },
    reward: ({ health }) => (health === 'infected' ? -1 : 0),
    measures: { infections: ({ health }, next) => (health === 'susceptible' && next.health === 'infected' ? 1 : 0) },
  });
const mix = () => [1, 0];

describe('the mean field of an epidemic', () => {
  /** The difference equation itself; `seen` is the infected share as people feel it. */
  const equation = (ticks: number, seen: (infected: number) => number) => {
    // Probabilities are out of 65,536, at the start as in the laws.
    let [s, i] = [64881 / 65536, 655 / 65536];
    return Array.from({ length: ticks }, () => {
      const now = i;
      const infections = s * seen(i);
      const recoveries = (i * Math.round(RECOVERY * 65536)) / 65536;
      [s, i] = [s - infections, i + infections - recoveries];
      return now;
    });
  };

  it('follows the difference equation of levels to the last digits', async () => {
    const { kind, agent, crowd } = await meanField(epidemic(50), mix);
    const felt = equation(100, (i) => Math.round(((SPREAD * Math.floor(i * 50 + 1e-9)) / 50) * 65536) / 65536);
    expect(kind).toBe('mean field');
    felt.forEach((share, t) => expect(agent.health![t]![1]).toBeCloseTo(share, 12));
    // What is felt in a tick is what stood in the one before.
    expect(crowd.infected!.map(([level]) => level)).toEqual([
      0,
      ...felt.slice(0, -1).map((i) => Math.floor(i * 50 + 1e-9)),
    ]);
  });

  it('tends to the difference equation S′ = S − βSI, I′ = I + βSI − γI as its levels get finer', async () => {
    const smooth = equation(100, (i) => SPREAD * i);
    const error = async (fineness: number) => {
      const { agent } = await meanField(epidemic(fineness), mix);
      return Math.max(...smooth.map((share, t) => Math.abs(agent.health![t]![1]! - share)));
    };
    const [coarse, fine, finest] = [await error(100), await error(500), await error(2000)];
    expect(Math.max(...smooth)).toBeGreaterThan(0.4);
    expect(coarse).toBeGreaterThan(fine);
    expect(fine).toBeGreaterThan(finest);
    expect(finest).toBeLessThan(0.008);
  });

  it('accounts for everybody: infections, rewards and shares agree', async () => {
    const { measures, rewards, agent, actions } = await meanField(epidemic(50), mix, { ticks: 30 });
    const [first, last] = [agent.health![0]![0]!, agent.health![29]![0]!];
    expect(measures.infections!.subarray(0, 29).reduce((a, b) => a + b, 0)).toBeCloseTo(first - last, 12);
    rewards.forEach((reward, t) => expect(reward).toBeCloseTo(-agent.health![t]![1]!, 12));
    for (const shares of agent.health!) expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    expect(actions.map((shares) => [...shares])).toEqual(Array.from({ length: 30 }, () => [expect.closeTo(1, 12), 0]));
  });

  it('is what finite populations tend to, as fast as one over the root of their size', async () => {
    const scenario = epidemic(200, 0.2);
    const space = stateSpace(scenario);
    const { agent } = await meanField(scenario, mix, { ticks: 40 });
    /** Root mean square over seeds and ticks; the seeds are fixed, so the figures are too. */
    const error = (agents: number) => {
      const squares = [1, 2, 3, 4].flatMap((seed) =>
        lives(space, () => [65536, 0], { seed, agents, ticks: 40 }).map(
          ({ codes }, t) => (codes.filter((code) => code === 1).length / agents - agent.health![t]![1]!) ** 2,
        ),
      );
      return Math.sqrt(squares.reduce((a, b) => a + b, 0) / squares.length);
    };
    const ratio = error(250) / error(4000);
    expect(ratio).toBeGreaterThan(2);
    expect(ratio).toBeLessThan(8);
  });

  it('ends if people who see that they are ill, or anybody, stay at home', async () => {
    const { agent } = await meanField(epidemic(1000), () => [0, 1]);
    expect(agent.health![99]![0]).toBeCloseTo(agent.health![0]![0]!, 12);
  });
});

describe('a mean field', () => {
  it('without a crowd, in a world without chance, is the exact value', async () => {
    const lamp = defineScenario({
      id: 'lamp',
      actions: ['leave', 'press'],
      discount: 0.9,
      horizon: 12,
      traits: { phrases: ['tidy', 'messy'] },
      contexts: { dark: ({ light }) => light === 'off', late: ({ hour }) => hour > 1 },
      world: { hour: { levels: range(0, 3), start: 0, next: ({ hour }) => (hour + 1) % 4 } },
      agent: {
        light: {
          levels: ['off', 'on'],
          start: ({ traits }) => (traits.tidy ? 'off' : { on: 0.3, off: 0.7 }),
          next: ({ light, action, traits }) =>
            action === 'press' ? { on: traits.messy ? 0.9 : 0.5, off: traits.messy ? 0.1 : 0.5 } : light,
        },
      },
      allowed: { press: ({ hour }) => hour !== 3 },
      reward: ({ light }) => (light === 'on' ? 1 : 0),
    });
    const policy = (mask: number) => [0.25 + (mask % 3) / 4, 0.75 - (mask % 3) / 4];
    const [field, exact] = [await meanField(lamp, policy), await exactValue(lamp, policy)];
    expect(field.value).toBeCloseTo(exact.value, 12);
    exact.rewards.forEach((reward, t) => expect(field.rewards[t]).toBeCloseTo(reward, 12));
    exact.actions.forEach((shares, t) =>
      shares.forEach((share, a) => expect(field.actions[t]![a]).toBeCloseTo(share, 12)),
    );
  });

  it('takes the course of the world that a run of its seed takes', async () => {
    const { world } = await meanField(iceCream, () => [0.5, 0.5], { seed: 3, ticks: 4 });
    const space = stateSpace(iceCream);
    const path = worldPath(space, 3, 3);
    expect(world).toEqual(
      path.map((levels) =>
        Object.fromEntries(space.world.map(({ factor }, i) => [factor.name, factor.levels[levels[i]!]])),
      ),
    );
  });

  it('of a count of agents needs to know how many there are', async () => {
    const shop = defineScenario({
      id: 'shop',
      actions: ['pass', 'buy'],
      discount: 1,
      horizon: 4,
      traits: { phrases: [] },
      contexts: { 'sold out': ({ stock }) => stock === 'gone' },
      world: {},
      agent: {},
      crowd: {
        stock: {
          levels: ['there', 'gone'],
          who: ({ action }) => action === 'buy',
          in: 'count',
          cuts: [150],
          since: () => false,
        },
      },
      allowed: { buy: ({ stock }) => stock === 'there' },
      reward: ({ action }) => (action === 'buy' ? 1 : 0),
    });
    await expect(meanField(shop, () => [0.5, 0.5])).rejects.toThrow('shop: stock counts agents');
    // 50 buy in each tick, so the stock of 150 is gone after the third; 1000 of them need one tick.
    const sales = async (agents: number) => [...(await meanField(shop, () => [0.5, 0.5], { agents })).rewards];
    expect(await sales(100)).toEqual([0.5, 0.5, 0.5, 0]);
    expect(await sales(1000)).toEqual([0.5, 0, 0, 0]);
  });
});
