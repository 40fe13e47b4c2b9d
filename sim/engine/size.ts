import { freemem } from 'node:os';
import { UnderstudyError } from '../../env/error.ts';

/** Cohorts are counted by doubles, which hold every integer up to here. */
const COHORT_LIMIT = Number.MAX_SAFE_INTEGER;

/** Beyond this many, agents of their own are out of proportion. */
export const AGENT_LIMIT = 2 ** 28;

/** Single agents and their tables lie in one memory of 32-bit addresses. */
const MEMORY_LIMIT = 2 ** 32 - 2 ** 27;

/** Bytes that this process can still take. */
export const freeMemory = (): number => process.availableMemory?.() ?? freemem();

/** @throws {UnderstudyError} SIMULATION_ARGUMENT for a number of agents that cannot be counted */
export function requireCohorts(agents: number): void {
  if (!Number.isInteger(agents) || agents < 1 || agents > COHORT_LIMIT)
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      `agents must be an integer from 1 to ${COHORT_LIMIT}, got ${agents}`,
    );
}

const INSTEAD = 'simulate cohorts (--cohorts), whose cost does not grow with the number of agents';

/** @throws {UnderstudyError} SIMULATION_ARGUMENT as for cohorts, SIMULATION_SIZE for more than are held one by one */
export function requireSingle(agents: number): void {
  requireCohorts(agents);
  if (agents > AGENT_LIMIT)
    throw new UnderstudyError(
      'SIMULATION_SIZE',
      `${grouped(agents)} single agents, at most ${grouped(AGENT_LIMIT)}; ${INSTEAD}`,
    );
}

/**
 * @param bytes of the columns of so many agents
 * @param free bytes of memory that can be taken
 * @throws {UnderstudyError} SIMULATION_SIZE for columns that cannot be held, with the way out
 */
export function requireRoom(agents: number, bytes: number, free = freeMemory()): void {
  const room = Math.min(free, MEMORY_LIMIT);
  if (bytes > room)
    throw new UnderstudyError(
      'SIMULATION_SIZE',
      `${grouped(agents)} single agents need ${gigabytes(bytes)} of memory and ${gigabytes(room)} can be had; ${INSTEAD}`,
    );
}

/** @throws {UnderstudyError} SIMULATION_SNAPSHOT for the state of another population, which has other bytes */
export function requireStateOf(bytes: number, { length }: Uint8Array): void {
  if (length !== bytes)
    throw new UnderstudyError(
      'SIMULATION_SNAPSHOT',
      `the snapshot holds ${grouped(length)} bytes of state, and these people have ${grouped(bytes)}`,
    );
}

const grouped = (n: number): string => n.toLocaleString('en-US');
const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
