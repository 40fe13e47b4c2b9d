import { LANES, lane, philoxInto, streamKey } from '../env/random.ts';
import { events, type StateSpace } from '../env/state-space.ts';
import { requireSize } from './error.ts';
import { cumulate, firstAbove, type LawColumns, lawColumns } from './law-columns.ts';
import type { Members } from './members.ts';
import type { Tally } from './tally.ts';

/**
 * The agents of a run as columns, and the laws by which they move. Agents of one cell (trait set × joint state) see
 * the same observation. Each draw is keyed by (seed, agent, tick, event), so nothing here depends on the order of work.
 */
export class Population implements Members {
  readonly space: StateSpace;
  readonly agents: number;
  /** Shape [agents]: index into scenario.traitSets. */
  readonly traitSets: Uint16Array;
  /** Shape [agents]: joint code of the agent factors. */
  readonly codes: Uint32Array;
  /** Shape [agents]: action of the last tick played. */
  readonly actions: Uint8Array;
  /** Shape [agents]: the 16-bit uniform that decides the action of the coming tick. */
  private readonly luck: Uint16Array;
  private readonly key: readonly [number, number];
  private readonly laws: readonly LawColumns[];

  constructor(space: StateSpace, agents: number, seed: number, world: ArrayLike<number>) {
    requireSize(space, agents);
    this.space = space;
    this.agents = agents;
    this.key = streamKey(seed, 'agents');
    this.traitSets = new Uint16Array(agents);
    this.codes = new Uint32Array(agents);
    this.actions = new Uint8Array(agents);
    this.luck = new Uint16Array(agents);
    this.laws = space.agent.map(({ next, factor }) => lawColumns(space, next, factor.levels.length));
    this.begin(world);
  }

  get columns() {
    return [this.traitSets, this.codes, this.actions];
  }

  countCells(into: Uint32Array): void {
    into.fill(0);
    const { traitSets, codes, agents } = this;
    const states = this.space.agentStates;
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
    const { space, agents, codes, traitSets, actions, luck } = this;
    const states = space.agentStates;
    const factors = space.agent.length;
    const choices = space.scenario.actions.length;
    const [key0, key1] = this.key;
    const block = new Uint32Array(4);
    const levels = new Int32Array(factors);
    const laws = this.laws.map((law) => law.at(world, nextWorld));
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

      philoxInto(block, agent, tick + 1, 0, 0, key0, key1);
      luck[agent] = block[0]! & 0xffff; // events.action
      let next = 0;
      for (let f = 0; f < factors; f++) {
        const law = laws[f]!;
        let row = law.base + law.byCode[code]! + law.byTraitSet[traitSet]! + law.byAction * action;
        for (let r = 0; r < law.reads.length; r++) row += law.byNext[law.reads[r]!]! * levels[law.reads[r]!]!;
        const event = 1 + f; // events.factor(f)
        if (event % LANES === 0) philoxInto(block, agent, tick + 1, event / LANES, 0, key0, key1);
        const draw = lane(block, event % LANES);
        const at = row * law.levels;
        let level = 0;
        while (draw >= law.cumulative[at + level]!) level++;
        levels[f] = level;
        next = next * law.levels + level;
      }
      for (let t = 0; t < tallies.length; t++) tallies[t]!.add(1, code, traitSet, action, levels);
      codes[agent] = next;
    }
  }

  private begin(world: ArrayLike<number>): void {
    const { space } = this;
    const [key0, key1] = this.key;
    const block = new Uint32Array(4);
    const uniform = (agent: number, event: number) => {
      philoxInto(block, agent, 0, Math.floor(event / LANES), 0, key0, key1);
      return lane(block, event % LANES);
    };
    const traitWeights = cumulate(space.scenario.traitWeights);
    const laws = space.agent.map(({ start, factor }) =>
      lawColumns(space, start, factor.levels.length).at(world, world),
    );
    for (let agent = 0; agent < this.agents; agent++) {
      const traitSet = firstAbove(traitWeights, 0, uniform(agent, events.traits(space)));
      const levels = new Int32Array(space.agent.length);
      let code = 0;
      laws.forEach((law, f) => {
        let row = law.base + law.byTraitSet[traitSet]!;
        for (let g = 0; g < f; g++) row += law.byNext[g]! * levels[g]!;
        levels[f] = firstAbove(law.cumulative, row * law.levels, uniform(agent, events.factor(f))) - row * law.levels;
        code = code * law.levels + levels[f]!;
      });
      this.traitSets[agent] = traitSet;
      this.codes[agent] = code;
      this.luck[agent] = uniform(agent, events.action);
    }
  }
}
