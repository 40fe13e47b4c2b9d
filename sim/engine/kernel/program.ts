import type { StateSpace } from '../../../env/state-space.ts';
import { FunctionBody } from './assembler.ts';
import type { DrawsShape, IndexShape } from './shape.ts';

/** How an agent factor's law is laid out. */
export interface LawShape {
  readonly index: IndexShape;
  readonly draws: DrawsShape;
}

/**
 * The form of a program; what differs between kinds of agents and ticks of one form stands in tables. `start` draws first
 * states, `count` counts situations, `act` draws actions, `move` moves on those who have acted, `play` acts and moves.
 */
export interface ProgramShape {
  readonly mode: 'start' | 'count' | 'act' | 'move' | 'play';
  /** To count, act and play. */
  readonly situations?: IndexShape;
  /** To act and play. */
  readonly decision?: DrawsShape;
  /** By agent factor; to start, move and play. */
  readonly laws?: readonly LawShape[];
  /** To move and play. */
  readonly outcomes?: IndexShape;
}

/** Words of the block that a program is called with; behind the planes of states stand the columns that are not drawn. */
export const call = { runs: 0, count: 1, tick: 2, key0: 3, key1: 4, scratch: 5, actions: 6, states: 7 } as const;

/** Words of a run, agents of one kind that stand together; their laws come last. */
export const run = {
  place: 0,
  groups: 1,
  /** Agents in the last group, 1 to 16. */
  lanes: 2,
  acted: 3,
  moved: 4,
  situations: 5,
  decision: 6,
  outcomes: 7,
  /** The first of the agent factors' laws. */
  laws: 8,
} as const;

/** How many words a run has. */
export const runWords = (space: StateSpace): number => run.laws + space.agent.length;

/** Counts are taken in four copies, as what was just stored cannot be read again at once, up to this many bins. */
export const COPIED_BINS = 1024;

/** Where in the scratch space are: 16 rows of one byte or two, 16 bytes, and four copies of the bins of both counts. */
export const scratch = { rows: 0, lanes: 32, acted: 64, moved: 64 + 16 * COPIED_BINS } as const;

/** Bytes of scratch space. */
export const SCRATCH_BYTES = 64 + 2 * 16 * COPIED_BINS;

/** A function of one address that is being written, and its locals by name. */
export class Routine {
  readonly code = new FunctionBody(1);
  readonly #locals = new Map<string, number>();

  /** An integer: a word of the call or of the run at hand, or one that the routine counts with. */
  i32(name: string): number {
    return this.#local('i32', name);
  }

  /** A vector over the 16 agents of a group. */
  v128(name: string): number {
    return this.#local('v128', name);
  }

  /** Leaves the address of the group at hand in a column on the stack. */
  address(column: string): this {
    this.code.get(this.i32(column)).get(this.i32('place')).op('i32.add');
    return this;
  }

  #local(type: 'i32' | 'v128', name: string): number {
    const key = `${type} ${name}`;
    let local = this.#locals.get(key);
    if (local === undefined) this.#locals.set(key, (local = this.code.local(type)));
    return local;
  }
}
