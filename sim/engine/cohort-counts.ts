import { type CrowdState, crowdAfter, firstCrowd } from '../../env/crowd.ts';
import { Moves, type Plan } from '../../env/moves.ts';
import type { Peopling } from '../../env/people.ts';
import { type StateSpace, setTraits } from '../../env/state-space.ts';
import { traitClasses } from '../../env/successors.ts';
import { grown } from './cell-list.ts';
import { type Cells, emptyCells, trimmed } from './cells.ts';
import { kindsOf } from './cohort-kinds.ts';
import { CohortWalk } from './cohort-walk.ts';
import { CrowdTally } from './crowd-tally.ts';
import type { TickDecisions } from './decider.ts';
import { Draws } from './draws.ts';
import type { Times } from './engine.ts';
import { setTurn, type Turn } from './rows.ts';
import { Sights } from './sights.ts';
import { requireCohorts, requireStateOf } from './size.ts';
import type { Tally } from './tally.ts';

/** The part of a tick's draws by which agents move if a crowd stands between acting and moving. */
const MOVING = 1;

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
  /** The crowd in the tick that begins. */
  readonly crowd: CrowdState;
}

/**
 * A population as counts. Given the world, agents of one cell (a trait set and a joint state) are exchangeable, so how
 * many of them take each action and move to each state is drawn by binomials: exact in law, up to 2^53 − 1 agents. The
 * crowd is the same for all of a cell, so this holds with crowd factors too: all act, what they did makes the crowd of
 * the next tick, and given that they move. What a tick costs grows with the cells that are occupied, not with the agents, the trait sets or the states that there could be.
 */
export class CohortCounts {
  readonly agents: number;
  /** Numbers of `scenario.sets`. */
  readonly traitSets: Uint32Array;
  readonly #space: StateSpace;
  readonly #draws: Draws;
  readonly #sights: Sights;
  readonly #moves: Moves;
  /** Shape [trait sets]: classes that move alike. */
  readonly #classOf: Uint32Array;
  readonly #classSets: readonly number[];
  readonly #values: Int32Array;
  /** Shape [k], for one draw. */
  readonly #actions: Float64Array;
  #cells: Cells;
  #spare: Cells;
  readonly #walk: CohortWalk;
  /** How many take each action, shape [cells, k]: of all cells if their actions make a crowd, otherwise of a trait set's. */
  #acted = new Float64Array(0);
  readonly #crowd: CrowdTally | undefined;

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
    this.#walk = new CohortWalk(space, this.#draws);
    this.#actions = new Float64Array(space.scenario.actions.length);
    this.#sights = new Sights(space, this.traitSets);
    this.#moves = Moves.of(space, 'next');
    this.#crowd = space.crowdPlaces > 0 ? new CrowdTally(space, this.traitSets) : undefined;
    this.#cells = emptyCells(this.traitSets.length);
    this.#spare = emptyCells(this.traitSets.length);

