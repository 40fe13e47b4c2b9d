import { UnderstudyError } from '../../env/error.ts';
import { Moves, type Plan } from '../../env/moves.ts';
import type { Peopling } from '../../env/people.ts';
import { Seen } from '../../env/seen.ts';
import { type StateSpace, setTraits } from '../../env/state-space.ts';
import { traitClasses } from '../../env/successors.ts';
import { CellList, grown } from './cell-list.ts';
import { kindsOf } from './cohort-kinds.ts';
import type { TickDecisions } from './decider.ts';
import { Draws } from './draws.ts';
import { requireCohorts, requireStateOf } from './size.ts';
import type { Tally } from './tally.ts';

/** Cells that are occupied at once. */
const OCCUPIED_LIMIT = 2 ** 24;

/** The cells that have members, by trait set and then by code. */
export interface Cells {
  /** Shape [trait sets + 1]: where the cells of each begin. */
  readonly starts: Int32Array;
  /** Shape [cells]: joint codes of the agent factors. */
  readonly codes: Float64Array;
  /** Shape [cells]: members, integers up to 2^53 − 1. */
  readonly counts: Float64Array;
}

/** What a tick of cohorts comes to. */
export interface CountedTick {
  /** Agents that took each action, shape [k]. */
  readonly counts: Float64Array;
  /** Sum over the agents that were decided for of the weights, out of 65,536, of each action that is allowed; shape [k]. */
  readonly weightSums: Float64Array;
  /** Agents whose observation the policy gave no probability for. */
  readonly failed: number;
  /** Agents that got a probability, from the policy or from the one that steps in. */
  readonly decided: number;
}

/**
 * A population as counts. Given the world, agents of one cell (a trait set and a joint state) are exchangeable, so how
 * many of them take each action and move to each state is drawn by binomials: exact in law, up to 2^53 − 1 agents. What a
 * tick costs grows with the cells that are occupied, not with the agents, the trait sets or the states that there could be.
 */
export class CohortCounts {
  readonly agents: number;
  /** Numbers of `scenario.sets`. */
  readonly traitSets: Uint32Array;
  readonly #space: StateSpace;
  readonly #draws: Draws;
  readonly #seen: Seen;
  readonly #moves: Moves;
  /** Shape [trait sets]: classes that move alike. */
  readonly #classOf: Uint32Array;
  readonly #classSets: readonly number[];
  readonly #values: Int32Array;
  /** Shape [actions or levels], for one draw. */
  readonly #shares: Float64Array;
  #cells: Cells;
  #spare: Cells;
  #lists: [CellList, CellList] = [new CellList(), new CellList()];
  /** By cell, once it was looked at in the world of the tick: which pair of trait set and view its agents are. */
  #rowOf = new Int32Array(0);
  #rows: { readonly mask: number; readonly view: number; readonly first: number }[] = [];
  #rowCounts: number[] = [];

