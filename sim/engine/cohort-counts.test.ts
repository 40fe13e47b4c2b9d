import { describe, expect, it } from 'vitest';
import { mix, quantise, range } from '../../env/chance.ts';
import type { CrowdState } from '../../env/crowd.ts';
import { defineScenario } from '../../env/define-scenario.ts';
import { exactPath } from '../../env/exact-path.ts';
import { chiSquaredTail, twoSidedTail } from '../../env/false-alarm.test-support.ts';
import { philox4x32 } from '../../env/random.ts';
import { drawWorld, stateSpace, WorldLuck } from '../../env/state-space.ts';
import { traitSetCount } from '../../env/trait-law.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { CohortCounts } from './cohort-counts.ts';
import type { Times } from './engine.ts';
import { Tally } from './tally.ts';

const tenths = (name: string) => Array.from({ length: 10 }, (_, level) => `${name} ${level}`);

/** Ten thousand kinds of people in a million states: ten levels of each of six factors that move up and never down. */
const ladder = defineScenario({
  id: 'ladder',
  actions: ['rest', 'climb'],
  discount: 1,
  horizon: 10,
  traits: {
    phrases: [],
    groups: { a: tenths('a'), b: tenths('b'), c: tenths('c'), d: tenths('d') },
  },
  contexts: { high: ({ f0 }: { f0: number }) => f0 >= 2 },
  world: {},
  agent: Object.fromEntries(
    range(0, 5).map((f) => [
      `f${f}`,
      {
        levels: range(0, 9),
        start: 0,
        next: (now: Record<string, never>) => {
          const level = now[`f${f}`]! as number;
          return level === 9 || (f === 0 && now.action === 'rest') ? level : mix(0.25, level + 1, level);
        },
      },
    ]),
  ),
  reward: ({ f0 }: { f0: number }, next: { f0: number }) => next.f0 - f0,
} as unknown as Parameters<typeof defineScenario>[0]);

const nobody: CrowdState = { levels: new Int32Array(0), totals: new Float64Array(0) };
const timesOf = (tick: number, world: ArrayLike<number>, nextWorld: ArrayLike<number>): Times => ({
  tick,
  world: Int32Array.from(world),
  nextWorld: Int32Array.from(nextWorld),
  crowd: nobody,
});
const everybody = { answered: () => true, decided: () => true };

describe('counts of cells', () => {
  it('cost what is occupied among 10,000 trait sets × 1,000,000 states, and follow the law', () => {
    const space = stateSpace(ladder);
    expect([traitSetCount(ladder), space.agentStates]).toEqual([10_000, 1e6]);
    const [agents, ticks] = [20_000, 4];
    const cohorts = new CohortCounts(space, agents, 3, []);
    const reward = new Tally(space, cohorts.traitSets, space.reward);
    let climbed = 0;
    for (let tick = 0; tick < ticks; tick++) {
      const climb = Uint32Array.of(32768, 32768);
      const { counts } = cohorts.play(timesOf(tick, [], []), { ...everybody, weightsOf: () => climb }, [reward]);
      expect(counts[0]! + counts[1]!).toBe(agents);
      climbed += reward.total();
    }
    const { starts, codes, counts } = cohorts.cells;
    expect(starts.at(-1)).toBe(codes.length);
    expect(codes.length).toBeLessThanOrEqual(agents);
    // Each factor is a binomial count of steps, the first with p = 1/8 and the others with 1/4, all independent.
    const levels = range(0, 5).map(() => new Array<number>(10).fill(0));
    codes.forEach((code, cell) => {
      for (const [f, seen] of levels.entries()) seen[Math.floor(code / 10 ** (5 - f)) % 10]! += counts[cell]!;
    });
    expect(climbed).toBe(levels[0]!.reduce((sum, n, level) => sum + n * level, 0));
    const steps = (p: number) => range(0, 4).map((n) => [1, 4, 6, 4, 1][n]! * p ** n * (1 - p) ** (4 - n) * agents);
    // Six factors, one false alarm in 100,000 seeds among them: expected counts from 4.9 on (χ² with 4 degrees of freedom).
    for (const [f, seen] of levels.entries()) {
      const expected = steps(f === 0 ? 1 / 8 : 1 / 4);
      const chiSquared = expected.reduce((sum, mean, level) => sum + (seen[level]! - mean) ** 2 / mean, 0);
      expect(seen.slice(0, 5).reduce((sum, n) => sum + n, 0)).toBe(agents);
      expect(chiSquaredTail(chiSquared, 4)).toBeGreaterThan(1e-5 / 6);
    }
  });

  it.each([1e12, Number.MAX_SAFE_INTEGER])(
    'keep each of %d agents, half of whom act (one false alarm in a million seeds)',
    (agents) => {
      const space = stateSpace(iceCream);
      const luck = new WorldLuck(1);
      const world = drawWorld(space, luck, 0);
      const cohorts = new CohortCounts(space, agents, 1, world);
      const half = Uint32Array.of(32768, 32768);
      const next = drawWorld(space, luck, 1, world);
      const { counts } = cohorts.play(timesOf(0, world, next), { ...everybody, weightsOf: () => half }, []);
      expect(counts[0]! + counts[1]!).toBe(agents);
      expect(cohorts.cells.counts.reduce((sum, n) => sum + n, 0)).toBe(agents);
      // A binomial of so many chances is normal to every digit that is tested.
      expect(twoSidedTail((counts[0]! - agents / 2) / (Math.sqrt(agents) / 2))).toBeGreaterThan(1e-6);
    },
  );

  // Given the world, the agents that act are binomial, and rewards sums of independent ones with the moments of one agent.
  it('of 10^12 agents act and earn tick by tick as the exact law says (one false alarm in 100,000 seeds)', async () => {
    const [agents, ticks, seed] = [1e12, 45, 11];
    const space = stateSpace(iceCream);
    const probabilityOf = (mask: number) => philox4x32([mask, 0, 0, 0], [0, 0])[0] / 2 ** 32;
    const { path, actions, rewards } = await exactPath(
      iceCream,
      (mask) => [1 - probabilityOf(mask), probabilityOf(mask)],
      { seed, ticks },
    );
    const cohorts = new CohortCounts(space, agents, seed, path[0]!);
    const reward = new Tally(space, cohorts.traitSets, space.reward);
    const weightsOf = (mask: number) => quantise([1 - probabilityOf(mask), probabilityOf(mask)]);
    for (let tick = 0; tick < ticks; tick++) {
      const { counts } = cohorts.play(timesOf(tick, path[tick]!, path[tick + 1]!), { ...everybody, weightsOf }, [
        reward,
      ]);
      const p = actions[tick]![1]!;
      const { mean, variance } = rewards[tick]!;
      for (const deviate of [
        (counts[1]! - agents * p) / Math.sqrt(agents * p * (1 - p)),
        (reward.total() - agents * mean) / Math.sqrt(agents * variance),
      ])
        expect(twoSidedTail(deviate)).toBeGreaterThan(1e-5 / (2 * ticks));
    }
  });
});
