import { describe, expect, it } from 'vitest';
import { compiledData } from './compiled.ts';
import { describeScenario } from './conformance.ts';
import { defineScenario } from './define-scenario.ts';
import type { UnderstudyError } from './error.ts';
import { friends } from './friends.test-support.ts';
import { lives } from './lives.ts';
import { neighbourLevels, neighboursOf } from './neighbours.ts';
import { namedNetwork } from './network/named.ts';
import { adjacencyOf } from './network/network.ts';
import { reachability } from './reachability.ts';
import { stateSpace } from './state-space.ts';

describeScenario(friends);

describe('a crowd factor by neighbours', () => {
  it('becomes a factor of the agent with what it counts, which the hash of the scenario covers', () => {
    const smoking = friends.agent.find(({ name }) => name === 'smoking')!;
    expect(smoking.levels).toEqual(['none', 'some', 'half', 'all']);
    expect(smoking.start.rows).toEqual([Uint32Array.of(0, 65536, 0, 0)]);
    expect(smoking.neighbours).toMatchObject({ in: 'share', cuts: [100_000, 500_000, 1_000_000] });
    expect(smoking.neighbours!.who.parents).toEqual(['action', 'hour', 'trait:old']);
    expect(friends.agent.find(({ name }) => name === 'sad')!.neighbours).toMatchObject({ in: 'count', cuts: [1, 3] });
    expect(friends.crowd.map(({ name }) => name)).toEqual(['queue']);
    const text = JSON.stringify(compiledData(friends));
    expect(text).toContain('"network":"small-world:4,0.25"');
    expect(text).toContain('"cuts":[100000,500000,1000000]');
  });

  it('is there before what reads it in the tick that begins', () => {
    const order = friends.agent.map(({ name }) => name);
    expect(order.indexOf('smoking')).toBeLessThan(order.indexOf('place'));
    expect(order.indexOf('sad')).toBeLessThan(order.indexOf('mood'));
  });

  it('may be at any level, as far as a search of states can tell', () => {
    expect(reachability(friends).crowd).toEqual(['queue', 'smoking', 'sad']);
  });

  it('counts the neighbours of each, and nobody where there are none, as counted by hand', () => {
    // 0 knows 1, 2 and 3; 1 also knows 2; nobody knows 4.
    const known = adjacencyOf({ nodes: 5, from: Uint32Array.of(0, 2, 3, 1), to: Uint32Array.of(1, 0, 0, 2) });
    const count = { who: friends.agent[0]!.start as never, in: 'count', cuts: [1, 3] } as const;
    expect(neighbourLevels(count, known, [false, true, true, true, true])).toEqual([2, 1, 1, 0, 0]);
    const share = { ...count, in: 'share', cuts: [333_333, 666_667] } as const;
    expect(neighbourLevels(share, known, [false, true, false, false, true])).toEqual([1, 0, 1, 0, 0]);
    expect(neighbourLevels(share, known, [true, true, true, false, true])).toEqual([1, 2, 2, 2, 0]);
  });

  it('counts in a life those who stand beside an agent, in the tick before', () => {
    const [seed, agents] = [9, 40];
    const network = namedNetwork('small-world:4,0.3').draw(agents, seed);
    const moments = lives(stateSpace(friends), () => [32768, 32768, 0], { seed, agents, ticks: 5, network });
    const { first, neighbours } = neighboursOf(network, seed);
    const levelOf = (name: string, code: number): unknown => {
      const values = new Map<string, unknown>();
      for (const factor of friends.agent.toReversed()) {
        values.set(factor.name, factor.levels[code % factor.levels.length]);
        code = Math.floor(code / factor.levels.length);
      }
      return values.get(name);
    };
    const met = new Set<unknown>();
    for (const [tick, { codes }] of moments.slice(0, -1).entries())
      for (let agent = 0; agent < agents; agent++) {
        const around = [...neighbours.subarray(first[agent]!, first[agent + 1]!)].map((other) => codes[other]!);
        const sad = around.filter((code) => levelOf('mood', code) === 0 && levelOf('smoking', code) !== 'all').length;
        const level = levelOf('sad', moments[tick + 1]!.codes[agent]!);
        expect(level).toBe(sad >= 3 ? 3 : sad >= 1 ? 1 : 0);
        met.add(level);
      }
    expect(met.size).toBe(3);
  });

  const base = {
    id: 'base',
    actions: ['wait', 'go'],
    discount: 1,
    horizon: 4,
    traits: { groups: { age: ['young', 'old'] } },
    contexts: {},
    world: { hour: { levels: [0, 1], start: 0, next: ({ hour }: { hour: number }) => 1 - hour } },
    agent: { mood: { levels: ['good', 'bad'], start: 'good', next: () => 'bad' } },
    reward: () => 0,
  } as const;
  const around = { levels: ['few', 'many'], who: () => true, by: 'neighbours', cuts: [0.5] } as const;
  it.each<[string, object, string]>([
    [
      'counts of everybody',
      { crowd: { around: { ...around, in: 'per capita' } } },
      "around.in: 'per capita' is of everybody",
    ],
    [
      'adding up',
      { crowd: { around: { ...around, since: () => true } } },
      'around.since: what neighbours do does not add up',
    ],
    [
      'cuts that do not separate',
      { crowd: { around: { ...around, cuts: [] } } },
      'around.cuts: 2 levels have 1 cuts between',
    ],
    ['more than all', { crowd: { around: { ...around, cuts: [1.5] } } }, 'around.cuts: 1.5 is never reached'],
    [
      'an unknown first level',
      { crowd: { around: { ...around, start: 'all' } } },
      'unknown level in around.start: all',
    ],
    [
      'a world that reads it',
      {
        crowd: { around },
        world: { hour: { ...base.world.hour, next: ({ around }: { around: string }) => (around === 'few' ? 0 : 1) } },
      },
      'hour.next reads around: it has a level for each agent, and the world is one for all',
    ],
    [
      'a group of that name',
      { crowd: { around }, traits: { groups: { neighbours: ['nice', 'noisy'] } } },
      'around.by: neighbours are those in a network, but an agent factor or a group of traits has that name; rename it',
    ],
    ['a network for nobody', { network: 'ring:4' }, 'network: nothing goes by neighbours'],
    [
      'a network that does not exist',
      { crowd: { around }, network: 'ring:5' },
      'network ring:5: a node of a ring has an even number',
    ],
  ])('refuses %s', (_, changes, message) => {
    const define = () => defineScenario({ ...base, ...changes } as never);
    expect(define).toThrow(message);
    expect(() => define()).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/SCENARIO|SIMULATION/) }) as UnderstudyError,
    );
  });
});