  /**
   * @param world level indices of the world factors at tick 0
   * @throws {UnderstudyError} SIMULATION_ARGUMENT for a number of agents that is not one, SIMULATION_SIZE for more trait
   *   sets or cells than are counted
   */
  constructor(space: StateSpace, agents: number, seed: number, world: ArrayLike<number>, people?: Peopling) {
    requireCohorts(agents);
    this.#space = space;
    this.agents = agents;
    this.#draws = new Draws(seed);
    const kinds = kindsOf(space.scenario, agents, this.#draws, people);
    this.traitSets = kinds.sets;
    const classes = traitClasses(
      space.scenario,
      this.traitSets,
      space.scenario.agent.flatMap(({ start, next }) => [start, next]),
    );
    this.#classSets = classes.map(({ mask }) => mask);
    this.#classOf = new Uint32Array(this.traitSets.length);
    for (const [c, { members }] of classes.entries()) for (const member of members) this.#classOf[member] = c;
    this.#values = new Int32Array(space.slots);
    const levels = space.agent.map(({ factor }) => factor.levels.length);
    this.#shares = new Float64Array(Math.max(space.scenario.actions.length, ...levels));
    this.#seen = new Seen(space, this.traitSets);
    this.#moves = Moves.of(space, 'next');
    this.#cells = emptyCells(this.traitSets.length);
    this.#spare = emptyCells(this.traitSets.length);

    const plans = this.#plans(Moves.of(space, 'start'), world, world);
    for (let traitSet = 0; traitSet < this.traitSets.length; traitSet++) {
      const [list] = this.#lists;
      const plan = plans[this.#classOf[traitSet]!]!;
      this.#draws.begin(0, traitSet);
      list.begin(plan.first.size);
      if (kinds.members[traitSet]! > 0) list.add(0, kinds.members[traitSet]!);
      this.#settle(traitSet, this.#walk(plan), plan, []);
    }
    [this.#cells, this.#spare] = [this.#spare, this.#cells];
  }

  /** The cells that are occupied now; the arrays are used again by the tick after the next. */
  get cells(): Cells {
    return trimmed(this.#cells);
  }

  /** What decides the rest of the run together with the seed, the tick and the world. */
  get columns(): Uint8Array[] {
    const { starts, codes, counts } = this.cells;
    return [this.traitSets, starts, codes, counts].map(
      ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
    );
  }

  /**
   * Takes over the state of another population of the same people.
   * @param state its columns, one after the other
   * @throws {UnderstudyError} SIMULATION_SNAPSHOT for columns of other sizes; nothing is changed then
   */
  restore(state: Uint8Array): void {
    const kinds = this.traitSets.length;
    // Copied: columns may stand at any byte of what they are read from.
    const bytes = Uint8Array.from(state).buffer;
    const fixed = 4 * (2 * kinds + 1);
    if (state.length < fixed) requireStateOf(fixed, state);
    const starts = new Int32Array(bytes, 4 * kinds, kinds + 1);
    const occupied = starts[kinds]!;
    requireStateOf(fixed + 16 * occupied, state);
    const columns = bytes.slice(fixed);
    const room = Math.max(64, 2 * occupied);
    this.#cells = {
      starts: starts.slice(),
      codes: grown(new Float64Array(columns, 0, occupied), room),
      counts: grown(new Float64Array(columns, 8 * occupied, occupied), room),
    };
  }

  /**
   * The distinct observations that agents make in a world, and how many make each.
   * @param world level indices of the world factors at the coming tick
   */
  observed(world: ArrayLike<number>): { masks: Uint32Array; counts: Float64Array } {
    this.#look(world);
    const places = new Map<number, number>();
    const counts: number[] = [];
    this.#rows.forEach(({ mask }, row) => {
      const place = places.get(mask);
      if (place === undefined) {
        places.set(mask, counts.length);
        counts.push(this.#rowCounts[row]!);
      } else counts[place]! += this.#rowCounts[row]!;
    });
    return { masks: Uint32Array.from(places.keys()), counts: Float64Array.from(counts) };
  }

  /**
   * Plays one tick: everybody acts and moves on.
   * @param world, nextWorld level indices of the world factors at `tick` and `tick + 1`
   * @param decisions about the observations of this world
   * @param tallies totals, begun for these worlds
   */
  play(
    tick: number,
    world: ArrayLike<number>,
    nextWorld: ArrayLike<number>,
    decisions: Pick<TickDecisions, 'answered' | 'decided' | 'weightsOf'>,
    tallies: readonly Tally[],
  ): CountedTick {
    const k = this.#space.scenario.actions.length;
    this.#look(world);
    const weights = new Uint32Array(this.#rows.length * k);
    const weightSums = new Float64Array(k);
    const counts = new Float64Array(k);
    let [failed, decided] = [0, 0];
    this.#rows.forEach(({ mask, view }, row) => {
      const { allowed } = this.#seen.views[view]!;
      const given = decisions.weightsOf(mask);
      const members = this.#rowCounts[row]!;
      const counted = decisions.decided(mask) ? members : 0;
      if (!decisions.answered(mask)) failed += members;
      decided += counted;
      for (let a = 0; a < k; a++) weights[row * k + (allowed?.[a] === false ? 0 : a)]! += given[a]!;
      for (let a = 0; a < k; a++) weightSums[a]! += counted * weights[row * k + a]!;
    });
    const byCell = tallies.filter(({ readsNext }) => !readsNext);
    this.#advance(
      tick,
      world,
      nextWorld,
      weights,
      tallies.filter(({ readsNext }) => readsNext),
      (n, t, code, action) => {
        counts[action]! += n;
        for (let i = 0; i < byCell.length; i++) byCell[i]!.add(n, t, code, action, 0);
      },
    );
    return { counts, weightSums, failed, decided };
  }

