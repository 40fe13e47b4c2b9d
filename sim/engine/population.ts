import { drawPeople, type People, type Peopling } from '../../env/people.ts';
import { LANES, lane, philoxInto, streamKey } from '../../env/random.ts';
import { events, type StateSpace } from '../../env/state-space.ts';
import { Branches } from './branches.ts';
import type { Members } from './members.ts';
import { requireSize } from './size.ts';
import type { Tally } from './tally.ts';

/**
 * The agents of a run as columns. Each draw is keyed by (seed, agent, tick, event), so nothing here depends on the
 * order of work.
 */
export class Population implements Members {
  readonly agents: number;
  readonly people: People;
  /** Shape [agents]: joint code of the agent factors. */
  readonly codes: Uint32Array;
  /** Shape [agents]: action of the last tick played. */
  readonly actions: Uint8Array;
  /** Shape [agents]: the 16-bit uniform that decides the action of the coming tick. */
  readonly #luck: Uint16Array;
  readonly #space: StateSpace;
  readonly #key: readonly [number, number];
  readonly #branches: Branches;
  /** The uniforms of one agent at one tick: as many Philox blocks as its events need. */
  readonly #block: Uint32Array;

  constructor(space: StateSpace, agents: number, seed: number, world: ArrayLike<number>, people?: Peopling) {
    requireSize(space, agents, { cohorts: false });
    this.#space = space;
    this.agents = agents;
    this.#key = streamKey(seed, 'agents');
    this.people = drawPeople(space, seed, agents, people);
    requireSize(space, agents, { cohorts: false, traitSets: this.people.sets.length });
    this.codes = new Uint32Array(agents);
    this.actions = new Uint8Array(agents);
    this.#luck = new Uint16Array(agents);
    this.#branches = new Branches(space, this.people.sets, 'next');
    this.#block = new Uint32Array(4 * Math.ceil(events.traits(space) / LANES));

    const first = new Branches(space, this.people.sets, 'start');
    first.begin(world, world);
    for (let agent = 0; agent < agents; agent++) {
      this.#draw(agent, 0);
      const traitSet = this.people.of[agent]!;
      this.codes[agent] = this.#follow(first, first.root(first.classOf[traitSet]!, 0, 0));
      this.#luck[agent] = lane(this.#block, events.action);
    }
  }

  get traitSets(): Uint32Array {
    return this.people.sets;
  }

  get columns() {
    return [this.people.of, this.codes, this.actions];
  }

  countCells(into: Uint32Array): void {
    into.fill(0);
    const { codes, agents } = this;
    const traitSets = this.people.of;
    const states = this.#space.agentStates;
    for (let i = 0; i < agents; i++) into[traitSets[i]! * states + codes[i]!]!++;
  }

  advance(
    tick: number,
    world: ArrayLike<number>,
    nextWorld: ArrayLike<number>,
    cumulative: Uint32Array,
    acted: Uint32Array,
    tallies: readonly Tally[],
  ): void {
    const { agents, codes, actions } = this;
    const traitSets = this.people.of;
    const luck = this.#luck;
    const branches = this.#branches;
    const states = this.#space.agentStates;
    const choices = this.#space.scenario.actions.length;
    branches.begin(world, nextWorld);
    acted.fill(0);
    for (let agent = 0; agent < agents; agent++) {
      const code = codes[agent]!;
      const traitSet = traitSets[agent]!;
      const cell = (traitSet * states + code) * choices;
      const uniform = luck[agent]!;
      let action = 0;
      while (uniform >= cumulative[cell + action]!) action++;
      actions[agent] = action;
      acted[cell + action]!++;

      this.#draw(agent, tick + 1);
      luck[agent] = lane(this.#block, events.action);
      const next = this.#follow(branches, branches.root(branches.classOf[traitSet]!, code, action));
      codes[agent] = next;
      for (let t = 0; t < tallies.length; t++) tallies[t]!.add(1, traitSet, code, action, next);
    }
  }

  #draw(agent: number, tick: number): void {
    const block = this.#block;
    const key = this.#key;
    philoxInto(block, agent, tick, 0, 0, key[0], key[1]);
    for (let more = 4; more < block.length; more += 4)
      philoxInto(block.subarray(more, more + 4), agent, tick, more / 4, 0, key[0], key[1]);
  }

  /** The next state, by the uniforms drawn last. */
  #follow(branches: Branches, root: number): number {
    const block = this.#block;
    const { nodes } = branches;
    let node = root;
    while (node >= 0) {
      const uniform = lane(block, nodes[node]!);
      let at = node + 1;
      while (uniform >= nodes[at]!) at += 2;
      node = nodes[at + 1]!;
    }
    return ~node;
  }
}