    const { levels: crowd } = firstCrowd(space);
    const plans = this.#plans(Moves.of(space, 'start'), { world, nextWorld: world, crowd, nextCrowd: crowd });
    for (let traitSet = 0; traitSet < this.traitSets.length; traitSet++) {
      const plan = plans[this.#classOf[traitSet]!]!;
      this.#draws.begin(0, traitSet);
      const list = this.#walk.begin(plan);
      if (kinds.members[traitSet]! > 0) list.add(0, kinds.members[traitSet]!);
      this.#spare = this.#walk.settle(traitSet, plan, [], this.#spare);
    }
    [this.#cells, this.#spare] = [this.#spare, this.#cells];
  }

  /** The cells that are occupied now; the arrays are used again by the tick after the next. */
  get cells(): Cells {
    return trimmed(this.#cells);
  }

  /** What decides the rest of the run together with the seed, the tick, the world and the crowd. */
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

  /** The distinct observations that agents make in the world and the crowd of a tick, and how many make each. */
  observed(times: Pick<Times, 'world' | 'crowd'>): { masks: Uint32Array; counts: Float64Array } {
    this.#sights.look(this.#cells, times);
    return this.#sights.observed();
  }

  /**
   * Plays one tick: everybody acts and moves on.
   * @param decisions about the observations of this tick
   * @param tallies begun here, and added up
   */
  play(
    times: Times,
    decisions: Pick<TickDecisions, 'answered' | 'decided' | 'weightsOf'>,
    tallies: readonly Tally[],
  ): CountedTick {
    const k = this.#space.scenario.actions.length;
    const sights = this.#sights;
    sights.look(this.#cells, times);
    const weights = new Uint32Array(sights.rows.length * k);
    const weightSums = new Float64Array(k);
    const counts = new Float64Array(k);
    let [failed, decided] = [0, 0];
    sights.rows.forEach(({ mask, view }, row) => {
      const { allowed } = sights.viewOf(view);
      const given = decisions.weightsOf(mask);
      const members = sights.counts[row]!;
      const counted = decisions.decided(mask) ? members : 0;
      if (!decisions.answered(mask)) failed += members;
      decided += counted;
      for (let a = 0; a < k; a++) weights[row * k + (allowed?.[a] === false ? 0 : a)]! += given[a]!;
      for (let a = 0; a < k; a++) weightSums[a]! += counted * weights[row * k + a]!;
    });
    const crowd = this.#meet(times, weights);
    const turn = { ...times, crowd: times.crowd.levels, nextCrowd: crowd.levels };
    for (const tally of tallies) tally.begin(turn);
    const byCell = tallies.filter(({ readsNext }) => !readsNext);
    this.#advance(
      times.tick,
      turn,
      weights,
      tallies.filter(({ readsNext }) => readsNext),
      (n, t, code, action) => {
        counts[action]! += n;
        for (let i = 0; i < byCell.length; i++) byCell[i]!.add(n, t, code, action, 0);
      },
    );
    return { counts, weightSums, failed, decided, crowd };
  }

  /** Has everybody act, and makes the crowd of the next tick of it. */
  #meet({ tick, world, nextWorld, crowd }: Times, weights: Uint32Array): CrowdState {
    const tally = this.#crowd;
    if (!tally) return crowd;
    const k = this.#space.scenario.actions.length;
    const { starts, codes } = this.#cells;
    const { levels } = crowd;
    tally.begin({ world, nextWorld, crowd: levels, nextCrowd: levels });
    for (let traitSet = 0; traitSet < this.traitSets.length; traitSet++) {
      this.#draws.begin(tick + 1, traitSet);
      this.#act(traitSet, weights, 0);
      for (let cell = starts[traitSet]!; cell < starts[traitSet + 1]!; cell++)
        for (let action = 0; action < k; action++) {
          const n = this.#acted[cell * k + action]!;
          if (n > 0) tally.add(n, traitSet, codes[cell]!, action);
        }
    }
    return crowdAfter(this.#space, tally, crowd, nextWorld);
  }

  /** Draws how many of each cell of a trait set take each action. @param first cell that stands first among those acted */
  #act(traitSet: number, weights: Uint32Array, first: number): void {
    const k = this.#space.scenario.actions.length;
    const { starts, counts } = this.#cells;
    const actions = this.#actions;
    const end = starts[traitSet + 1]!;
    if (this.#acted.length < (end - first) * k) this.#acted = grown(this.#acted, 2 * (end - first) * k);
    for (let cell = starts[traitSet]!; cell < end; cell++) {
      this.#draws.split(counts, cell, weights, this.#sights.rowOf[cell]! * k, k, actions);
      for (let action = 0; action < k; action++) this.#acted[(cell - first) * k + action] = actions[action]!;
    }
  }

  #advance(
    tick: number,
    turn: Turn,
    weights: Uint32Array,
    byNext: readonly Tally[],
    acted: (n: number, traitSet: number, code: number, action: number) => void,
  ): void {
    const k = this.#space.scenario.actions.length;
    const plans = this.#plans(this.#moves, turn);
    const { starts, codes } = this.#cells;
    for (let traitSet = 0; traitSet < this.traitSets.length; traitSet++) {
      const start = starts[traitSet]!;
      const end = starts[traitSet + 1]!;
      if (start === end) {
        this.#spare.starts[traitSet + 1] = this.#spare.starts[traitSet]!;
        continue;
      }
      const plan = plans[this.#classOf[traitSet]!]!;
      const { first } = plan;
      let firstActed = 0;
      if (this.#crowd) this.#draws.begin(tick + 1, traitSet, MOVING);
      else {
        this.#draws.begin(tick + 1, traitSet);
        this.#act(traitSet, weights, (firstActed = start));
      }
      const list = this.#walk.begin(plan);
      for (let cell = start; cell < end; cell++) {
        const code = codes[cell]!;
        const key = first.at.of(code);
        for (let action = 0; action < k; action++) {
          const n = this.#acted[(cell - firstActed) * k + action]!;
          if (n === 0) continue;
          acted(n, traitSet, code, action);
          list.add(key + action * first.action, n);
        }
      }
      this.#spare = this.#walk.settle(traitSet, plan, byNext, this.#spare);
    }
    [this.#cells, this.#spare] = [this.#spare, this.#cells];
  }

  /** The plan of each class of trait sets. */
  #plans(moves: Moves, turn: Turn): Plan[] {
    const space = this.#space;
    const values = this.#values;
    setTurn(space, values, turn);
    return this.#classSets.map((set) => {
      setTraits(space, values, set);
      return moves.plan(values);
    });
  }
}