  /** Finds out what the agents of each cell see. */
  #look(world: ArrayLike<number>): void {
    const seen = this.#seen;
    const { starts, codes, counts } = this.#cells;
    seen.begin(world);
    const occupied = starts[this.traitSets.length]!;
    if (this.#rowOf.length < occupied) this.#rowOf = new Int32Array(codes.length);
    const rowOf = this.#rowOf;
    this.#rows = [];
    this.#rowCounts = [];
    /** By view: its row for the trait set, if that is not before the trait set's first. */
    const rowAt: number[] = [];
    for (let traitSet = 0; traitSet < this.traitSets.length; traitSet++) {
      const first = this.#rows.length;
      for (let cell = starts[traitSet]!; cell < starts[traitSet + 1]!; cell++) {
        const view = seen.at(traitSet, codes[cell]!);
        let row = rowAt[view] ?? -1;
        if (row < first) {
          rowAt[view] = row = this.#rows.length;
          this.#rows.push({ mask: seen.maskOf(traitSet, view), view, first: cell });
          this.#rowCounts.push(0);
        }
        rowOf[cell] = row;
        this.#rowCounts[row]! += counts[cell]!;
      }
    }
  }

  #advance(
    tick: number,
    world: ArrayLike<number>,
    nextWorld: ArrayLike<number>,
    weights: Uint32Array,
    byNext: readonly Tally[],
    acted: (n: number, traitSet: number, code: number, action: number) => void,
  ): void {
    const space = this.#space;
    const draws = this.#draws;
    const rowOf = this.#rowOf;
    const k = space.scenario.actions.length;
    const actions = new Float64Array(k);
    const plans = this.#plans(this.#moves, world, nextWorld);
    const { starts, codes, counts } = this.#cells;
    for (let traitSet = 0; traitSet < this.traitSets.length; traitSet++) {
      if (starts[traitSet] === starts[traitSet + 1]) {
        this.#spare.starts[traitSet + 1] = this.#spare.starts[traitSet]!;
        continue;
      }
      const plan = plans[this.#classOf[traitSet]!]!;
      const [list] = this.#lists;
      draws.begin(tick + 1, traitSet);
      list.begin(plan.first.size);
      for (let cell = starts[traitSet]!; cell < starts[traitSet + 1]!; cell++) {
        const code = codes[cell]!;
        const key = plan.first.at.of(code);
        draws.split(counts, cell, weights, rowOf[cell]! * k, k, actions);
        for (let action = 0; action < k; action++) {
          const n = actions[action]!;
          if (n === 0) continue;
          acted(n, traitSet, code, action);
          list.add(key + action * plan.first.action, n);
        }
      }
      this.#settle(traitSet, this.#walk(plan), plan, byNext);
    }
    [this.#cells, this.#spare] = [this.#spare, this.#cells];
  }

  /**
   * Draws one factor after the other for the agents in the first list.
   * @returns the list that they are in then
   */
  #walk({ stages }: Plan): CellList {
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

  /** Writes where the agents of a trait set have arrived, and counts what depends on it. */
  #settle(traitSet: number, arrived: CellList, plan: Plan, tallies: readonly Tally[]): void {
    const { agentStates } = this.#space;
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
    this.#spare = withRoom(this.#spare, this.#spare.starts[traitSet]! + list.length);
    const { starts, codes, counts } = this.#spare;
    starts[traitSet + 1] = starts[traitSet]! + list.sortInto(codes, counts, starts[traitSet]!);
  }

  /** The plan of each class of trait sets. */
  #plans(moves: Moves, world: ArrayLike<number>, nextWorld: ArrayLike<number>): Plan[] {
    const space = this.#space;
    const values = this.#values;
    for (let i = 0; i < space.world.length; i++) {
      values[space.worldNow + i] = world[i]!;
      values[space.worldNext + i] = nextWorld[i]!;
    }
    return this.#classSets.map((set) => {
      setTraits(space, values, set);
      return moves.plan(values);
    });
  }
}

const emptyCells = (traitSets: number): Cells => ({
  starts: new Int32Array(traitSets + 1),
  codes: new Float64Array(64),
  counts: new Float64Array(64),
});

const trimmed = ({ starts, codes, counts }: Cells): Cells => {
  const occupied = starts.at(-1)!;
  return { starts, codes: codes.subarray(0, occupied), counts: counts.subarray(0, occupied) };
};

/** @throws {UnderstudyError} SIMULATION_SIZE for more cells than are counted */
function withRoom(cells: Cells, occupied: number): Cells {
  if (occupied <= cells.codes.length) return cells;
  if (occupied > OCCUPIED_LIMIT)
    throw new UnderstudyError(
      'SIMULATION_SIZE',
      `more than ${OCCUPIED_LIMIT.toLocaleString('en-US')} different combinations of traits and state occur at once; simulate fewer agents, one by one, or declare fewer traits, factors or levels`,
    );
  const room = 2 * occupied;
  return { starts: cells.starts, codes: grown(cells.codes, room), counts: grown(cells.counts, room) };
}
