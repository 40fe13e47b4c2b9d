import { freemem } from 'node:os';
import { UnderstudyError } from '../../env/error.ts';
import type { StateSpace } from '../../env/state-space.ts';
import { traitSetCount } from '../../env/trait-law.ts';

/** Cells (trait sets × joint agent states) that are counted in one array. */
const CELL_LIMIT = 2 ** 24;

/** Cohorts are counted by doubles, which hold every integer up to here. */
const COHORT_LIMIT = Number.MAX_SAFE_INTEGER;

/** Agents that fit the 32 bits of an array of all cells. */
const CELL_COUNT_LIMIT = 2 ** 32 - 1;

/** Beyond this many, agents of their own are out of proportion: a tick takes minutes. */
const AGENT_LIMIT = 2 ** 28;

/** Columns of an agent: trait set (2), state (4), action (1), coming uniform (2). */
const BYTES_PER_AGENT = 9;

/** Bytes that this process can still take. */
export const freeMemory = (): number => process.availableMemory?.() ?? freemem();

/**
 * @param traitSets how many trait sets there are; default those of a listed law, and one where they are not known yet
 * @param free bytes of memory that can be taken
 * @throws {UnderstudyError} SIMULATION_ARGUMENT for a number of agents that is not one; SIMULATION_SIZE for a population
 *   that cannot be held, with the way out
 */
export function requireSize(
  space: StateSpace,
  agents: number,
  {
    cohorts,
    traitSets = space.scenario.traitLaw.length > 1 ? 1 : traitSetCount(space.scenario),
    free = freeMemory(),
  }: { readonly cohorts: boolean; readonly traitSets?: number; readonly free?: number },
): void {
  requireCohorts(agents);
  const { id, actions } = space.scenario;
  const instead = 'simulate cohorts (--cohorts), whose cost does not grow with the number of agents';
  if (!cohorts && agents > AGENT_LIMIT)
    throw new UnderstudyError(
      'SIMULATION_SIZE',
      `${grouped(agents)} single agents, at most ${grouped(AGENT_LIMIT)}; ${instead}`,
    );
  if (agents > CELL_COUNT_LIMIT)
    throw new UnderstudyError(
      'SIMULATION_SIZE',
      `${grouped(agents)} agents, at most ${grouped(CELL_COUNT_LIMIT)} where cells are counted in 32 bits`,
    );
  const cells = traitSets * space.agentStates;
  if (cells > CELL_LIMIT)
    throw new UnderstudyError(
      'SIMULATION_SIZE',
      `${id} has ${grouped(cells)} cells (${grouped(traitSets)} trait sets × ${grouped(space.agentStates)} agent states), at most ${grouped(CELL_LIMIT)}; declare fewer traits, factors or levels`,
    );
  // Per cell: counts, cumulative weights and actions taken, then the roots of the branches; cohorts count twice.
  const ofCells = 4 * cells * (1 + 3 * actions.length + (cohorts ? 2 : 0));
  const ofAgents = cohorts ? 0 : BYTES_PER_AGENT * agents;
  if (ofCells + ofAgents <= free) return;
  throw new UnderstudyError(
    'SIMULATION_SIZE',
    ofAgents > ofCells
      ? `${grouped(agents)} single agents need ${gigabytes(ofAgents)} of memory and ${gigabytes(free)} are free; ${instead}`
      : `${id} needs ${gigabytes(ofCells)} of memory for its ${grouped(cells)} cells and ${gigabytes(free)} are free; declare fewer traits, factors or levels`,
  );
}

/** @throws {UnderstudyError} SIMULATION_ARGUMENT for a number of agents that cannot be counted */
export function requireCohorts(agents: number): void {
  if (!Number.isInteger(agents) || agents < 1 || agents > COHORT_LIMIT)
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      `agents must be an integer from 1 to ${COHORT_LIMIT}, got ${agents}`,
    );
}

const grouped = (n: number): string => n.toLocaleString('en-US');
const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
