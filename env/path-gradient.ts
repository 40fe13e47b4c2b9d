import { ONE } from './chance.ts';
import { type Decides, learn, requireNoCrowd } from './exact.ts';
import { Masses } from './masses.ts';
import { Moves, type Plan } from './moves.ts';
import type { Scenario, Vocabulary } from './scenario.ts';
import { Seen } from './seen.ts';
import { readsNext } from './slices.ts';
import { decodeAgent, type Lookup, look, type StateSpace, setTraits, stateSpace } from './state-space.ts';
import { movingTables, seeingTables, type TraitClass, traitClasses } from './successors.ts';
import { unknownName } from './table.ts';
import { listedTraits } from './trait-law.ts';
import { worldPath } from './trajectory.ts';
import { requireDynamics } from './vocabulary.ts';

export interface PathGradientOptions {
  /** Whose world is lived in: a run with this seed has the same. Default 0. */
  readonly seed?: number;
  /** Ticks from the first; default the scenario's horizon. */
  readonly ticks?: number;
  /** What is added up over the ticks: `reward`, measures and actions by name. Default: all measures. */
  readonly outcomes?: readonly string[];
}

/** An outcome's total over the ticks, for one agent drawn from the scenario's trait sets in one course of the world. */
export interface OutcomeGradient {
  /** E of the total. */
  readonly value: number;
  /** The least and the most that one agent adds in one tick, whatever it does. */
  readonly bounds: readonly [least: number, most: number];
  /**
   * By observation, shape [k]: how much more the total would be if the probability of action a were larger by 1 wherever
   * the observation is made: Σ_t Σ_s d_t(s) Q_t(s, a), over the states s in which it is made. Another policy π′ has the
   * value + Σ (π′ − π)(a | o) · slope(o, a), up to terms of second order in π′ − π.
   */
  readonly slopes: ReadonlyMap<number, Float64Array>;
}

export interface PathGradient {
  readonly outcomes: Readonly<Record<string, OutcomeGradient>>;
  /** E of the ticks in which one agent makes an observation; sums to the ticks. */
  readonly occupancy: ReadonlyMap<number, number>;
  /** What the policy answered, as every engine rounds it: weights out of 65,536 by observation, shape [k]. */
  readonly weights: ReadonlyMap<number, ArrayLike<number>>;
}

/**
 * What a policy's agents bring about in one course of the world, and how that would change with each of its decisions:
 * the policy gradient theorem without simulation (Sutton, McAllester, Singh & Mansour 2000; Kakade & Langford 2002 for the
 * difference of two policies), over the integer tables. The state distribution is propagated forward, the values
 * Q_t(s, a) backward along the same moves.
 * @throws {RangeError} if the policy gives no probability for an observation that may occur, or for a number of ticks
 *   that is not one
 * @throws {UnderstudyError} SCENARIO_CROWD for crowd factors, SCENARIO_TABLE for more trait sets than are listed,
 *   SIMULATION_ARGUMENT for an outcome that the scenario does not have
 * @example (await pathGradient(scenario, () => [0.5, 0.5], { outcomes: ['reward'] })).outcomes.reward.value
 */
export async function pathGradient(
  vocabulary: Vocabulary,
  policy: Decides,
  options: PathGradientOptions = {},
): Promise<PathGradient> {
  const scenario = requireNoCrowd(requireDynamics(vocabulary, 'pathGradient'), 'pathGradient');
  const { seed = 0, ticks = scenario.horizon, outcomes = Object.keys(scenario.measures) } = options;
  if (!Number.isInteger(ticks) || ticks < 1)
    throw new RangeError(`ticks must be an integer of at least 1, got ${ticks}`);
  const space = stateSpace(scenario);
  const sweep = new Sweep(
    space,
    policy,
    outcomes.map((name) => outcomeTable(space, name)),
    worldPath(space, seed, ticks),
  );
  await sweep.forward(ticks);
  sweep.backward(ticks);
  return {
    outcomes: Object.fromEntries(outcomes.map((name, g) => [name, sweep.outcome(g)])),
    occupancy: sweep.occupancy,
    weights: sweep.known,
  };
}

/** A number that is added up: what a table says, or how often an action is taken. */
function outcomeTable(space: StateSpace, name: string): Lookup<number> {
  const { actions } = space.scenario;
  if (name === 'reward') return space.reward;
  const action = actions.indexOf(name);
  if (space.measures[name]) return space.measures[name];
  if (action >= 0) return { slots: [space.action], strides: [1], rows: actions.map((_, a) => (a === action ? 1 : 0)) };
  throw unknownName('SIMULATION_ARGUMENT', 'outcome', name, ['reward', ...Object.keys(space.measures), ...actions]);
}

