import { type CrowdLookup, crowdLookups, requireCrowd, setCrowd, settleCrowd } from './crowd-slots.ts';
import { LANES, lane, philoxInto, streamKey } from './random.ts';
import type { Factor, Scenario } from './scenario.ts';
import type { Table, Variable } from './table.ts';

/**
 * A scenario's variables laid out as slots of one integer vector, and its tables as look-ups into that vector.
 * Slots: world now, agent now, crowd now, world next, agent next, crowd next, action, traits; each holds a level's index.
 * A crowd slot holds the level that this agent reads, at its own place; behind the traits stand the levels at all places,
 * now and next, from which setCrowd, decodeAgent, setTraits and setAgentNext fill it.
 */
export interface StateSpace {
  readonly scenario: Scenario;
  readonly slots: number;
  readonly worldNow: number;
  readonly agentNow: number;
  readonly crowdNow: number;
  readonly worldNext: number;
  readonly agentNext: number;
  readonly crowdNext: number;
  readonly action: number;
  readonly traits: number;
  readonly world: readonly FactorLookup[];
  readonly agent: readonly FactorLookup[];
  readonly crowd: readonly CrowdLookup[];
  /** Places of all crowd factors together. */
  readonly crowdPlaces: number;
  readonly observe: readonly Lookup<boolean>[];
  readonly allowed: readonly Lookup<boolean>[];
  readonly reward: Lookup<number>;
  readonly measures: Readonly<Record<string, Lookup<number>>>;
  /** Joint states of the agent factors: the product of their levels. */
  readonly agentStates: number;
}

/** A table addressed by slots: row = Σ strides[i] · values[slots[i]]. */
export interface Lookup<R> {
  readonly slots: readonly number[];
  readonly strides: readonly number[];
  readonly rows: readonly R[];
}

export interface FactorLookup {
  readonly factor: Factor;
  /** Crowd factors whose places are the levels of this factor. */
  readonly crowd: readonly CrowdLookup[];
  readonly start: Lookup<Uint32Array>;
  readonly next: Lookup<Uint32Array>;
  /** For a factor that neighbours make: whom it counts. */
  readonly counted?: Lookup<boolean>;
}

export function stateSpace(scenario: Scenario): StateSpace {
  const { world, agent, crowd } = scenario;
  const order: Variable[] = [
    ...world.map(({ name }) => name),
    ...agent.map(({ name }) => name),
    ...crowd.map(({ name }) => name),
    ...world.map(({ name }) => `${name}'`),
    ...agent.map(({ name }) => `${name}'`),
    ...crowd.map(({ name }) => `${name}'`),
    'action',
    ...scenario.traits.map((trait) => `trait:${trait}`),
  ];
  const slotOf = new Map(order.map((variable, slot) => [variable, slot]));
  const lookupOf = <R>(table: Table<R>): Lookup<R> => ({
    slots: table.parents.map((parent) => slotOf.get(parent)!),
    strides: table.sizes.map((_, i) => table.sizes.slice(i + 1).reduce((product, size) => product * size, 1)),
    rows: table.rows,
  });
  const factors = (group: readonly Factor[]): FactorLookup[] =>
    group.map((factor) => ({
      factor,
      crowd: crowds.filter(({ factor: { by } }) => by?.kind === 'factor' && by.name === factor.name),
      start: lookupOf(factor.start),
      next: lookupOf(factor.next),
      ...(factor.neighbours && { counted: lookupOf(factor.neighbours.who) }),
    }));
  const size = world.length + agent.length + crowd.length;
  const crowds = crowdLookups(scenario, slotOf, lookupOf);
  const crowdPlaces = crowds.reduce((sum, { places }) => sum + places, 0);
  return {
    scenario,
    slots: order.length + 2 * crowdPlaces,
    worldNow: 0,
    agentNow: world.length,
    crowdNow: world.length + agent.length,
    worldNext: size,
    agentNext: size + world.length,
    crowdNext: size + world.length + agent.length,
    action: 2 * size,
    traits: 2 * size + 1,
    world: factors(world),
    agent: factors(agent),
    crowd: crowds,
    crowdPlaces,
    observe: scenario.observe.map(lookupOf),
    allowed: scenario.allowed.map(lookupOf),
    reward: lookupOf(scenario.reward),
    measures: Object.fromEntries(Object.entries(scenario.measures).map(([name, table]) => [name, lookupOf(table)])),
    agentStates: agent.reduce((product, factor) => product * factor.levels.length, 1),
  };
}

