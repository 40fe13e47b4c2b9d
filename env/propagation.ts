import { ONE } from './chance.ts';
import { type Decides, learn } from './exact.ts';
import { Masses } from './masses.ts';
import { Moves, type Plan } from './moves.ts';
import type { Scenario } from './scenario.ts';
import { Seen } from './seen.ts';
import { readsNext } from './slices.ts';
import { decodeAgent, type Lookup, look, type StateSpace, setTraits } from './state-space.ts';
import { movingTables, seeingTables, type TraitClass, traitClasses } from './successors.ts';
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

/** What the members of a trait class do at a view. */
interface Choice {
  /** Shape [members]: 1 where the policy was asked. */
  readonly asked: Uint8Array;
  /** Shape [k, members]: P(action), 0 where nobody was asked. */
  readonly probabilities: Float64Array;
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
  readonly #shares: Float64Array;
  readonly #classes: readonly TraitClass[];
  readonly #now: Masses[];
  readonly #seen: Seen;
  readonly #moves: Moves;
  readonly #known = new Map<number, ArrayLike<number>>();
  /** By class and view: what its members do there. */
  readonly #choices: readonly Choice[][];
  readonly #values: Int32Array;
  readonly #lists: [Masses, Masses] = [new Masses(), new Masses()];

  constructor(space: StateSpace, policy: Decides, totals: boolean) {
    const { scenario } = space;
    const people = listedTraits(scenario);
    this.#space = space;
    this.#scenario = scenario;
    this.#policy = policy;
    this.#totals = totals;
    this.#shares = Float64Array.from(people.weights, (weight) => weight / people.total);
    this.#classes = traitClasses(scenario, people.sets, [
      ...movingTables(scenario),
      ...seeingTables(scenario),
      ...Object.values(scenario.measures),
    ]);
    this.#now = this.#classes.map(() => new Masses());
    this.#choices = this.#classes.map(() => []);
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
    this.#moves = Moves.of(space, 'next');
    this.#values = new Int32Array(space.slots);
  }

  start(world: ArrayLike<number>): void {
    const moves = Moves.of(this.#space, 'start');
    this.#setWorlds(world, world);
    this.#classes.forEach(({ members, mask }, c) => {
      const plan = this.#planOf(moves, mask);
      const [list] = this.#lists;
      list.begin(plan.first.size, this.#width(members));
      const at = list.at(0);
      members.forEach((member, m) => (list.data[at + m] = this.#shares[member]!));
      this.#arrive(c, this.#walk(plan), plan, () => {});
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
      this.#act(c, plan, tick, moved);
      this.#arrive(c, this.#walk(plan), plan, (data, at) => this.#weigh(members.length, true, tick, data, at, moved));
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
    const k = this.#scenario.actions.length;
    const open: { readonly choice: Choice; readonly m: number; readonly view: number; readonly mask: number }[] = [];
    this.#classes.forEach(({ members }, c) => {
      const { keys, data, length, width } = this.#now[c]!;
      for (let i = 0; i < length; i++) {
        const view = this.#seen.at(members[0]!, keys[i]!);
        const choice = (this.#choices[c]![view] ??= {
          asked: new Uint8Array(members.length),
          probabilities: new Float64Array(k * members.length),
        });
        for (let m = 0; m < members.length; m++) {
          if (choice.asked[m] === 1 || data[i * width + m] === 0) continue;
          choice.asked[m] = 1;
          open.push({ choice, m, view, mask: this.#seen.maskOf(members[m]!, view) });
        }
      }
    });
    if (open.length === 0) return;
    await learn(this.#scenario, this.#policy, new Set(open.map(({ mask }) => mask)), this.#known);
    for (const { choice, m, view, mask } of open) {
      const { allowed } = this.#seen.views[view]!;
      const weights = this.#known.get(mask)!;
      for (let a = 0; a < k; a++)
        choice.probabilities[(allowed?.[a] === false ? 0 : a) * choice.asked.length + m]! += weights[a]! / ONE;
    }
  }

  /** Splits the masses of a class by what is done, into the first list. */
  #act(c: number, plan: Plan, tick: number, moved: Moved): void {
    const space = this.#space;
    const values = this.#values;
    const { keys, data, length, width } = this.#now[c]!;
    const { members } = this.#classes[c]!;
    const M = members.length;
    const [list] = this.#lists;
    const part = new Float64Array(width);
    list.begin(plan.first.size, width);
    for (let i = 0; i < length; i++) {
      const code = keys[i]!;
      const key = plan.first.at.of(code);
      const { probabilities } = this.#choices[c]![this.#seen.at(members[0]!, code)]!;
      decodeAgent(space, values, space.agentNow, code);
      for (let action = 0; action < this.#scenario.actions.length; action++) {
        let mass = 0;
        for (let m = 0; m < M; m++) mass += part[m] = probabilities[action * M + m]! * data[i * width + m]!;
        if (mass === 0) continue;
        for (let at = M; at < width; at += M)
          for (let m = 0; m < M; m++) part[at + m] = probabilities[action * M + m]! * data[i * width + at + m]!;
        moved.actions[action]! += mass;
        values[space.action] = action;
        this.#weigh(M, false, tick, part, 0, moved);
        addScaled(list, key + action * plan.first.action, part, 0, 1);
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
    let [from, to] = this.#lists;
    for (const stage of stages) {
      const { keys, data, length, width } = from;
      to.begin(stage.nextSize, width);
      for (let i = 0; i < length; i++) {
        const { levels, weights } = stage.law(keys[i]!);
        const base = stage.base(keys[i]!);
        for (let j = 0; j < levels.length; j++)
          addScaled(to, base + stage.stride * levels[j]!, data, i * width, weights[j]! / ONE);
      }
      [from, to] = [to, from];
    }
    return from;
  }

  /** Puts agents into the states that they have arrived in; what was kept of them until here is weighed and forgotten. */
  #arrive(c: number, arrived: Masses, plan: Plan, weigh: (data: Float64Array, at: number) => void): void {
    const space = this.#space;
    const values = this.#values;
    const before = this.#now[c]!;
    const reads = this.#gauges.some(({ readsNext }) => readsNext);
    if (!reads) {
      // Nothing was kept, so the keys are the codes.
      this.#now[c] = arrived;
      this.#lists[arrived === this.#lists[0] ? 0 : 1] = before;
      return;
    }
    const { keys, data, length, width } = arrived;
    before.begin(space.agentStates, width);
    for (let i = 0; i < length; i++) {
      const kept = Math.floor(keys[i]! / space.agentStates);
      const next = keys[i]! - kept * space.agentStates;
      const { code, action } = plan.before(kept);
      decodeAgent(space, values, space.agentNow, code);
      decodeAgent(space, values, space.agentNext, next);
      values[space.action] = action;
      weigh(data, i * width);
      addScaled(before, next, data, i * width, 1);
    }
  }
}

/** Adds p times the vector at a place of `from` to the vector of a key. */
function addScaled(into: Masses, key: number, from: Float64Array, at: number, p: number): void {
  const to = into.at(key);
  const { data, width } = into;
  for (let i = 0; i < width; i++) data[to + i]! += p * from[at + i]!;
}
