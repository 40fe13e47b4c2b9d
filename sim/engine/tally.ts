import { decodeAgent, type Lookup, type StateSpace } from '../../env/state-space.ts';

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
  readonly #byCode: Int32Array;
  readonly #byNextCode: Int32Array;
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
      this.#byCode[code]! +
      this.#stride[this.#space.action]! * action +
      this.#byNextCode[nextCode]!;
    this.#counts[row]! += agents;
  }

  total(): number {
    let sum = 0;
    for (let i = 0; i < this.#counts.length; i++) if (this.#counts[i]! > 0) sum += this.#counts[i]! * this.#values[i]!;
    return sum;
  }

  #rowsByCode(from: number): Int32Array {
    const space = this.#space;
    const values = new Int32Array(space.agent.length);
    return Int32Array.from({ length: space.agentStates }, (_, code) => {
      decodeAgent(space, values, 0, code);
      return values.reduce((row, level, f) => row + this.#stride[from + f]! * level, 0);
    });
  }
}
