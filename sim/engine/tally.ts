import { readsNext } from '../../env/slices.ts';
import type { Lookup, StateSpace } from '../../env/state-space.ts';
import { Rows, type Turn } from './rows.ts';

/**
 * Total of a table's value over agents in one tick. Agents are counted by row and weighed at the end, so the total
 * does not depend on their order.
 */
export class Tally {
  /** Whether the value depends on the state that an agent moves to. */
  readonly readsNext: boolean;
  readonly #values: readonly number[];
  readonly #counts: Float64Array;
  readonly #rows: Rows;

  /** @param traitSets those of a population's people */
  constructor(space: StateSpace, traitSets: Uint32Array, lookup: Lookup<number>) {
    this.#values = lookup.rows;
    this.#counts = new Float64Array(lookup.rows.length);
    this.#rows = new Rows(space, traitSets, lookup);
    this.readsNext = readsNext(space, lookup);
  }

  begin(turn: Turn): void {
    this.#counts.fill(0);
    this.#rows.begin(turn);
  }

  /** @param nextCode any code will do unless readsNext */
  add(agents: number, traitSet: number, code: number, action: number, nextCode: number): void {
    this.#counts[this.#rows.of(traitSet, code, action, nextCode)]! += agents;
  }

  total(): number {
    let sum = 0;
    for (let i = 0; i < this.#counts.length; i++) if (this.#counts[i]! > 0) sum += this.#counts[i]! * this.#values[i]!;
    return sum;
  }
}
