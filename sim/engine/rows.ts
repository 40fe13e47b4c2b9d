import { setCrowd } from '../../env/crowd-slots.ts';
import { partsOf, readsPlaces, variableAt } from '../../env/slices.ts';
import { type Lookup, type StateSpace, setTraits } from '../../env/state-space.ts';

/** Up to this many joint states, what a state adds to a row is looked up; beyond, it is worked out each time. */
const LISTED_STATES = 65536;

/** What is the same for everybody in a tick: level indices of the world and the crowd, in the tick that ends and the one that begins. */
export interface Turn {
  readonly world: ArrayLike<number>;
  readonly nextWorld: ArrayLike<number>;
  /** Shape [crowd places], like nextCrowd. */
  readonly crowd: ArrayLike<number>;
  readonly nextCrowd: ArrayLike<number>;
}

/** Writes the world and the crowd of a tick to their slots. */
export function setTurn(space: StateSpace, values: Int32Array, { world, nextWorld, crowd, nextCrowd }: Turn): void {
  for (let i = 0; i < space.world.length; i++) {
    values[space.worldNow + i] = world[i]!;
    values[space.worldNext + i] = nextWorld[i]!;
  }
  if (space.crowdPlaces === 0) return;
  setCrowd(space, values, 'now', crowd);
  setCrowd(space, values, 'next', nextCrowd);
}

/** Which row of a table is that of some agents in a tick: a sum of parts, one for each of what it depends on. */
export class Rows {
  readonly #space: StateSpace;
  readonly #traitSets: Uint32Array;
  readonly #table: Lookup<unknown>;
  readonly #sizes: readonly number[];
  readonly #values: Int32Array;
  readonly #placed: boolean;
  /** Whether what a trait set adds changes with the crowd. */
  readonly #grouped: boolean;
  readonly #byTraitSet: Int32Array;
  #byCode: (code: number) => number = () => 0;
  #byAction: ArrayLike<number> | undefined;
  #byNextCode: (code: number) => number = () => 0;
  #base = 0;

  /** @param traitSets those of a population's people */
  constructor(space: StateSpace, traitSets: Uint32Array, table: Lookup<unknown>) {
    const levels = space.agent.map(({ factor }) => factor.levels.length);
    this.#space = space;
    this.#traitSets = traitSets;
    this.#table = table;
    this.#sizes = [...levels, space.scenario.actions.length, ...levels];
    this.#values = new Int32Array(space.slots);
    this.#placed = readsPlaces(space, table);
    this.#grouped = space.crowd.some(
      ({ traitSlots, now, next }) => traitSlots && table.slots.some((slot) => slot === now || slot === next),
    );
    this.#byTraitSet = new Int32Array(traitSets.length);
    if (!this.#placed) this.#readAgents();
    if (!this.#grouped) this.#readTraits();
  }

  begin(turn: Turn): void {
    const space = this.#space;
    setTurn(space, this.#values, turn);
    if (this.#placed) this.#readAgents();
    if (this.#grouped) this.#readTraits();
    this.#base = 0;
    const { slots, strides } = this.#table;
    for (let i = 0; i < slots.length; i++)
      if (this.#isShared(slots[i]!)) this.#base += strides[i]! * this.#values[slots[i]!]!;
  }

  /** @param nextCode any code will do for a table that does not read the next state */
  of(traitSet: number, code: number, action: number, nextCode: number): number {
    return (
      this.#base +
      this.#byTraitSet[traitSet]! +
      this.#byCode(code) +
      (this.#byAction === undefined ? 0 : this.#byAction[action]!) +
      this.#byNextCode(nextCode)
    );
  }

  /** Whether a slot holds the same for everybody. */
  #isShared(slot: number): boolean {
    const space = this.#space;
    if (slot >= space.traits || variableAt(space, slot) !== undefined) return false;
    return !space.crowd.some(({ traitSlots, now, next }) => traitSlots && (slot === now || slot === next));
  }

  #readTraits(): void {
    const space = this.#space;
    const { slots, strides } = this.#table;
    const own = slots.flatMap((slot, i) =>
      variableAt(space, slot) === undefined && !this.#isShared(slot) ? [{ slot, stride: strides[i]! }] : [],
    );
    if (own.length === 0) return;
    for (let t = 0; t < this.#traitSets.length; t++) {
      setTraits(space, this.#values, this.#traitSets[t]!);
      this.#byTraitSet[t] = own.reduce((row, { slot, stride }) => row + stride * this.#values[slot]!, 0);
    }
  }

  #readAgents(): void {
    const parts = partsOf(this.#space, this.#table, this.#sizes, this.#values);
    const F = this.#space.agent.length;
    const from = (first: number) =>
      Array.from({ length: F }, (_, f) => parts.find(({ variable }) => variable === first + f)?.rows);
    this.#byCode = this.#rowsByCode(from(0));
    this.#byAction = parts.find(({ variable }) => variable === F)?.rows;
    this.#byNextCode = this.#rowsByCode(from(F + 1));
  }

  /** What a joint code adds, by what the level of each factor does. */
  #rowsByCode(parts: readonly (Int32Array | undefined)[]): (code: number) => number {
    if (parts.every((part) => part === undefined)) return () => 0;
    const sizes = this.#sizes;
    const rowOf = (code: number): number => {
      let [row, rest] = [0, code];
      for (let f = parts.length - 1; f >= 0; f--) {
        const level = rest % sizes[f]!;
        rest = (rest - level) / sizes[f]!;
        const part = parts[f];
        if (part !== undefined) row += part[level]!;
      }
      return row;
    };
    const { agentStates } = this.#space;
    if (agentStates > LISTED_STATES) return rowOf;
    const rows = Int32Array.from({ length: agentStates }, (_, code) => rowOf(code));
    return (code) => rows[code]!;
  }
}
