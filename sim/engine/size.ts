import { UnderstudyError } from '../../env/error.ts';
import type { StateSpace } from '../../env/state-space.ts';

/** Cells (trait sets × joint agent states) that are counted in one array. */
const CELL_LIMIT = 2 ** 24;

/** Agents are numbered and counted in 32 bits. */
const AGENT_LIMIT = 2 ** 32 - 1;

/** @throws {UnderstudyError} if a population of this size cannot be held */
export function requireSize(space: StateSpace, agents: number): void {
  if (!Number.isInteger(agents) || agents < 1 || agents > AGENT_LIMIT)
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      `agents must be an integer from 1 to ${AGENT_LIMIT}, got ${agents}`,
    );
  const cells = space.scenario.traitSets.length * space.agentStates;
  if (cells > CELL_LIMIT)
    throw new UnderstudyError(
      'SIMULATION_SIZE',
      `${space.scenario.id} has ${cells} cells (trait sets × agent states), at most ${CELL_LIMIT}`,
    );
}
