import { Digits, type Layout, layoutOf, TABLE_LIMIT } from './keys.ts';
import type { Scenario } from './scenario.ts';
import { baseOf, type Law, partsOf, readsNext, readsPlaces, type Slice, sliceAt, variableAt } from './slices.ts';
import type { Lookup, StateSpace } from './state-space.ts';

/** Entries of the tables of the plans that are kept. */
const KEPT_ENTRIES = 2 ** 22;

/**
 * How agents move within a tick whose world is fixed, one factor after the other. Of what an agent was, only that is kept
 * which a later factor reads, so agents that can no longer be told apart are counted as one: variable elimination
 * (Dechter, "Bucket elimination: a unifying framework for reasoning", 1999) along the slice of the dynamic Bayesian network.
 *
 * An agent's variables are numbered: factor f now is f, the action is F, factor f next is F + 1 + f, with F factors. What
 * is kept of an agent is a key: the mixed-radix number of the levels of some variables.
 */
export class Moves {
  readonly #space: StateSpace;
  readonly #law: 'start' | 'next';
  readonly #sizes: readonly number[];
  readonly #watched: readonly number[];
  /** By factor: whether its law reads the crowd at places. */
  readonly #placed: readonly boolean[];
  readonly #slices: readonly Map<string, Slice>[];
  readonly #plans = new Map<string, Plan>();
  #entries = 0;

  /**
   * The moves of a scenario; what they have worked out is shared by all that ask.
   * @param law which of the factors' laws is followed; `next` keeps what the reward and the measures read beside what an
   *   agent becomes
   */
  static of(space: StateSpace, law: 'start' | 'next'): Moves {
    let made = shared.get(space.scenario);
    if (!made) {
      const gauges = [space.reward, ...Object.values(space.measures)];
      const watched = gauges.filter((table) => readsNext(space, table));
      made = { start: new Moves(space, 'start', []), next: new Moves(space, 'next', watched) };
      shared.set(space.scenario, made);
    }
    return made[law];
  }

  private constructor(space: StateSpace, law: 'start' | 'next', watched: readonly Lookup<unknown>[]) {
    const levels = space.agent.map(({ factor }) => factor.levels.length);
    this.#space = space;
    this.#law = law;
    this.#sizes = [...levels, space.scenario.actions.length, ...levels];
    const before = watched.flatMap(({ slots }) => slots.flatMap((slot) => variableAt(space, slot) ?? []));
    this.#watched = [...new Set(before)].filter((variable) => variable <= levels.length).sort((a, b) => a - b);
    this.#placed = space.agent.map((factor) => readsPlaces(space, factor[law]));
    this.#slices = levels.map(() => new Map());
  }

