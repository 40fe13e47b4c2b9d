import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CrowdCount, type CrowdState, crowdAfter, firstCrowd, levelsAt, reachesExactly } from './crowd.ts';
import { setAgentNext, setCrowd } from './crowd-slots.ts';
import { lives } from './lives.ts';
import { market } from './market.test-support.ts';
import { drawPeople, individuals } from './people.ts';
import { decodeAgent, look, setTraits, stateSpace } from './state-space.ts';
import { trajectory, worldPath } from './trajectory.ts';

const space = stateSpace(market);
const [queue, stock, habit] = space.crowd;

/** Counts agents: [stall, age, action, how many]. */
const counted = (before: CrowdState, agents: readonly (readonly [number, number, number, number])[]): CrowdCount => {
  const count = new CrowdCount(space);
  const values = new Int32Array(space.slots);
  setCrowd(space, values, 'now', before.levels);
  for (const [stall, age, action, n] of agents) {
    decodeAgent(space, values, space.agentNow, 2 * stall);
    setTraits(space, values, 1 << age);
    values[space.action] = action;
    count.add(values, n);
  }
  return count;
};

describe('the crowd after a tick', () => {
  const morning = firstCrowd(space);

  it('starts at the declared levels, everywhere', () => {
    expect(levelsAt(queue!, morning)).toEqual([1, 1, 1]);
    expect(levelsAt(stock!, morning)).toEqual(['full']);
    expect(levelsAt(habit!, morning)).toEqual(['rare', 'rare']);
    expect([...morning.totals]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('counts by place, for everybody and by trait, as counted by hand', () => {
    // Fish: 5 of 10 buy; fruit: 3 of 30, which is a tenth exactly; bread: nobody is there.
    const count = counted(morning, [
      [0, 0, 1, 5],
      [0, 1, 0, 5],
      [1, 0, 1, 3],
      [1, 1, 0, 27],
    ]);
    const after = crowdAfter(space, count, morning, [1]);
    expect([...count.present]).toEqual([10, 30, 0, 40, 8, 32]);
    expect([...count.counted]).toEqual([5, 3, 0, 8, 8, 0]);
    expect(levelsAt(queue!, after)).toEqual([2, 1, 0]);
    expect(levelsAt(stock!, after)).toEqual(['full']);
    // 8 young buyers are a fifth of all 40 agents.
    expect(levelsAt(habit!, after)).toEqual(['usual', 'rare']);
  });

  it('adds up what counts since a tick of the world, and starts again in that tick', () => {
    const hours: [number, string, number][] = [];
    let crowd = morning;
    for (const hour of [1, 2, 3, 0, 1]) {
      crowd = crowdAfter(space, counted(crowd, [[0, 0, 1, 49]]), crowd, [hour]);
      hours.push([hour, String(levelsAt(stock!, crowd)[0]), crowd.totals[stock!.first]!]);
    }
    expect(hours).toEqual([
      [1, 'full', 49],
      [2, 'low', 98],
      [3, 'gone', 147],
      // Sold out at 3, so nobody was counted then.
      [0, 'full', 0],
      [1, 'full', 49],
    ]);
  });
});

describe('the level that an agent reads', () => {
  const values = new Int32Array(space.slots);
  const read = () => [...values.subarray(space.crowdNow, space.crowdNow + 3)];
  const next = () => [...values.subarray(space.crowdNext, space.crowdNext + 3)];

  it('is that of the place where it is now, and of the place where it will be', () => {
    setCrowd(space, values, 'now', [0, 1, 2, 1, 0, 1]);
    setCrowd(space, values, 'next', [2, 1, 0, 2, 1, 0]);
    setTraits(space, values, 0b10);
    decodeAgent(space, values, space.agentNow, 2 * 2);
    expect(read()).toEqual([2, 1, 1]);
    setAgentNext(space.agent[0]!, values, space.agentNext, 0);
    expect(next()).toEqual([2, 2, 0]);
    expect(look(space.agent[1]!.next, values)).toEqual(Uint32Array.of(0, 65536));
    setAgentNext(space.agent[0]!, values, space.agentNext, 1);
    expect(next()).toEqual([1, 2, 0]);
    setTraits(space, values, 0b01);
    expect([...read(), ...next()]).toEqual([2, 1, 0, 1, 2, 1]);
  });

  it('is asked for by name where a path of the world would need it', () => {
    expect(() => worldPath(space, 1, 2)).toThrow(
      'market: expected the level of the crowd (queue, stock, habit) at 6 places',
    );
  });
});

describe('the lives of agents that act on each other', () => {
  const weights = (mask: number) => (mask % 2 === 0 ? [32768, 32768] : [13107, 52429]);
  const shared = lives(space, weights, { seed: 4, agents: 60, ticks: 12 });

  it('are, one by one, the trajectories of agents in that crowd', () => {
    const crowd = (tick: number) => (shared[tick] ?? shared[11]!).crowd.levels;
    const people = individuals(drawPeople(space, 4, 60));
    for (const agent of [0, 17, 59]) {
      const { place, traitSet } = people[agent]!;
      const life = trajectory(space, weights, { seed: 4, agent: place, traitSet, ticks: 11, crowd });
      expect(life.map(({ code, action }) => [code, action])).toEqual(
        shared.slice(0, 11).map(({ codes, actions }) => [codes[agent], actions[agent]]),
      );
    }
  });

  it('make the crowd that each of them then reads', () => {
    for (let tick = 0; tick < 11; tick++) {
      const { codes, actions, world, crowd } = shared[tick]!;
      const at = (stall: number) => codes.flatMap((code, agent) => (Math.floor(code / 2) === stall ? agent : []));
      const next = shared[tick + 1]!.crowd;
      expect(levelsAt(queue!, next)).toEqual(
        [0, 1, 2].map((stall) => {
          const [here, buying] = [at(stall).length, at(stall).filter((agent) => actions[agent] === 1).length];
          return here === 0 ? 0 : Number(10 * buying >= here) + Number(2 * buying >= here);
        }),
      );
      const buyers = actions.filter((action) => action === 1).length;
      const sold = levelsAt(stock!, crowd)[0] === 'gone' ? 0 : buyers;
      expect(next.totals[stock!.first]).toBe(world[0] === 3 ? 0 : crowd.totals[stock!.first]! + sold);
    }
    expect(new Set(shared.flatMap(({ crowd }) => levelsAt(stock!, crowd)))).toEqual(new Set(['full', 'low', 'gone']));
  });
});

describe('a cut', () => {
  it.each([
    [1, 10, 100_000, true],
    [9_999, 99_991, 100_000, false],
    [10_000, 99_991, 100_000, true],
    [1, 3, 333_333, true],
    [0, 0, 1, false],
    [2 ** 52, 2 ** 53 - 2, 500_000, true],
    [2 ** 52 - 1, 2 ** 53, 500_000, false],
  ])('is reached by %i of %i agents at %i millionths: %s', (n, of, cut, reached) => {
    expect(reachesExactly(n, of, cut, 'share')).toBe(reached);
  });

  it('is compared without rounding, whatever the size of the population', () => {
    const size = fc.oneof(fc.integer({ min: 1, max: 2000 }), fc.maxSafeInteger().map(Math.abs));
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: -2, max: 2 }), (of, cut, near) => {
        const threshold = Number((BigInt(cut) * BigInt(of)) / 1_000_000n);
        const n = Math.max(0, Math.min(of, threshold + near));
        expect(reachesExactly(n, of, cut, 'share')).toBe(of > 0 && BigInt(n) * 1_000_000n >= BigInt(cut) * BigInt(of));
      }),
    );
  });
});
