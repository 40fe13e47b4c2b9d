import type { Plan } from '../../env/moves.ts';
import type { StateSpace } from '../../env/state-space.ts';
import { CellList } from './cell-list.ts';
import { type Cells, withRoom } from './cells.ts';
import type { Draws } from './draws.ts';
import type { Tally } from './tally.ts';

/** The way of the agents of one trait set from where they are to where they arrive, factor by factor, by binomials. */
export class CohortWalk {
  readonly #agentStates: number;
  readonly #draws: Draws;
  /** Shape [levels], for one draw. */
  readonly #shares: Float64Array;
  readonly #lists: readonly [CellList, CellList] = [new CellList(), new CellList()];

  constructor({ agentStates, agent }: StateSpace, draws: Draws) {
    this.#agentStates = agentStates;
    this.#draws = draws;
    this.#shares = new Float64Array(Math.max(0, ...agent.map(({ factor }) => factor.levels.length)));
  }

  /** An empty list for the agents of a trait set, by the keys of its plan. */
  begin({ first }: Plan): CellList {
    const [list] = this.#lists;
    list.begin(first.size);
    return list;
  }

  /**
   * Has the agents that were listed move, and writes where they have arrived.
   * @param tallies that count what depends on it
   * @param cells whose cells of the trait sets before are written
   * @returns the cells, with more room if it took that
   */
  settle(traitSet: number, plan: Plan, tallies: readonly Tally[], cells: Cells): Cells {
    const agentStates = this.#agentStates;
    const arrived = this.#draw(plan);
    let list = arrived;
    if (plan.kept > 1) {
      list = arrived === this.#lists[0] ? this.#lists[1] : this.#lists[0];
      list.begin(agentStates);
      for (let i = 0; i < arrived.length; i++) {
        const key = arrived.keys[i]!;
        const n = arrived.counts[i]!;
        const kept = Math.floor(key / agentStates);
        const next = key - kept * agentStates;
        const { code, action } = plan.before(kept);
        for (const tally of tallies) tally.add(n, traitSet, code, action, next);
        list.add(next, n);
      }
    } else
      for (const tally of tallies)
        for (let i = 0; i < list.length; i++) tally.add(list.counts[i]!, traitSet, 0, 0, list.keys[i]!);
    const roomy = withRoom(cells, cells.starts[traitSet]! + list.length);
    const { starts, codes, counts } = roomy;
    starts[traitSet + 1] = starts[traitSet]! + list.sortInto(codes, counts, starts[traitSet]!);
    return roomy;
  }

  /** Draws one factor after the other. @returns the list that the agents are in then */
  #draw({ stages }: Plan): CellList {
    const draws = this.#draws;
    const shares = this.#shares;
    let [from, to] = this.#lists;
    for (const stage of stages) {
      to.begin(stage.nextSize);
      const { keys, counts, length } = from;
      for (let i = 0; i < length; i++) {
        const key = keys[i]!;
        const { levels, weights } = stage.law(key);
        const base = stage.base(key);
        draws.split(counts, i, weights, 0, weights.length, shares);
        for (let j = 0; j < levels.length; j++)
          if (shares[j]! > 0) to.add(base + stage.stride * levels[j]!, shares[j]!);
      }
      [from, to] = [to, from];
    }
    return from;
  }
}