/** The people of a class in the states that they can be in before a tick, whatever they decide. */
interface Here {
  readonly codes: Float64Array;
  /** Shape [codes, members]: mass of the agents there; 0 where only another policy would bring them. */
  readonly masses: Float64Array;
}

/** What the members of a trait class observe at a view, and what they do there. */
interface Choice {
  /** Shape [members]: the observation. */
  readonly masks: Float64Array;
  /** Shape [k, members]: P(action) out of what is allowed. */
  readonly taken: Float64Array;
  /** Shape [members]: agent-ticks. */
  readonly visits: Float64Array;
  /** By outcome, shape [k, members]: Σ d Q. */
  readonly slopes: readonly Float64Array[];
}

/** The distribution of one agent forward in time, and the values of what it does backward. */
class Sweep {
  readonly known = new Map<number, ArrayLike<number>>();
  readonly #space: StateSpace;
  readonly #scenario: Scenario;
  readonly #policy: Decides;
  readonly #tables: readonly Lookup<number>[];
  readonly #late: readonly boolean[];
  readonly #worlds: readonly Int32Array[];
  readonly #classes: readonly TraitClass[];
  readonly #shares: Float64Array;
  readonly #seen: Seen;
  readonly #moves: Moves;
  readonly #values: Int32Array;
  /** By tick and class. */
  readonly #here: Here[][] = [];
  /** By class and view. */
  readonly #choices: readonly Choice[][];
  /** Keys before each draw of a tick, and after the last. */
  readonly #lists: readonly Masses[];
  /** By class: values of the states after the tick that is looked back on, shape [codes, outcomes, members]. */
  readonly #after: readonly Masses[];
  readonly #totals: Float64Array;

