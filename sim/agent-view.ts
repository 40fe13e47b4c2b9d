import type { Level } from '../env/chance.ts';
import { setCrowd } from '../env/crowd-slots.ts';
import { UnderstudyError } from '../env/error.ts';
import { phrasesOf } from '../env/observation.ts';
import { contextsIn, decodeAgent, type StateSpace, setTraits } from '../env/state-space.ts';
import type { Moment } from './clock.ts';
import type { Population } from './engine/population.ts';

/** One agent as a person would look at it. */
export interface AgentView {
  readonly agent: number;
  readonly mask: number;
  readonly traits: readonly string[];
  readonly context: readonly string[];
  readonly state: Readonly<Record<string, Level>>;
  /** Absent before the first tick. */
  readonly lastAction?: string;
}

/** @throws {UnderstudyError} SIMULATION_ARGUMENT for an agent that does not exist */
export function viewOf(space: StateSpace, population: Population, agent: number, moment: Moment): AgentView {
  const { scenario } = space;
  const { agents, traitSets } = population;
  if (!Number.isInteger(agent) || agent < 0 || agent >= agents)
    throw new UnderstudyError('SIMULATION_ARGUMENT', `unknown agent: ${agent} (agents 0 to ${agents - 1})`);
  const code = population.codeOf(agent);
  const mask = maskOf(space, traitSets[population.kindOf(agent)]!, code, moment);
  return {
    agent,
    mask,
    ...phrasesOf(scenario, { width: scenario.phrases.length, masks: Uint32Array.of(mask) }, 0),
    state: Object.fromEntries(scenario.agent.map(({ name, levels }) => [name, levels[levelOf(space, code, name)]!])),
    ...(moment.tick > 0 && { lastAction: scenario.actions[population.actionOf(agent)]! }),
  };
}

/** Level index of one agent factor in a joint code. */
export function levelOf(space: StateSpace, code: number, factor: string): number {
  const values = new Int32Array(space.agent.length);
  decodeAgent(space, values, 0, code);
  return values[space.scenario.agent.findIndex(({ name }) => name === factor)]!;
}

/** What an agent observes with a trait set in a joint state. */
function maskOf(space: StateSpace, traitSet: number, code: number, { world, crowd }: Moment): number {
  const values = new Int32Array(space.slots);
  values.set(world, space.worldNow);
  setCrowd(space, values, 'now', crowd.levels);
  setTraits(space, values, traitSet);
  decodeAgent(space, values, space.agentNow, code);
  return space.scenario.sets.union(traitSet, contextsIn(space, values));
}
