import { decodeAgent, type Lookup, type StateSpace } from '../../env/state-space.ts';

/** Up to this many joint states, what a state adds to a row is looked up; beyond, it is worked out each time. */
const LISTED_STATES = 65536;

/**
 * Total of a table's value over agents in one tick. Agents are counted by row and weighed at the end, so the total
 * does not depend on their order.
 */
export class Tally {
  /** Whether the value depends on the state that an agent moves to. */
  readonly readsNext: boolean;
  readonly #values: readonly number[];
  readonly #counts: Float64Array;
  readonly #space: StateSpace;
  /** The row's index is a sum of parts, one for each of what it depends on. */
  readonly #stride: Int32Array;
  readonly #byTraitSet: Int32Array;
  readonly #byCode: (code: number) => number;
  readonly #byNextCode: (code: number) => number;
  #base = 0;

  /** @param traitSets those of a population's people */
  constructor(space: StateSpace, traitSets: Uint32Array, lookup: Lookup<number>) {
    const { traits, sets } = space.scenario;
    this.#space = space;
    this.#values = lookup.rows;
    this.#counts = new Float64Array(lookup.rows.length);
    this.readsNext = lookup.slots.some((slot) => slot >= space.agentNext && slot < space.action);
    this.#stride = new Int32Array(space.slots);
    for (const [i, slot] of lookup.slots.entries()) this.#stride[slot] = lookup.strides[i]!;
    this.#byTraitSet = Int32Array.from(traitSets, (set) =>
      traits.reduce((row, _trait, i) => row + (sets.holds(set, i) ? this.#stride[space.traits + i]! : 0), 0),
    );
    this.#byCode = this.#rowsByCode(space.agentNow);
    this.#byNextCode = this.#rowsByCode(space.agentNext);
  }

  /** @param world, nextWorld level indices of the world factors in the tick that ends and the one that begins */
  begin(world: ArrayLike<number>, nextWorld: ArrayLike<number>): void {
    const space = this.#space;
    const stride = this.#stride;
    this.#counts.fill(0);
    this.#base = 0;
    for (let i = 0; i < space.world.length; i++)
      this.#base += stride[space.worldNow + i]! * world[i]! + stride[space.worldNext + i]! * nextWorld[i]!;
  }

  /** @param nextCode any code will do unless readsNext */
  add(agents: number, traitSet: number, code: number, action: number, nextCode: number): void {
    const row =
      this.#base +
      this.#byTraitSet[traitSet]! +
      this.#byCode(code) +
      this.#stride[this.#space.action]! * action +
      this.#byNextCode(nextCode);
    this.#counts[row]! += agents;
  }

  total(): number {
    let sum = 0;
    for (let i = 0; i < this.#counts.length; i++) if (this.#counts[i]! > 0) sum += this.#counts[i]! * this.#values[i]!;
    return sum;
  }

  /** What a joint code adds to the row, with its levels in the slots from `from` on. */
  #rowsByCode(from: number): (code: number) => number {
    const space = this.#space;
    const values = new Int32Array(space.agent.length);
    const strides = this.#stride.subarray(from, from + space.agent.length);
    if (strides.every((stride) => stride === 0)) return () => 0;
    const rowOf = (code: number): number => {
      decodeAgent(space, values, 0, code);
      let row = 0;
      for (let f = 0; f < values.length; f++) row += strides[f]! * values[f]!;
      return row;
    };
    if (space.agentStates > LISTED_STATES) return rowOf;
    const rows = Int32Array.from({ length: space.agentStates }, (_, code) => rowOf(code));
    return (code) => rows[code]!;
  }
}
