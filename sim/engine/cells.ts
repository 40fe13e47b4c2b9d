import { UnderstudyError } from '../../env/error.ts';
import { grown } from './cell-list.ts';

/** Cells that are occupied at once. */
const OCCUPIED_LIMIT = 2 ** 24;

/** The cells that have members, by trait set and then by code. */
export interface Cells {
  /** Shape [trait sets + 1]: where the cells of each begin. */
  readonly starts: Int32Array;
  /** Shape [cells]: joint codes of the agent factors. */
  readonly codes: Float64Array;
  /** Shape [cells]: members, integers up to 2^53 − 1. */
  readonly counts: Float64Array;
}

export const emptyCells = (traitSets: number): Cells => ({
  starts: new Int32Array(traitSets + 1),
  codes: new Float64Array(64),
  counts: new Float64Array(64),
});

/** Without the room behind the cells. */
export const trimmed = ({ starts, codes, counts }: Cells): Cells => {
  const occupied = starts.at(-1)!;
  return { starts, codes: codes.subarray(0, occupied), counts: counts.subarray(0, occupied) };
};

/**
 * The same cells, with room for a number of them.
 * @throws {UnderstudyError} SIMULATION_SIZE for more cells than are counted
 */
export function withRoom(cells: Cells, occupied: number): Cells {
  if (occupied <= cells.codes.length) return cells;
  if (occupied > OCCUPIED_LIMIT)
    throw new UnderstudyError(
      'SIMULATION_SIZE',
      `more than ${OCCUPIED_LIMIT.toLocaleString('en-US')} different combinations of traits and state occur at once; simulate fewer agents, one by one, or declare fewer traits, factors or levels`,
    );
  const room = 2 * occupied;
  return { starts: cells.starts, codes: grown(cells.codes, room), counts: grown(cells.counts, room) };
}