  /** @param values the world and the crowd, now and next, and the traits, in their slots */
  plan(values: Int32Array): Plan {
    const names = this.#space.agent.map((_, f) => this.#nameOf(f, values));
    const name = names.join('/');
    let plan = this.#plans.get(name);
    if (plan) return plan;
    const slices = names.map((own, f) => {
      let slice = this.#slices[f]!.get(own);
      if (!slice) {
        slice = sliceAt(this.#space, this.#sizes, this.#space.agent[f]![this.#law], values);
        this.#entries += slice.ids.length;
        this.#slices[f]!.set(own, slice);
      }
      return slice;
    });
    plan = makePlan(this.#sizes, this.#watched, slices);
    if (this.#entries > KEPT_ENTRIES) {
      this.#plans.clear();
      for (const known of this.#slices) known.clear();
      this.#entries = 0;
    }
    this.#entries += plan.stages.reduce((sum, { entries }) => sum + entries, 1);
    this.#plans.set(name, plan);
    return plan;
  }

  /** What the law of a factor depends on but for what the agent is and does. */
  #nameOf(f: number, values: Int32Array): string {
    const table = this.#space.agent[f]![this.#law];
    const base = String(baseOf(this.#space, table, values));
    if (!this.#placed[f]) return base;
    return [base, ...partsOf(this.#space, table, this.#sizes, values).map(({ rows }) => rows)].join(' ');
  }
}

const shared = new WeakMap<Scenario, { readonly start: Moves; readonly next: Moves }>();

/** The way of agents of one trait class through one tick. */
export interface Plan {
  /** From what an agent was: key = first.at.of(code) + first.action · action. */
  readonly first: { readonly at: Digits; readonly action: number; readonly size: number };
  /** One for each factor. The keys of the last are kept · agentStates + the code of the next state. */
  readonly stages: readonly Stage[];
  /** Combinations of watched levels; 1 if nothing is watched. */
  readonly kept: number;
  /** A joint state with its watched levels as they were and 0 elsewhere, and the action: what `kept` stands for. */
  readonly before: (kept: number) => { readonly code: number; readonly action: number };
}

/** The draw of one factor. */
export class Stage {
  /** Index of the factor. */
  readonly factor: number;
  /** Keys that come in, and keys that go out, are below. */
  readonly size: number;
  readonly nextSize: number;
  /** The key that goes out is base(key) + stride · level. */
  readonly stride: number;
  /** Binomials that split the agents of one key, at most. */
  readonly draws: number;
  readonly #laws: readonly Law[];
  readonly #lawAt: Digits;
  readonly #baseAt: Digits;
  readonly #ids: Int32Array;

  constructor(factor: number, slice: Slice, from: Layout, to: Layout, level: number) {
    this.factor = factor;
    this.size = from.size;
    this.nextSize = to.size;
    this.stride = to.strides.get(level)!;
    this.draws = Math.max(...slice.laws.map(({ levels }) => levels.length - 1));
    this.#laws = slice.laws;
    this.#ids = slice.ids;
    this.#lawAt = new Digits(from, new Map(slice.parents.map(({ variable, stride }) => [variable, stride])));
    this.#baseAt = new Digits(from, to.strides);
  }

  get entries(): number {
    return this.size <= TABLE_LIMIT ? 2 * this.size : 1;
  }

  law(key: number): Law {
    return this.#laws[this.#ids[this.#lawAt.of(key)]!]!;
  }

  base(key: number): number {
    return this.#baseAt.of(key);
  }
}

/**
 * Orders the draws: always the factor next that leaves the fewest keys, among those whose parents have been drawn.
 */
function makePlan(sizes: readonly number[], watched: readonly number[], slices: readonly Slice[]): Plan {
  const F = slices.length;
  /** The keys that are left when some factors have been drawn: what is read from there on, and what makes up the result. */
  const keysAfter = (drawn: readonly number[]): Layout => {
    const read = slices.flatMap(({ parents }, f) => (drawn.includes(f) ? [] : parents.map(({ variable }) => variable)));
    const live = [...watched, ...read.filter((variable) => variable <= F), ...drawn.map((f) => F + 1 + f)];
    return layoutOf(
      [...new Set(live)].sort((a, b) => a - b),
      sizes,
    );
  };
  const drawn: number[] = [];
  const first = keysAfter(drawn);
  const stages: Stage[] = [];
  let layout = first;
  while (stages.length < F) {
    let best: { readonly f: number; readonly to: Layout } | undefined;
    for (let f = 0; f < F; f++) {
      const ready = slices[f]!.parents.every(({ variable }) => variable <= F || drawn.includes(variable - F - 1));
      if (drawn.includes(f) || !ready) continue;
      const to = keysAfter([...drawn, f]);
      if (!best || to.size < best.to.size) best = { f, to };
    }
    const { f, to } = best!;
    stages.push(new Stage(f, slices[f]!, layout, to, F + 1 + f));
    drawn.push(f);
    layout = to;
  }
  const codes = layoutOf([...sizes.keys()].slice(0, F), sizes);
  const kept = layoutOf(watched, sizes);
  const codeOf = new Digits(kept, codes.strides);
  const actionOf = new Digits(kept, new Map([[F, 1]]));
  return {
    first: {
      at: new Digits(codes, first.strides),
      action: first.strides.get(F) ?? 0,
      size: first.size,
    },
    stages,
    kept: kept.size,
    before: (key) => ({ code: codeOf.of(key), action: actionOf.of(key) }),
  };
}
