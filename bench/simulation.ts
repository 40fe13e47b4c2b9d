import { availableParallelism } from 'node:os';
import { philoxInto } from '../env/random.ts';
import type { Scenario } from '../env/scenario.ts';
import { constant, uniform } from '../policies/baselines/constant.ts';
import { openStudent } from '../policies/students/open.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { openScenario } from '../scenarios/open.ts';
import { Simulation } from '../sim/simulation.ts';
import { AgentScriptRival } from './agentscript-rival.ts';
import type { Benchmark, Contestant } from './measure.ts';
import { PythonRival } from './python-rival.ts';
import { compareShares, ourShares, type Town, townOf } from './town.ts';
import { wideTown } from './wide.ts';

/** Agent-steps of one measurement of our engine, about. */
const STEPS = 5e7;
/** Ticks that rivals play and are compared by. */
const TICKS = 30;
/** Agents of the rivals: whole arrays gain nothing beyond, objects are slow. */
const ARRAYS = 500_000;
const OBJECTS = 20_000;

/** Populations of three towns by our engine at three sizes, against rivals on the same town and the random numbers alone. */
export async function simulation(): Promise<Benchmark[]> {
  const mobility = (await openScenario('mobility-v1')) as Scenario;
  const student = await openStudent('mlp', { scenario: iceCream, workspace: '.' });
  const benchmarks = [
    await versus(await townOf(iceCream, student, TICKS), 'student:mlp'),
    ours(iceCream, constant(iceCream, 0.3), 'constant:0.3'),
    mobility.crowd.length === 0
      ? await versus(await townOf(mobility, uniform(mobility), TICKS), 'uniform')
      : ours(mobility, uniform(mobility), 'uniform'),
    await versus(await townOf(wideTown, uniform(wideTown), TICKS), 'uniform, tables too large for the compiled kernel'),
  ];
  return benchmarks.map((benchmark, i) =>
    i < benchmarks.length - 1
      ? benchmark
      : {
          ...benchmark,
          close: async () => {
            await benchmark.close?.();
            await student[Symbol.asyncDispose]();
          },
        },
  );
}

function ours(scenario: Scenario, policy: Town['policy'], decided: string): Benchmark {
  return {
    title: `agents in ${scenario.id}, ${decided}, up to ${availableParallelism()} threads`,
    unit: 'agent-steps',
    clock: 'cpu',
    rounds: 5,
    contestants: [1e6, 1e7, 1e4].map((agents) => engine(scenario, policy, agents)),
  };
}

/** Our engine on a population that was begun before the clock runs. */
function engine(scenario: Scenario, policy: Town['policy'], agents: number): Contestant {
  const ticks = Math.max(TICKS / 5, Math.round(STEPS / agents));
  let population: Simulation | undefined;
  return {
    name: `understudy: ${agents.toLocaleString('en')} agents`,
    work: async () => {
      population ??= new Simulation({ scenario, policy, agents });
      for (let tick = 0; tick < ticks; tick++) await population.step();
      return agents * ticks;
    },
  };
}

async function versus(town: Town, decided: string): Promise<Benchmark> {
  const { scenario, policy } = town;
  const agents = 1e6;
  const own = ourShares(town, agents);
  const checked = (name: string, theirs: () => ReturnType<typeof ourShares>, count: number) => async () =>
    compareShares(name, await own, agents, await theirs(), count);
  const rivals: Contestant[] = [];
  const closing: (() => void)[] = [];
  for (const library of ['numpy', 'torch'] as const) {
    const rival = await PythonRival.open(library, town);
    if (!rival) continue;
    closing.push(() => rival.close());
    const name = `rival: ${rival.version} arrays, ${ARRAYS.toLocaleString('en')} agents`;
    rivals.push({
      name,
      work: () => rival.run(ARRAYS),
      check: checked(name, () => rival.shares(ARRAYS), ARRAYS),
    });
  }
  const objects = await AgentScriptRival.open(town);
  if (objects) {
    const name = `rival: AgentScript ${objects.version}, ${OBJECTS.toLocaleString('en')} agents`;
    rivals.push({
      name,
      work: () => OBJECTS * objects.run(OBJECTS).length,
      check: checked(name, async () => objects.run(OBJECTS), OBJECTS),
    });
  }
  const benchmark = ours(scenario, policy, decided);
  return {
    ...benchmark,
    contestants: [...benchmark.contestants, ...rivals, floor],
    close: async () => {
      for (const close of closing) close();
    },
  };
}

/** What the plain kernel cannot go below: two blocks of random numbers serve four agents. */
const floor: Contestant = {
  name: 'floor: two Philox blocks in TypeScript for 4 steps',
  work: () => {
    const block = new Uint32Array(4);
    const steps = 4e6;
    for (let group = 0; group < steps / 4; group++) {
      philoxInto(block, group, 0, 0, 0, 0, 1);
      philoxInto(block, group, 0, 1, 0, 0, 1);
    }
    return steps;
  },
};
