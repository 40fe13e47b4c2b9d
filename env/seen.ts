import { requireCrowd, setCrowd } from './crowd-slots.ts';
import { baseOf, type Part, partsOf } from './slices.ts';
import { decodeAgent, type Lookup, type StateSpace, setTraits } from './state-space.ts';
import { seeingTables, traitClasses } from './successors.ts';

/** Up to this many pairs of class and joint state, what is seen there stands in an array; beyond, in a map. */
const DENSE = 2 ** 16;

/** What is seen in some states: one set of contexts, and one set of actions that are allowed. */
export interface View {
  /** Number of `scenario.sets`. */
  readonly contexts: number;
  /** Shape [k]; undefined if everything is allowed. */
  readonly allowed?: readonly boolean[];
}

/**
 * What agents see and may do in the world of a tick, by trait set and joint state: worked out for the states that are
 * asked about, so that it costs what is occupied and not what is possible.
 */
export class Seen {
  /** The views met so far, in any world; a view keeps its place. */
  readonly views: View[] = [];
  readonly #space: StateSpace;
  readonly #traitSets: Uint32Array;
  /** Shape [trait sets]: classes that see and may do alike. */
  readonly #classOf: Uint32Array;
  readonly #classSets: readonly number[];
  /** View by class · agentStates + code; −1 where nobody asked. */
  readonly #dense: Int32Array | undefined;
  readonly #sparse = new Map<number, number>();
  readonly #numbers = new Map<string, number>();
  readonly #observe: readonly ByState[];
  readonly #allowed: readonly ByState[];
  readonly #words: Uint32Array;
  readonly #levels: Int32Array;

  /** @param traitSets those of a population's people */
  constructor(space: StateSpace, traitSets: Uint32Array) {
    const { scenario } = space;
    const classes = traitClasses(scenario, traitSets, seeingTables(scenario));
    this.#space = space;
    this.#traitSets = traitSets;
    this.#classSets = classes.map(({ mask }) => mask);
    this.#classOf = new Uint32Array(traitSets.length);
    for (const [c, { members }] of classes.entries()) for (const member of members) this.#classOf[member] = c;
    const pairs = classes.length * space.agentStates;
    this.#dense = pairs <= DENSE ? new Int32Array(pairs) : undefined;
    this.#observe = space.observe.map((table) => new ByState(space, table));
    const restricted = space.allowed.some(({ rows }) => rows.includes(false));
    this.#allowed = restricted ? space.allowed.map((table) => new ByState(space, table)) : [];
    this.#words = new Uint32Array(scenario.sets.wordCount);
    this.#levels = new Int32Array(space.agent.length);
  }

  /**
   * @param world level indices of the world factors
   * @param crowd levels of the crowd factors, shape [crowd places]
   */
  begin(world: ArrayLike<number>, crowd: ArrayLike<number> = []): void {
    const space = this.#space;
    const values = new Int32Array(space.slots);
    for (let i = 0; i < world.length; i++) values[space.worldNow + i] = world[i]!;
    requireCrowd(space, crowd);
    setCrowd(space, values, 'now', crowd);
    this.#dense?.fill(-1);
    this.#sparse.clear();
    for (const table of [...this.#observe, ...this.#allowed]) table.begin(values, this.#classSets);
  }

  /** Index into the views of what agents of a trait set see in a joint state. */
  at(traitSet: number, code: number): number {
    const traitClass = this.#classOf[traitSet]!;
    const pair = traitClass * this.#space.agentStates + code;
    const met = this.#dense ? this.#dense[pair]! : (this.#sparse.get(pair) ?? -1);
    if (met >= 0) return met;
    const view = this.#look(traitClass, code);
    if (this.#dense) this.#dense[pair] = view;
    else this.#sparse.set(pair, view);
    return view;
  }

  /** The observation that agents of a trait set make at a view. */
  maskOf(traitSet: number, view: number): number {
    return this.#space.scenario.sets.union(this.#traitSets[traitSet]!, this.views[view]!.contexts);
  }

  #look(traitClass: number, code: number): number {
    const { sets, traits } = this.#space.scenario;
    const levels = this.#levels;
    const words = this.#words.fill(0);
    decodeAgent(this.#space, levels, 0, code);
    for (let i = 0; i < this.#observe.length; i++)
      if (this.#observe[i]!.holds(traitClass, levels)) {
        const phrase = traits.length + i;
        words[phrase >>> 5]! |= 1 << (phrase & 31);
      }
    const allowed = this.#allowed.map((table) => table.holds(traitClass, levels));
    const contexts = sets.ofWords(words);
    const name = `${contexts} ${allowed.join(' ')}`;
    let view = this.#numbers.get(name);
    if (view === undefined) {
      this.#numbers.set(name, (view = this.views.length));
      this.views.push(allowed.includes(false) ? { contexts, allowed } : { contexts });
    }
    return view;
  }
}

/** A table of truth values, read by the levels of an agent's factors once the tick and the classes of traits are fixed. */
class ByState {
  readonly #space: StateSpace;
  readonly #table: Lookup<boolean>;
  readonly #sizes: readonly number[];
  #parts: readonly Part[] = [];
  #bases: number[] = [];

  constructor(space: StateSpace, table: Lookup<boolean>) {
    this.#space = space;
    this.#table = table;
    this.#sizes = space.agent.map(({ factor }) => factor.levels.length);
  }

  begin(values: Int32Array, classSets: readonly number[]): void {
    this.#parts = partsOf(this.#space, this.#table, this.#sizes, values);
    this.#bases = classSets.map((set) => {
      setTraits(this.#space, values, set);
      return baseOf(this.#space, this.#table, values);
    });
  }

  holds(traitClass: number, levels: Int32Array): boolean {
    let row = this.#bases[traitClass]!;
    for (const { variable, rows } of this.#parts) row += rows[levels[variable]!]!;
    return this.#table.rows[row]!;
  }
}
