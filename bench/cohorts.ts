import { firstCrowd } from '../env/crowd.ts';
import { exactPath } from '../env/exact-path.ts';
import { philoxInto } from '../env/random.ts';
import { drawWorld, stateSpace, WorldLuck } from '../env/state-space.ts';
import { constant } from '../policies/baselines/constant.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { CohortCounts } from '../sim/engine/cohort-counts.ts';
import { Tally } from '../sim/engine/tally.ts';
import { Simulation } from '../sim/simulation.ts';
import type { Benchmark, Contestant } from './measure.ts';

const TICKS = 210;

/** Binomials that a tick of a billion agents takes, on the mean of two weeks. */
const DRAWS = 30_000;

/** Counting a billion ice-cream agents, and what the law says of them, against agents one by one. */
export function cohorts(): Benchmark {
  const agents = 100_000;
  return {
    title: `${TICKS} ticks of cohorts in ice-cream-v1, decided by constant:0.3`,
    unit: 'ticks',
    clock: 'cpu',
    contestants: [
      counting(1e9),
      counting(1e4),
      counting(1e12),
      {
        name: 'env/exact-path: the law itself',
        work: async () => {
          await exactPath(iceCream, () => [0.7, 0.3], { ticks: TICKS });
          return TICKS;
        },
      },
      {
        name: `rival: sim/population, ${agents.toLocaleString('en')} agents`,
        work: async () => {
          const simulation = new Simulation({ scenario: iceCream, policy: constant(iceCream, 0.3), agents });
          for (let tick = 0; tick < TICKS / 30; tick++) await simulation.step();
          return TICKS / 30;
        },
      },
      {
        name: `floor: ${DRAWS.toLocaleString('en')} Philox blocks a tick`,
        work: () => {
          const block = new Uint32Array(4);
          for (let draw = 0; draw < TICKS * DRAWS; draw++) philoxInto(block, draw, 0, 0, 0, 0, 1);
          return TICKS;
        },
      },
    ],
  };
}

function counting(agents: number): Contestant {
  const space = stateSpace(iceCream);
  const weights = Uint32Array.of(45875, 19661);
  const decisions = { answered: () => true, decided: () => true, weightsOf: () => weights };
  return {
    name: `sim/engine/cohort-counts: ${agents.toLocaleString('en')} agents`,
    work: () => {
      const luck = new WorldLuck(0);
      const crowd = firstCrowd(space);
      let world = drawWorld(space, luck, 0);
      const members = new CohortCounts(space, agents, 0, world);
      const tallies = [space.reward, space.measures.sales!].map((table) => new Tally(space, members.traitSets, table));
      for (let tick = 0; tick < TICKS; tick++) {
        const nextWorld = drawWorld(space, luck, tick + 1, world);
        const times = { tick, world, nextWorld, crowd };
        members.observed(times);
        members.play(times, decisions, tallies);
        world = nextWorld;
      }
      return TICKS;
    },
  };
}