export function look<R>(lookup: Lookup<R>, values: Int32Array): R {
  let row = 0;
  for (let i = 0; i < lookup.slots.length; i++) row += lookup.strides[i]! * values[lookup.slots[i]!]!;
  return lookup.rows[row]!;
}

/** Writes a trait set to its slots, one 0 or 1 for each trait. */
export function setTraits(space: StateSpace, values: Int32Array, set: number): void {
  const { sets, traits } = space.scenario;
  for (let i = 0; i < traits.length; i++) values[space.traits + i] = sets.holds(set, i) ? 1 : 0;
  settleCrowd(space, values);
}

/** The set of the phrases that hold in the state of the slots `now`. */
export function observe(space: StateSpace, values: Int32Array): number {
  const { traits, sets } = space.scenario;
  const held = traits.flatMap((_, i) => (values[space.traits + i] === 1 ? i : []));
  return sets.union(sets.of(held), contextsIn(space, values));
}

/** The set of the contexts that hold in the state of the slots `now`, with the traits that stand there. */
export function contextsIn(space: StateSpace, values: Int32Array): number {
  const first = space.scenario.traits.length;
  const held: number[] = [];
  for (let i = 0; i < space.observe.length; i++) if (look(space.observe[i]!, values)) held.push(first + i);
  return space.scenario.sets.of(held);
}

/** Mixed-radix code of an agent's levels, in the order of scenario.agent, the last factor fastest. */
export function encodeAgent(space: StateSpace, values: Int32Array, from: number): number {
  let code = 0;
  for (let i = 0; i < space.agent.length; i++) code = code * space.agent[i]!.factor.levels.length + values[from + i]!;
  return code;
}

/** Writes the levels of a code to the slots from `to`. */
export function decodeAgent(space: StateSpace, values: Int32Array, to: number, code: number): void {
  for (let i = space.agent.length - 1; i >= 0; i--) {
    const size = space.agent[i]!.factor.levels.length;
    values[to + i] = code % size;
    code = Math.floor(code / size);
  }
  settleCrowd(space, values);
}

/**
 * The level that a 16-bit uniform picks: the first whose cumulative weight lies above it, so that a level of weight 0
 * is never picked and one of weight 65,536 always is.
 */
export function pick(weights: ArrayLike<number>, uniform: number): number {
  let below = weights[0]!;
  let level = 0;
  while (uniform >= below) below += weights[++level]!;
  return level;
}

/**
 * Weights of the actions that are allowed in the state of the slots `now`; what is masked goes to the first action.
 * @param weights shape [k], out of 65,536
 */
export function maskActions(space: StateSpace, values: Int32Array, weights: ArrayLike<number>): Uint32Array {
  const masked = Uint32Array.from(weights);
  for (let a = 1; a < masked.length; a++)
    if (!look(space.allowed[a]!, values)) {
      masked[0]! += masked[a]!;
      masked[a] = 0;
    }
  return masked;
}

/** The 16-bit uniforms of the world: by tick, one for each factor. */
export class WorldLuck {
  readonly #key: readonly [number, number];
  readonly #block = new Uint32Array(4);
  constructor(seed: number) {
    this.#key = streamKey(seed, 'world');
  }
  at(tick: number, factor: number): number {
    philoxInto(this.#block, 0, tick, Math.floor(factor / LANES), 0, this.#key[0], this.#key[1]);
    return lane(this.#block, factor % LANES);
  }
}

/**
 * Draws the world of tick 0 (from = undefined) or of the tick after `from`.
 * @param crowd levels of the crowd factors in the tick `from`, shape [crowd places]
 * @returns level indices, shape [world factors]
 * @throws {UnderstudyError} SCENARIO_CROWD if the scenario has crowd factors and their levels are missing
 */
export function drawWorld(
  space: StateSpace,
  luck: WorldLuck,
  tick: number,
  from?: ArrayLike<number>,
  crowd?: ArrayLike<number>,
): Int32Array {
  const values = new Int32Array(space.slots);
  if (from) {
    requireCrowd(space, crowd);
    values.set(Array.from(from), space.worldNow);
    setCrowd(space, values, 'now', crowd ?? []);
  }
  for (let i = 0; i < space.world.length; i++) {
    const { start, next } = space.world[i]!;
    const weights = look(from ? next : start, values);
    values[space.worldNext + i] = pick(weights, luck.at(tick, i));
  }
  return values.slice(space.worldNext, space.worldNext + space.world.length);
}
