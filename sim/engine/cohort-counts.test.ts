import { describe, expect, it } from 'vitest';
import { mix, range } from '../../env/chance.ts';
import { defineScenario } from '../../env/define-scenario.ts';
import { chiSquaredTail, twoSidedTail } from '../../env/false-alarm.test-support.ts';
import { drawWorld, stateSpace, WorldLuck } from '../../env/state-space.ts';
import { traitSetCount } from '../../env/trait-law.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { CohortCounts } from './cohort-counts.ts';
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
      reward.begin([], []);
      const climb = Uint32Array.of(32768, 32768);
      const { counts } = cohorts.play(tick, [], [], { ...everybody, weightsOf: () => climb }, [reward]);
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
      const { counts } = cohorts.play(0, world, next, { ...everybody, weightsOf: () => half }, []);
      expect(counts[0]! + counts[1]!).toBe(agents);
      expect(cohorts.cells.counts.reduce((sum, n) => sum + n, 0)).toBe(agents);
      // A binomial of so many chances is normal to every digit that is tested.
      expect(twoSidedTail((counts[0]! - agents / 2) / (Math.sqrt(agents) / 2))).toBeGreaterThan(1e-6);
    },
  );
});
