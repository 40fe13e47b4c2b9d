import { contextsIn, decodeAgent, maskActions, type StateSpace, setTraits } from '../../env/state-space.ts';
import { seeingTables, traitClasses } from '../../env/successors.ts';

/** What agents see and may do in the world of a tick, by trait set and joint state. */
export class Sight {
  readonly #space: StateSpace;
  readonly #traitSets: Uint32Array;
  /** Shape [trait sets]: classes that see and may do alike. */
  readonly #classOf: Uint32Array;
  readonly #classMasks: readonly number[];
  /** Shape [classes, agent states]: the sets of contexts that hold. */
  readonly #contexts: Uint32Array;
  readonly #values: Int32Array;
  /** Whether some action is forbidden somewhere. */
  readonly #restricted: boolean;

  /** @param traitSets those of a population's people */
  constructor(space: StateSpace, traitSets: Uint32Array) {
    const classes = traitClasses(space.scenario, traitSets, seeingTables(space.scenario));
    this.#space = space;
    this.#traitSets = traitSets;
    this.#classMasks = classes.map(({ mask }) => mask);
    this.#classOf = new Uint32Array(traitSets.length);
    for (const [c, { members }] of classes.entries()) for (const member of members) this.#classOf[member] = c;
    this.#contexts = new Uint32Array(classes.length * space.agentStates);
    this.#values = new Int32Array(space.slots);
    this.#restricted = space.allowed.some(({ rows }) => rows.includes(false));
  }

  /** @param world level indices of the world factors */
  begin(world: ArrayLike<number>): void {
    const space = this.#space;
    const values = this.#values;
    for (let i = 0; i < space.world.length; i++) values[space.worldNow + i] = world[i]!;
    this.#classMasks.forEach((mask, c) => {
      setTraits(space, values, mask);
      for (let code = 0; code < space.agentStates; code++) {
        decodeAgent(space, values, space.agentNow, code);
        this.#contexts[c * space.agentStates + code] = contextsIn(space, values);
      }
    });
  }

  /** The observation of agents with a trait set in a joint state. */
  maskOf(traitSet: number, code: number): number {
    const contexts = this.#contexts[this.#classOf[traitSet]! * this.#space.agentStates + code]!;
    return this.#space.scenario.sets.union(this.#traitSets[traitSet]!, contexts);
  }

  /** Weights of the actions that are allowed; what is forbidden goes to the first action. */
  allowed(traitSet: number, code: number, weights: Uint32Array): Uint32Array {
    if (!this.#restricted) return weights;
    setTraits(this.#space, this.#values, this.#classMasks[this.#classOf[traitSet]!]!);
    decodeAgent(this.#space, this.#values, this.#space.agentNow, code);
    return maskActions(this.#space, this.#values, weights);
  }
}
