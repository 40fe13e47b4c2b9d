import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defineScenario } from '../env/define-scenario.ts';
import { exactValue, occupancy } from '../env/exact.ts';
import { exactPath } from '../env/exact-path.ts';
import { friends } from '../env/friends.test-support.ts';
import { lives } from '../env/lives.ts';
import { market } from '../env/market.test-support.ts';
import { meanField } from '../env/mean-field.ts';
import { namedNetwork } from '../env/network/named.ts';
import { stateSpace } from '../env/state-space.ts';
import { policyOf } from '../policies/policy-of.ts';
import { compile } from './compile.ts';
import { Environment } from './environment.ts';
import { run } from './run.ts';
import { Simulation } from './simulation.ts';

const space = stateSpace(friends);
const shares = (has: (phrase: string) => boolean) => {
  const smoke = has('friends smoke') ? 0.5 : 0.125;
  const walk = has('a sad friend') ? 0.25 : has('queue') ? 0.125 : 0.0625;
  return [1 - smoke - walk, smoke, walk];
};
const policy = policyOf(friends, ({ contexts }) => shares((phrase) => contexts.includes(phrase)));
const weightsOf = (mask: number) =>
  shares((phrase) => friends.sets.holds(mask, friends.phrases.indexOf(phrase))).map((share) => 65536 * share);

describe('agents with neighbours', () => {
  // Few agents are played by the plain kernel, many by the compiled one.
  it.each([
    ['ring:2', 60],
    ['small-world:4,0.25', 300],
    ['scale-free:2', 4300],
  ])('in %s live as the reference tells: %d of them', async (name, agents) => {
    const [seed, ticks] = [4, 8];
    const simulation = new Simulation({ scenario: friends, policy, agents, seed, network: name });
    const network = namedNetwork(name).draw(agents, seed);
    for (const moment of lives(space, weightsOf, { seed, agents, ticks, network })) {
      expect([...simulation.codes]).toEqual(moment.codes);
      const record = await simulation.step();
      expect([...simulation.actions]).toEqual(moment.actions);
      expect(record.reward).toBe(moment.reward);
    }
  });

  it('are told by their level in the inspector', () => {
    const { state } = new Simulation({ scenario: friends, policy, agents: 20 }).agentAt(7);
    expect(state).toMatchObject({ smoking: 'some', sad: 0 });
  });

  it('go on from a snapshot as if they had never stopped, and begin again with another seed', async () => {
    const begin = (seed: number) => new Simulation({ scenario: friends, policy, agents: 200, seed });
    const whole = begin(1);
    for (let tick = 0; tick < 3; tick++) await whole.step();
    const kept = whole.snapshot();
    for (let tick = 0; tick < 3; tick++) await whole.step();
    // Of another seed, so that the network has to be drawn anew.
    const other = begin(2);
    const first = other.network;
    other.restore(kept);
    expect(other.network).toEqual(whole.network);
    for (let tick = 0; tick < 3; tick++) await other.step();
    expect(other.stateHash()).toBe(whole.stateHash());
    other.reset({ seed: 2 });
    expect(other.network).toEqual(first);
    expect(other.stateHash()).toBe(begin(2).stateHash());
  });

  it('do not go on in another network', () => {
    const begin = (network: string) => new Simulation({ scenario: friends, policy, agents: 50, network });
    expect(() => begin('ring:2').restore(begin('ring:4').snapshot())).toThrow(
      'the snapshot is of network ring:4, and the run has ring:2',
    );
  });

  it('differ by their network alone, which is part of the state hash', () => {
    const begin = (network: string) => new Simulation({ scenario: friends, policy, agents: 50, network });
    expect(begin('ring:2').stateHash()).not.toBe(begin('ring:4').stateHash());
  });
});

/** Everybody adopts who has enough neighbours that have; one does from the start. */
const cascade = (agents: number, threshold: number) =>
  defineScenario({
    id: 'cascade',
    actions: ['wait', 'look'],
    discount: 1,
    horizon: 10,
    traits: {
      groups: { role: ['first', 'follower'] },
      population: [
        { traits: ['first'], weight: 1 },
        { traits: ['follower'], weight: agents - 1 },
      ],
    },
    contexts: { adopted: ({ adopted }) => adopted === 'yes' },
    world: { day: { levels: [0], start: 0, next: () => 0 } },
    agent: {
      adopted: {
        levels: ['no', 'yes'],
        start: (first) => (first.traits.first ? 'yes' : 'no'),
        next: ({ adopted }, { around }) => (adopted === 'yes' || around === 'enough' ? 'yes' : 'no'),
      },
    },
    crowd: {
      around: {
        levels: ['few', 'enough'],
        who: ({ adopted }) => adopted === 'yes',
        by: 'neighbours',
        cuts: [threshold],
      },
    },
    reward: ({ adopted }) => (adopted === 'yes' ? 1 : 0),
  });

