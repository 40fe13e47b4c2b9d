import type { StateSpace } from '../env/state-space.ts';

/** Raised by runs. The code is stable; the message is for people. */
export class SimulationError extends Error {
  readonly code:
    | 'SIMULATION_ARGUMENT'
    | 'SIMULATION_SIZE'
    | 'SIMULATION_UNANSWERED'
    | 'SIMULATION_DECISION'
    | 'SIMULATION_SCENARIO';
  constructor(code: SimulationError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SimulationError';
    this.code = code;
  }
}

/** Cells (trait sets × joint agent states) that are counted in one array. */
const CELL_LIMIT = 2 ** 24;

/** Agents are numbered and counted in 32 bits. */
const AGENT_LIMIT = 2 ** 32 - 1;

/** @throws {SimulationError} if a population of this size cannot be held */
export function requireSize(space: StateSpace, agents: number): void {
  if (!Number.isInteger(agents) || agents < 1 || agents > AGENT_LIMIT)
    throw new SimulationError(
      'SIMULATION_ARGUMENT',
      `agents must be an integer from 1 to ${AGENT_LIMIT}, got ${agents}`,
    );
  const cells = space.scenario.traitSets.length * space.agentStates;
  if (cells > CELL_LIMIT)
    throw new SimulationError(
      'SIMULATION_SIZE',
      `${space.scenario.id} has ${cells} cells (trait sets × agent states), at most ${CELL_LIMIT}`,
    );
}
