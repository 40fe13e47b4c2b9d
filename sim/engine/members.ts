import type { Tally } from './tally.ts';

/**
 * Who lives in a run, seen by cells: a cell is a trait set and a joint agent state, cell = trait set · agentStates + code.
 * Population holds every agent; Cohorts holds how many are in each cell.
 */
export interface Members {
  readonly agents: number;
  /** The trait sets of its people, as numbers of `scenario.sets`. */
  readonly traitSets: Uint32Array;
  /** How many agents are in each cell, written to `into`, shape [cells]. */
  countCells(into: Uint32Array): void;
  /**
   * Plays one tick: everybody acts and moves on.
   * @param tick the tick that is played
   * @param world, nextWorld level indices of the world factors at `tick` and `tick + 1`
   * @param cumulative shape [cells, actions]: cumulative weights of the actions out of 65,536
   * @param acted shape [cells, actions], written: how many agents of a cell took each action
   * @param tallies totals that need the state that an agent moves to
   */
  advance(
    tick: number,
    world: ArrayLike<number>,
    nextWorld: ArrayLike<number>,
    cumulative: Uint32Array,
    acted: Uint32Array,
    tallies: readonly Tally[],
  ): void;
  /** The columns that make up its state, for hashing. */
  readonly columns: readonly (Uint8Array | Uint16Array | Uint32Array)[];
}
