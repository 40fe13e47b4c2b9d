import { ONE } from './chance.ts';
import { type Decides, learn } from './exact.ts';
import { Masses } from './masses.ts';
import { Moves, type Plan } from './moves.ts';
import type { Scenario } from './scenario.ts';
import { Seen } from './seen.ts';
import { readsNext } from './slices.ts';
import { decodeAgent, type Lookup, look, type StateSpace, setTraits } from './state-space.ts';
import { movingTables, type TraitClass, traitClasses } from './successors.ts';
import { listedTraits } from './trait-law.ts';

/** Mean and variance of a number that one agent gives. N independent agents give N times both. */
export interface Moments {
  readonly mean: number;
  readonly variance: number;
}

/** Rounding can leave a variance just under 0. */
export const momentsOf = (sum: number, square: number): Moments => ({
  mean: sum,
  variance: Math.max(0, square - sum * sum),
});

/** A table whose value is weighed: the reward, or a measure. */
interface Gauge {
  readonly table: Lookup<number>;
  readonly readsNext: boolean;
  readonly discount: number;
}

/** What one tick gave: by gauge, E x and E x². */
export interface Moved {
  readonly actions: Float64Array;
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

/**
 * The distribution of one agent over trait sets and states. A vector holds the masses of the members of a trait class; with
 * totals it goes on with E[T 1{state}] and E[T² 1{state}] of the total T of each gauge so far.
 */
export class Propagation {
  readonly #space: StateSpace;
  readonly #scenario: Scenario;
  readonly #policy: Decides;
  readonly #gauges: readonly Gauge[];
  readonly #totals: boolean;
  readonly #traitSets: Uint32Array;
  readonly #shares: Float64Array;
  readonly #classes: readonly TraitClass[];
  readonly #now: readonly Masses[];
  readonly #seen: Seen;
  readonly #moves: Moves;
  readonly #known = new Map<number, ArrayLike<number>>();
  /** By view, shape [trait sets]: where the probabilities of the actions stand, or −1. */
  readonly #rows: Int32Array[] = [];
  #probabilities = new Float64Array(0);
  #rowCount = 0;
  readonly #values: Int32Array;
  readonly #lists = [new Masses(), new Masses()];

