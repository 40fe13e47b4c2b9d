import { AskedOnce } from '../policies/asked-once.ts';
import { openPolicy, openScenario } from '../scenarios/open.ts';
import { replicate } from '../sim/replications.ts';
import { run } from '../sim/run.ts';
import type { Benchmark } from './measure.ts';

const AGENTS = 1000;
const RUNS = 20;

/** Many short runs of one world: what they share is made once, beside runs that know nothing of each other. */
export async function replications(): Promise<Benchmark> {
  const scenario = await openScenario('ice-cream-v1');
  const opened = await openPolicy('student:mlp', { scenario });
  const policy = new AskedOnce(scenario, opened);
  const { horizon } = scenario as { horizon?: number };
  const steps = RUNS * AGENTS * horizon!;
  let seed = 0;
  return {
    title: `${RUNS} replications of ${AGENTS} agents × ${horizon} ticks of ${scenario.id} under student:mlp`,
    unit: 'agent-steps',
    clock: 'cpu',
    contestants: [
      {
        name: 'replicate',
        work: async () => {
          await replicate({
            scenario,
            policy,
            agents: AGENTS,
            cohorts: false,
            seed: (seed += RUNS),
            replications: RUNS,
          });
          return steps;
        },
      },
      {
        name: 'run, one after the other',
        work: async () => {
          for (let r = 0; r < RUNS; r++) await run({ scenario, policy, agents: AGENTS, cohorts: false, seed: seed++ });
          return steps;
        },
      },
    ],
    close: async () => opened[Symbol.asyncDispose](),
  };
}