/** Granovetter, "Threshold models of collective behavior", 1978; on networks, Watts 2002 and Morris, "Contagion", 2000. */
describe('a threshold cascade', () => {
  const adopters = async (agents: number, network: string, threshold: number, ticks: number) => {
    const scenario = cascade(agents, threshold);
    const simulation = new Simulation({
      ...{ scenario, agents, network, seed: 5 },
      policy: policyOf(scenario, () => [0.5, 0.5]),
      people: 'exact',
    });
    const counts: number[] = [];
    for (let tick = 0; tick < ticks; tick++) counts.push((await simulation.step()).reward);
    return counts;
  };
  const upTo = (ticks: number, most: number, grow: (t: number) => number) =>
    Array.from({ length: ticks }, (_, t) => Math.min(most, grow(t)));

  // Few agents are played by the plain kernel, many by the compiled one.
  it.each([
    [31, 20],
    [5000, 40],
  ])('on a ring of %d reaches one more on either side a tick, at a threshold of a half', async (agents, ticks) => {
    expect(await adopters(agents, 'ring:2', 1 / 2, ticks)).toEqual(upTo(ticks, agents, (t) => 1 + 2 * t));
  });

  it('on a ring goes nowhere beyond a half, where one neighbour is not enough', async () => {
    expect(await adopters(31, 'ring:2', 0.500001, 10)).toEqual(new Array(10).fill(1));
    expect(await adopters(5000, 'ring:2', 0.500001, 10)).toEqual(new Array(10).fill(1));
  });

  it('on a ring of four neighbours takes two steps a tick at a quarter', async () => {
    expect(await adopters(101, 'ring:4', 1 / 4, 30)).toEqual(upTo(30, 101, (t) => 1 + 4 * t));
    expect(await adopters(101, 'ring:4', 0.26, 10)).toEqual(new Array(10).fill(1));
  });
});

describe('the network of a run', () => {
  const uniform = 'uniform';
  const inFolder = async (use: (folder: string) => Promise<void>) => {
    const folder = await mkdtemp(join(tmpdir(), 'understudy-network-'));
    try {
      await use(folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  };

  it('may be a file of edges, and gives the run of the same edges', async () => {
    const network = namedNetwork('small-world:4,0.25').draw(40, 1);
    const lines = Array.from(network.from, (from, e) => `${network.to[e]},${from}`);
    await inFolder(async (folder) => {
      const file = join(folder, 'edges.csv');
      await writeFile(file, `source,target\n${lines.reverse().join('\n')}\n${lines[0]}\n`);
      const notes: string[] = [];
      const options = { scenario: friends, policy: uniform, agents: 40, seed: 1, ticks: 5 };
      const read = await run({ ...options, network: file, log: (line) => notes.push(line) });
      const drawn = await run({ ...options, network: 'small-world:4,0.25' });
      expect(read.actions).toEqual(drawn.actions);
      expect(read.reward).toBe(drawn.reward);
      expect(read.network).toMatchObject({ id: `sha256:${read.network!.sha256}`, edges: 80 });
      expect(drawn.network).toMatchObject({ id: 'small-world:4,0.25', edges: 80 });
      expect(notes.join()).toContain('edges.csv: 1 of its lines repeat an edge, which counts once');
      await expect(run({ ...options, agents: 39, network: file })).rejects.toThrow(
        /edges\.csv, line \d+: the network has a node 39, and 39 agents stand at the nodes 0 to 38; simulate 40 agents/,
      );
      // Agents beyond the nodes are alone.
      expect((await run({ ...options, agents: 50, network: file })).network!.edges).toBe(80);
    });
  });

  it('is asked for where nobody says who is whose neighbour, and refused where nothing depends on it', async () => {
    const scenario = cascade(20, 0.5);
    await expect(run({ scenario, policy: uniform, agents: 20 })).rejects.toThrow(
      "cascade: what an agent's neighbours do decides around; say who they are with --network",
    );
    await expect(run({ scenario: market, policy: uniform, agents: 20, network: 'ring:2' })).rejects.toThrow(
      'market has no crowd factor by neighbours, so a network changes nothing; leave it out',
    );
    await expect(run({ scenario, policy: uniform, agents: 20, network: 'rings:2' })).rejects.toThrow(
      'rings:2 does not exist; a network is ring:K, small-world:K,P, scale-free:M or a CSV file of edges',
    );
  });

  it('is what every engine but single agents says that it cannot follow', async () => {
    const reason = "cannot tell what an agent's own neighbours do, which decides smoking, sad; simulate single agents";
    const decide = () => [1, 0, 0];
    await expect(exactValue(friends, decide)).rejects.toThrow(reason);
    await expect(occupancy(friends, decide)).rejects.toThrow(reason);
    await expect(exactPath(friends, decide)).rejects.toThrow(reason);
    await expect(meanField(friends, decide)).rejects.toThrow(reason);
    expect(() => new Simulation({ scenario: friends, policy, agents: 20, cohorts: true })).toThrow(reason);
    expect(() => new Environment(friends, { others: { policy: decide, agents: 5 } })).toThrow(reason);
    await inFolder(async (folder) => {
      await expect(compile({ scenario: friends, out: join(folder, 'tables.json') })).rejects.toThrow(reason);
    });
  });
});