  constructor(space: StateSpace, policy: Decides, totals: boolean) {
    const { scenario } = space;
    const people = listedTraits(scenario);
    this.#space = space;
    this.#scenario = scenario;
    this.#policy = policy;
    this.#totals = totals;
    this.#traitSets = people.sets;
    this.#shares = Float64Array.from(people.weights, (weight) => weight / people.total);
    this.#classes = traitClasses(scenario, people.sets, [
      ...movingTables(scenario),
      ...Object.values(scenario.measures),
    ]);
    this.#now = this.#classes.map(() => new Masses());
    this.#seen = new Seen(space, people.sets);
    const gauge = (table: Lookup<number>, discount: number): Gauge => ({
      table,
      discount,
      readsNext: readsNext(space, table),
    });
    this.#gauges = [
      gauge(space.reward, scenario.discount),
      ...Object.values(space.measures).map((table) => gauge(table, 1)),
    ];
    this.#moves = new Moves(
      space,
      'next',
      this.#gauges.flatMap(({ table, readsNext }) => (readsNext ? table : [])),
    );
    this.#values = new Int32Array(space.slots);
  }

  start(world: ArrayLike<number>): void {
    const moves = new Moves(this.#space, 'start');
    this.#setWorlds(world, world);
    this.#classes.forEach(({ members, mask }, c) => {
      const plan = this.#planOf(moves, mask);
      const [list] = this.#lists;
      list!.begin(plan.first.size, this.#width(members));
      const at = list!.at(0);
      members.forEach((member, m) => (list!.data[at + m] = this.#shares[member]!));
      this.#arrive(this.#walk(plan), plan, this.#now[c]!, () => {});
    });
  }

  /** Moves everybody on by one tick. */
  async step(tick: number, world: ArrayLike<number>, nextWorld: ArrayLike<number>): Promise<Moved> {
    this.#seen.begin(world);
    await this.#learn();
    const moved: Moved = {
      actions: new Float64Array(this.#scenario.actions.length),
      sums: new Float64Array(this.#gauges.length),
      squares: new Float64Array(this.#gauges.length),
    };
    this.#setWorlds(world, nextWorld);
    this.#classes.forEach(({ members, mask }, c) => {
      const plan = this.#planOf(this.#moves, mask);
      this.#act(members, this.#now[c]!, plan, tick, moved);
      this.#arrive(this.#walk(plan), plan, this.#now[c]!, (data, at) =>
        this.#weigh(members.length, true, tick, data, at, moved),
      );
    });
    return moved;
  }

  /** Mean and variance of each gauge's total up to now. */
  totals(): Moments[] {
    return this.#gauges.map((_, g) => {
      let [sum, square] = [0, 0];
      this.#classes.forEach(({ members }, c) => {
        const { data, length, width } = this.#now[c]!;
        const M = members.length;
        for (let at = 0; at < length * width; at += width)
          for (let m = 0; m < M; m++) {
            sum += data[at + (1 + 2 * g) * M + m]!;
            square += data[at + (2 + 2 * g) * M + m]!;
          }
      });
      return momentsOf(sum, square);
    });
  }

  #width(members: readonly number[]): number {
    return members.length * (this.#totals ? 1 + 2 * this.#gauges.length : 1);
  }

  #setWorlds(world: ArrayLike<number>, nextWorld: ArrayLike<number>): void {
    for (let i = 0; i < this.#space.world.length; i++) {
      this.#values[this.#space.worldNow + i] = world[i]!;
      this.#values[this.#space.worldNext + i] = nextWorld[i]!;
    }
  }

  /** Leaves the class's traits in their slots. */
  #planOf(moves: Moves, mask: number): Plan {
    setTraits(this.#space, this.#values, mask);
    return moves.plan(this.#values);
  }

  /** Asks about observations that have mass and were never asked about. */
  async #learn(): Promise<void> {
    const open: { readonly view: number; readonly traitSet: number; readonly mask: number }[] = [];
    this.#classes.forEach(({ members }, c) => {
      const { keys, data, length, width } = this.#now[c]!;
      for (let i = 0; i < length; i++)
        for (let m = 0; m < members.length; m++) {
          if (data[i * width + m] === 0) continue;
          const traitSet = members[m]!;
          const view = this.#seen.at(traitSet, keys[i]!);
          this.#rows[view] ??= new Int32Array(this.#traitSets.length).fill(-1);
          if (this.#rows[view]![traitSet]! >= 0) continue;
          this.#rows[view]![traitSet] = this.#rowCount++;
          open.push({ view, traitSet, mask: this.#seen.maskOf(traitSet, view) });
        }
    });
    if (open.length === 0) return;
    await learn(this.#scenario, this.#policy, new Set(open.map(({ mask }) => mask)), this.#known);
    const k = this.#scenario.actions.length;
    const probabilities = new Float64Array(this.#rowCount * k);
    probabilities.set(this.#probabilities);
    for (const { view, traitSet, mask } of open) {
      const { allowed } = this.#seen.views[view]!;
      const weights = this.#known.get(mask)!;
      const at = this.#rows[view]![traitSet]! * k;
      for (let a = 0; a < k; a++) probabilities[at + (allowed?.[a] === false ? 0 : a)]! += weights[a]! / ONE;
    }
    this.#probabilities = probabilities;
  }

  /** Splits the masses of a class by what is done, into the first list. */
  #act(
    members: readonly number[],
    { keys, data, length, width }: Masses,
    plan: Plan,
    tick: number,
    moved: Moved,
  ): void {
    const space = this.#space;
    const values = this.#values;
    const probabilities = this.#probabilities;
    const M = members.length;
    const k = this.#scenario.actions.length;
    const list = this.#lists[0]!;
    const rows = new Int32Array(M);
    const part = new Float64Array(width);
    list.begin(plan.first.size, width);
    for (let i = 0; i < length; i++) {
      const code = keys[i]!;
      const key = plan.first.at(code);
      for (let m = 0; m < M; m++)
        rows[m] = data[i * width + m] === 0 ? -1 : this.#rows[this.#seen.at(members[m]!, code)]![members[m]!]! * k;
      decodeAgent(space, values, space.agentNow, code);
      for (let action = 0; action < k; action++) {
        let mass = 0;
        for (let m = 0; m < M; m++) {
          const p = rows[m]! < 0 ? 0 : probabilities[rows[m]! + action]!;
          for (let at = m; at < width; at += M) part[at] = p * data[i * width + at]!;
          mass += part[m]!;
        }
        if (mass === 0) continue;
        moved.actions[action]! += mass;
        values[space.action] = action;
        this.#weigh(M, false, tick, part, 0, moved);
        const to = list.at(key + action * plan.first.action);
        const into = list.data;
        for (let at = 0; at < width; at++) into[to + at]! += part[at]!;
      }
    }
  }

  /** Adds up what the gauges say of the agents of a vector, whose state, action and next state stand in the slots. */
  #weigh(M: number, next: boolean, tick: number, data: Float64Array, from: number, moved: Moved): void {
    let mass = -1;
    for (let g = 0; g < this.#gauges.length; g++) {
      const { table, readsNext, discount } = this.#gauges[g]!;
      if (readsNext !== next) continue;
      const value = look(table, this.#values);
      if (value === 0) continue;
      if (mass < 0) {
        mass = 0;
        for (let m = 0; m < M; m++) mass += data[from + m]!;
      }
      moved.sums[g]! += mass * value;
      moved.squares[g]! += mass * value * value;
      if (!this.#totals) continue;
      const x = discount === 1 ? value : discount ** tick * value;
      const first = from + (1 + 2 * g) * M;
      for (let m = 0; m < M; m++) {
        data[first + M + m]! += x * (2 * data[first + m]! + x * data[from + m]!);
        data[first + m]! += x * data[from + m]!;
      }
    }
  }

  /** Draws one factor after the other. */
  #walk({ stages }: Plan): Masses {
    let [from, to] = this.#lists as [Masses, Masses];
    for (const stage of stages) {
      const { keys, data, length, width } = from;
      to.begin(stage.nextSize, width);
      for (let i = 0; i < length; i++) {
        const { levels, weights } = stage.law(keys[i]!);
        const base = stage.base(keys[i]!);
        for (let j = 0; j < levels.length; j++) {
          const at = to.at(base + stage.stride * levels[j]!);
          addScaled(to.data, at, data, i * width, width, weights[j]! / ONE);
        }
      }
      [from, to] = [to, from];
    }
    return from;
  }

  /** Puts agents into the states that they have arrived in; what was kept of them until here is weighed and forgotten. */
  #arrive(arrived: Masses, plan: Plan, into: Masses, weigh: (data: Float64Array, at: number) => void): void {
    const space = this.#space;
    const values = this.#values;
    const { keys, data, length, width } = arrived;
    const reads = this.#gauges.some(({ readsNext }) => readsNext);
    into.begin(space.agentStates, width);
    for (let i = 0; i < length; i++) {
      const kept = Math.floor(keys[i]! / space.agentStates);
      const next = keys[i]! - kept * space.agentStates;
      if (reads) {
        const { code, action } = plan.before(kept);
        decodeAgent(space, values, space.agentNow, code);
        decodeAgent(space, values, space.agentNext, next);
        values[space.action] = action;
        weigh(data, i * width);
      }
      const at = into.at(next);
      addScaled(into.data, at, data, i * width, width, 1);
    }
  }
}

function addScaled(into: Float64Array, to: number, from: Float64Array, at: number, width: number, p: number): void {
  for (let i = 0; i < width; i++) into[to + i]! += p * from[at + i]!;
}
