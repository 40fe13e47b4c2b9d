import { decodeAgent, look, type StateSpace, setTraits } from '../../env/state-space.ts';
import { movingTables, traitClasses } from '../../env/successors.ts';

const UNBUILT = -(2 ** 31);

/**
 * The ways in which an agent moves on in one tick. Within a tick the world is fixed, so the laws of all agent factors
 * together are a small tree for each trait class, joint state and action: a node is a draw, a leaf is the next state,
 * and factors that are certain need no node. Trees are built when first needed and forgotten with the tick.
 *
 * A node stands in `nodes` as its event followed by pairs (cumulative weight, child), possible levels only; a child is
 * the index of a node, or ~code for the next state with that code.
 */
export class Branches {
  nodes = new Int32Array(1024);
  /** Shape [trait sets]: which class a trait set belongs to. */
  readonly classOf: Uint32Array;
  readonly #space: StateSpace;
  readonly #law: 'start' | 'next';
  readonly #classMasks: readonly number[];
  readonly #roots: Int32Array;
  readonly #values: Int32Array;
  #used = 0;

  /** @param traitSets those of a population's people */
  constructor(space: StateSpace, traitSets: Uint32Array, law: 'start' | 'next') {
    const classes = traitClasses(space.scenario, traitSets, movingTables(space.scenario));
    this.#space = space;
    this.#law = law;
    this.#classMasks = classes.map(({ mask }) => mask);
    this.classOf = new Uint32Array(traitSets.length);
    for (const [c, { members }] of classes.entries()) for (const member of members) this.classOf[member] = c;
    this.#roots = new Int32Array(classes.length * space.agentStates * space.scenario.actions.length);
    this.#values = new Int32Array(space.slots);
  }

  /** @param world, nextWorld level indices of the world factors in the tick that ends and the one that begins */
  begin(world: ArrayLike<number>, nextWorld: ArrayLike<number>): void {
    const space = this.#space;
    const values = this.#values;
    for (let i = 0; i < space.world.length; i++) {
      values[space.worldNow + i] = world[i]!;
      values[space.worldNext + i] = nextWorld[i]!;
    }
    this.#roots.fill(UNBUILT);
    this.#used = 0;
  }

  /** The tree's first node, or ~code where the next state is certain. It may make `nodes` a new array. */
  root(traitClass: number, code: number, action: number): number {
    const space = this.#space;
    const values = this.#values;
    const roots = this.#roots;
    const at = (traitClass * space.agentStates + code) * space.scenario.actions.length + action;
    if (roots[at] === UNBUILT) {
      setTraits(space, values, this.#classMasks[traitClass]!);
      decodeAgent(space, values, space.agentNow, code);
      values[space.action] = action;
      roots[at] = this.#build(0, 0);
    }
    return roots[at]!;
  }

  #build(f: number, code: number): number {
    const space = this.#space;
    const values = this.#values;
    if (f === space.agent.length) return ~code;
    const factor = space.agent[f]!;
    const weights = look(factor[this.#law], values);
    const pairs: number[] = [];
    let below = 0;
    weights.forEach((weight, level) => {
      if (weight === 0) return;
      values[space.agentNext + f] = level;
      pairs.push((below += weight), this.#build(f + 1, code * weights.length + level));
    });
    return pairs.length === 2 ? pairs[1]! : this.#append(f, pairs);
  }

  #append(event: number, pairs: readonly number[]): number {
    const node = this.#used;
    this.#used += 1 + pairs.length;
    if (this.#used > this.nodes.length) {
      const grown = new Int32Array(2 * this.#used);
      grown.set(this.nodes);
      this.nodes = grown;
    }
    this.nodes[node] = event;
    this.nodes.set(pairs, node + 1);
    return node;
  }
}
