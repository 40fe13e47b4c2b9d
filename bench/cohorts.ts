import { firstCrowd } from '../env/crowd.ts';
import { exactPath } from '../env/exact-path.ts';
import { philoxInto } from '../env/random.ts';
import { drawWorld, stateSpace, WorldLuck } from '../env/state-space.ts';
import { constant } from '../policies/baselines/constant.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { cohortsPay } from '../sim/engine/cohort-choice.ts';
import { CohortCounts } from '../sim/engine/cohort-counts.ts';
import { Tally } from '../sim/engine/tally.ts';
import { Simulation } from '../sim/simulation.ts';
import type { Benchmark, Contestant } from './measure.ts';

const TICKS = 210;

const ENGINE_TICKS = 15;

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

/**
 * What the choice of an engine rests on: a tick with as many agents as cohorts are chosen from, one by one and counted. One
 * by one costs more, in CPU time, by about the number of cores that the choice reckons with.
 */
export function engines(): Benchmark {
  const space = stateSpace(iceCream);
  let agents = 1;
  while (!cohortsPay(space, agents)) agents = Math.ceil(agents * 1.1);
  const playing = (name: string, counted: boolean): Contestant => {
    let simulation: Simulation | undefined;
    return {
      name,
      work: async () => {
        const policy = constant(iceCream, 0.3);
        simulation ??= new Simulation({ scenario: iceCream, policy, agents, cohorts: counted });
        for (let tick = 0; tick < ENGINE_TICKS; tick++) await simulation.step();
        return ENGINE_TICKS;
      },
    };
  };
  return {
    title: `${agents.toLocaleString('en')} agents of ice-cream-v1, from which on cohorts are chosen`,
    unit: 'ticks',
    clock: 'cpu',
    contestants: [playing('counted: cohorts', true), playing('one by one: agents', false)],
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
