import { philoxInto } from '../env/random.ts';
import { stateSpace } from '../env/state-space.ts';
import { trajectory } from '../env/trajectory.ts';
import { constant } from '../policies/baselines/constant.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { run } from '../sim/run.ts';
import type { Benchmark } from './measure.ts';

const AGENTS = 100_000;
const TICKS = 15;

/** Ice-cream agents for a day, against one agent after the other and against the random numbers alone. */
export function simulation(): Benchmark {
  const policy = constant(iceCream, 0.3);
  const space = stateSpace(iceCream);
  const weights = Uint32Array.of(45875, 19661);
  const fewer = AGENTS / 100;
  return {
    title: `a day of ${AGENTS.toLocaleString('en')} agents (the rival: ${fewer.toLocaleString('en')} of them)`,
    unit: 'agent-steps',
    clock: 'cpu',
    contestants: [
      {
        name: 'sim/population: every agent, by columns',
        work: async () => {
          await run({ scenario: iceCream, policy, agents: AGENTS, ticks: TICKS });
          return AGENTS * TICKS;
        },
      },
      {
        name: 'sim/cohorts: counts of alike agents',
        work: async () => {
          await run({ scenario: iceCream, policy, agents: AGENTS, ticks: TICKS, cohorts: true });
          return AGENTS * TICKS;
        },
      },
      {
        name: 'rival: env/trajectory, agent by agent',
        work: () => {
          for (let agent = 0; agent < fewer; agent++)
            trajectory(space, () => weights, { seed: 0, agent, ticks: TICKS });
          return fewer * TICKS;
        },
      },
      {
        name: 'floor: one Philox block for each step',
        work: () => {
          const block = new Uint32Array(4);
          for (let tick = 0; tick < TICKS; tick++)
            for (let agent = 0; agent < AGENTS; agent++) philoxInto(block, agent, tick, 0, 0, 0, 1);
          return AGENTS * TICKS;
        },
      },
    ],
  };
}