  constructor(space: StateSpace, policy: Decides, tables: readonly Lookup<number>[], worlds: readonly Int32Array[]) {
    const { scenario } = space;
    const people = listedTraits(scenario);
    this.#space = space;
    this.#scenario = scenario;
    this.#policy = policy;
    this.#tables = tables;
    this.#late = tables.map((table) => readsNext(space, table));
    this.#worlds = worlds;
    this.#classes = traitClasses(scenario, people.sets, [
      ...movingTables(scenario),
      ...seeingTables(scenario),
      ...Object.values(scenario.measures),
    ]);
    this.#shares = Float64Array.from(people.weights, (weight) => weight / people.total);
    this.#seen = new Seen(space, people.sets);
    this.#moves = Moves.of(space, 'next');
    this.#values = new Int32Array(space.slots);
    this.#choices = this.#classes.map(() => []);
    this.#lists = Array.from({ length: space.agent.length + 1 }, () => new Masses());
    this.#after = this.#classes.map(() => new Masses());
    this.#totals = new Float64Array(tables.length);
  }

  async forward(ticks: number): Promise<void> {
    this.#here.push(this.#begin());
    for (let tick = 0; tick < ticks; tick++) {
      this.#seen.begin(this.#worlds[tick]!);
      await this.#learn(tick);
      this.#setWorlds(tick);
      this.#here.push(
        this.#classes.map(({ members }, c) => {
          const plan = this.#planOf(this.#moves, c);
          this.#visit(c, tick);
          this.#act(c, plan, tick);
          this.#walk(plan);
          return this.#arrived(members.length);
        }),
      );
    }
  }

  backward(ticks: number): void {
    this.#classes.forEach(({ members }, c) =>
      this.#after[c]!.begin(this.#space.agentStates, members.length * this.#tables.length),
    );
    for (let tick = ticks - 1; tick >= 0; tick--) {
      this.#seen.begin(this.#worlds[tick]!);
      this.#setWorlds(tick);
      for (const c of this.#classes.keys()) {
        const plan = this.#planOf(this.#moves, c);
        this.#act(c, plan, tick);
        this.#walk(plan);
        this.#valuesBefore(c, plan, tick, this.#valuesAfterActing(c, plan));
      }
    }
    this.#classes.forEach(({ members }, c) => {
      const M = members.length;
      const { codes, masses } = this.#here[0]![c]!;
      const after = this.#after[c]!;
      codes.forEach((code, i) => {
        const at = after.at(code);
        for (let g = 0; g < this.#tables.length; g++)
          for (let m = 0; m < M; m++) this.#totals[g]! += masses[i * M + m]! * after.data[at + g * M + m]!;
      });
    });
  }

  outcome(g: number): OutcomeGradient {
    const k = this.#scenario.actions.length;
    const slopes = new Map<number, Float64Array>();
    for (const { masks, slopes: own } of this.#choices.flat())
      masks.forEach((mask, m) => {
        let row = slopes.get(mask);
        if (!row) slopes.set(mask, (row = new Float64Array(k)));
        for (let a = 0; a < k; a++) row[a]! += own[g]![a * masks.length + m]!;
      });
    const { rows } = this.#tables[g]!;
    const bounds = rows.reduce(([least, most], row) => [Math.min(least, row), Math.max(most, row)] as const, [
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ] as const);
    return { value: this.#totals[g]!, bounds, slopes };
  }

  get occupancy(): Map<number, number> {
    const occupancy = new Map<number, number>();
    for (const { masks, visits } of this.#choices.flat())
      masks.forEach((mask, m) => occupancy.set(mask, (occupancy.get(mask) ?? 0) + visits[m]!));
    return occupancy;
  }

  #setWorlds(tick: number): void {
    const { world, worldNow, worldNext } = this.#space;
    for (let i = 0; i < world.length; i++) {
      this.#values[worldNow + i] = this.#worlds[tick]![i]!;
      this.#values[worldNext + i] = this.#worlds[tick + 1]![i]!;
    }
  }

  /** Leaves the class's traits in their slots. */
  #planOf(moves: Moves, c: number): Plan {
    setTraits(this.#space, this.#values, this.#classes[c]!.mask);
    return moves.plan(this.#values);
  }

  #begin(): Here[] {
    const moves = Moves.of(this.#space, 'start');
    this.#values.set(this.#worlds[0]!, this.#space.worldNext);
    return this.#classes.map(({ members }, c) => {
      const plan = this.#planOf(moves, c);
      const [list] = this.#lists;
      list!.begin(plan.first.size, members.length);
      const at = list!.at(0);
      members.forEach((member, m) => (list!.data[at + m] = this.#shares[member]!));
      this.#walk(plan);
      return this.#arrived(members.length);
    });
  }

  /** Asks about the observations of everybody who may be somewhere, and notes what is done there. */
  async #learn(tick: number): Promise<void> {
    const k = this.#scenario.actions.length;
    const fresh: { readonly choice: Choice; readonly view: number }[] = [];
    this.#classes.forEach(({ members }, c) => {
      for (const code of this.#here[tick]![c]!.codes) {
        const view = this.#seen.at(members[0]!, code);
        if (this.#choices[c]![view]) continue;
        const choice: Choice = {
          masks: Float64Array.from(members, (member) => this.#seen.maskOf(member, view)),
          taken: new Float64Array(k * members.length),
          visits: new Float64Array(members.length),
          slopes: this.#tables.map(() => new Float64Array(k * members.length)),
        };
        this.#choices[c]![view] = choice;
        fresh.push({ choice, view });
      }
    });
    if (fresh.length === 0) return;
    await learn(this.#scenario, this.#policy, new Set(fresh.flatMap(({ choice }) => [...choice.masks])), this.known);
    for (const { choice, view } of fresh) {
      const M = choice.masks.length;
      for (let m = 0; m < M; m++) {
        const weights = this.known.get(choice.masks[m]!)!;
        for (let a = 0; a < k; a++) choice.taken[this.#effective(view, a) * M + m]! += weights[a]! / ONE;
      }
    }
  }

  /** What is done in place of an action that is not allowed. */
  #effective(view: number, action: number): number {
    return this.#seen.views[view]!.allowed?.[action] === false ? 0 : action;
  }

  #choiceAt(c: number, code: number): { readonly view: number; readonly choice: Choice } {
    const view = this.#seen.at(this.#classes[c]!.members[0]!, code);
    return { view, choice: this.#choices[c]![view]! };
  }

  #visit(c: number, tick: number): void {
    const { codes, masses } = this.#here[tick]![c]!;
    codes.forEach((code, i) => {
      const { visits } = this.#choiceAt(c, code).choice;
      for (let m = 0; m < visits.length; m++) visits[m]! += masses[i * visits.length + m]!;
    });
  }

  /** Splits the masses of a class by what is done, into the first list; what nobody does has a key all the same. */
  #act(c: number, plan: Plan, tick: number): void {
    const { codes, masses } = this.#here[tick]![c]!;
    const M = this.#classes[c]!.members.length;
    const [list] = this.#lists;
    list!.begin(plan.first.size, M);
    codes.forEach((code, i) => {
      const key = plan.first.at.of(code);
      const { view, choice } = this.#choiceAt(c, code);
      for (let a = 0; a < this.#scenario.actions.length; a++) {
        if (this.#effective(view, a) !== a) continue;
        const to = list!.at(key + a * plan.first.action);
        for (let m = 0; m < M; m++) list!.data[to + m]! += choice.taken[a * M + m]! * masses[i * M + m]!;
      }
    });
  }

  /** Draws one factor after the other, each from one list into the next. */
  #walk({ stages }: Plan): void {
    stages.forEach((stage, s) => {
      const from = this.#lists[s]!;
      const to = this.#lists[s + 1]!;
      to.begin(stage.nextSize, from.width);
      for (let i = 0; i < from.length; i++) {
        const { levels, weights } = stage.law(from.keys[i]!);
        const base = stage.base(from.keys[i]!);
        for (let j = 0; j < levels.length; j++) {
          const at = to.at(base + stage.stride * levels[j]!);
          for (let m = 0; m < from.width; m++) to.data[at + m]! += (weights[j]! / ONE) * from.data[i * from.width + m]!;
        }
      }
    });
  }

  /** The states that the last list holds, whatever was kept of what they were. */
  #arrived(M: number): Here {
    const { keys, data, length } = this.#lists.at(-1)!;
    const here = new Masses();
    here.begin(this.#space.agentStates, M);
    for (let i = 0; i < length; i++) {
      const at = here.at(keys[i]! % this.#space.agentStates);
      for (let m = 0; m < M; m++) here.data[at + m]! += data[i * M + m]!;
    }
    return { codes: here.keys.slice(0, here.length), masses: here.data.slice(0, here.length * M) };
  }

  /**
   * Carries the values back along the lists.
   * @returns shape [keys of the first list, outcomes, members]: what is to come of those who have acted
   */
  #valuesAfterActing(c: number, plan: Plan): Float64Array {
    const M = this.#classes[c]!.members.length;
    const width = M * this.#tables.length;
    const after = this.#after[c]!;
    const last = this.#lists[plan.stages.length]!;
    let values = new Float64Array(last.length * width);
    for (let i = 0; i < last.length; i++) {
      const next = last.keys[i]! % this.#space.agentStates;
      const to = after.length > 0 ? after.at(next) : -1;
      if (to >= 0) for (let x = 0; x < width; x++) values[i * width + x] = after.data[to + x]!;
      this.#addLate(plan, Math.floor(last.keys[i]! / this.#space.agentStates), next, values, i * width, M);
    }
    for (let s = plan.stages.length - 1; s >= 0; s--) {
      const stage = plan.stages[s]!;
      const from = this.#lists[s]!;
      const to = this.#lists[s + 1]!;
      const before = new Float64Array(from.length * width);
      for (let i = 0; i < from.length; i++) {
        const { levels, weights } = stage.law(from.keys[i]!);
        const base = stage.base(from.keys[i]!);
        for (let j = 0; j < levels.length; j++) {
          const place = to.at(base + stage.stride * levels[j]!) / to.width;
          const p = weights[j]! / ONE;
          for (let x = 0; x < width; x++) before[i * width + x]! += p * values[place * width + x]!;
        }
      }
      values = before;
    }
    return values;
  }

  /** What the outcomes say that read what an agent becomes. */
  #addLate(plan: Plan, kept: number, next: number, values: Float64Array, at: number, M: number): void {
    if (!this.#late.includes(true)) return;
    const { code, action } = plan.before(kept);
    decodeAgent(this.#space, this.#values, this.#space.agentNow, code);
    decodeAgent(this.#space, this.#values, this.#space.agentNext, next);
    this.#values[this.#space.action] = action;
    this.#late.forEach((late, g) => {
      if (!late) return;
      const value = look(this.#tables[g]!, this.#values);
      for (let m = 0; m < M; m++) values[at + g * M + m]! += value;
    });
  }

  /** The values of the states before a tick, and the slopes of what is decided there. */
  #valuesBefore(c: number, plan: Plan, tick: number, acted: Float64Array): void {
    const k = this.#scenario.actions.length;
    const G = this.#tables.length;
    const { codes, masses } = this.#here[tick]![c]!;
    const M = this.#classes[c]!.members.length;
    const [list] = this.#lists;
    const after = this.#after[c]!;
    after.begin(this.#space.agentStates, M * G);
    const worth = new Float64Array(k * G * M);
    codes.forEach((code, i) => {
      const key = plan.first.at.of(code);
      const { view, choice } = this.#choiceAt(c, code);
      decodeAgent(this.#space, this.#values, this.#space.agentNow, code);
      const to = after.at(code);
      for (let a = 0; a < k; a++) {
        if (this.#effective(view, a) !== a) continue;
        const from = (list!.at(key + a * plan.first.action) / list!.width) * G * M;
        this.#values[this.#space.action] = a;
        for (let g = 0; g < G; g++) {
          const now = this.#late[g] ? 0 : look(this.#tables[g]!, this.#values);
          for (let m = 0; m < M; m++) {
            const value = now + acted[from + g * M + m]!;
            worth[(a * G + g) * M + m] = value;
            after.data[to + g * M + m]! += choice.taken[a * M + m]! * value;
          }
        }
      }
      for (let a = 0; a < k; a++)
        for (let g = 0; g < G; g++)
          for (let m = 0; m < M; m++)
            choice.slopes[g]![a * M + m]! += masses[i * M + m]! * worth[(this.#effective(view, a) * G + g) * M + m]!;
    });
  }
}
