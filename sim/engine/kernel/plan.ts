import { setCrowd } from '../../../env/crowd-slots.ts';
import { UnderstudyError } from '../../../env/error.ts';
import type { Scenario } from '../../../env/scenario.ts';
import { type Lookup, type StateSpace, setTraits } from '../../../env/state-space.ts';
import { traitClasses } from '../../../env/successors.ts';
import type { Table } from '../../../env/table.ts';
import { type Law, lawOf, type Outcomes, outcomesOf, type Situations, situationsOf } from './laws.ts';
import { fixedSlots } from './slice.ts';

/** Something for each kind of agent (each trait set): slices shared by kinds that are alike in it. */
export interface Cut<T> {
  /** By kind: which slice. */
  readonly of: Uint32Array;
  /** The same array whenever the world is the same in what was read. */
  readonly slices: readonly T[];
}

/** What people are to decide on in a tick. */
export interface ActPlan {
  readonly tick: number;
  readonly situations: Cut<Situations>;
}

/** How people move on in a tick. */
export interface MovePlan {
  readonly tick: number;
  /** By agent factor. */
  readonly laws: readonly Cut<Law>[];
  /** Absent if no amount reads the state that an agent moves to. */
  readonly outcomes?: Cut<Outcomes>;
}

/** An amount whose total over agents is taken each tick. */
export interface Amount {
  readonly name: string;
  readonly lookup: Lookup<number>;
  /** Whether it depends on the state that an agent moves to, or on the crowd that it meets there. */
  readonly readsNext: boolean;
}

/** The scenario's reward and measures, as amounts. */
export function amountsOf(space: StateSpace): { readonly reward: Amount; readonly measures: readonly Amount[] } {
  const amount = (name: string, lookup: Lookup<number>): Amount => ({
    name,
    lookup,
    readsNext: lookup.slots.some((slot) => slot >= space.agentNext && slot < space.action),
  });
  return {
    reward: amount('reward', space.reward),
    measures: Object.entries(space.measures).map(([name, lookup]) => amount(name, lookup)),
  };
}

/**
 * Slices a scenario's tables by what is fixed in a tick: the world now and next, and an agent's traits. What was sliced is
 * kept by what the tables read, so that a world which comes back costs a look.
 */
export class Planner {
  readonly #space: StateSpace;
  readonly #situations: Sliced<Situations>;
  readonly #laws: readonly Sliced<Law>[];
  readonly #starts: readonly Sliced<Law>[];
  readonly #outcomes?: Sliced<Outcomes>;
  readonly #values: Int32Array;

  /** @param traitSets those of a population's people */
  constructor(space: StateSpace, traitSets: Uint32Array) {
    const { scenario } = space;
    const { reward, measures } = amountsOf(space);
    const [later, now] = [true, false].map((next) =>
      [reward, ...measures].filter(({ readsNext }) => readsNext === next),
    ) as [Amount[], Amount[]];
    const tableOf = ({ name, lookup }: Amount): Table<unknown> =>
      lookup === space.reward ? scenario.reward : scenario.measures[name]!;
    const sliced = <T>(
      tables: readonly Table<unknown>[],
      lookups: readonly Lookup<unknown>[],
      slice: (values: Int32Array) => T,
    ) => new Sliced(space, traitSets, tables, lookups, slice);
    const [atOnce, atLast] = [now, later].map((amounts) => amounts.map(({ lookup }) => lookup)) as [
      Lookup<number>[],
      Lookup<number>[],
    ];

    this.#space = space;
    this.#values = new Int32Array(space.slots);
    this.#situations = sliced(
      [...scenario.observe, ...scenario.allowed, ...now.map(tableOf), ...countedBy(scenario)],
      [...space.observe, ...space.allowed, ...atOnce, ...whoTables(space)],
      (values) => situationsOf(space, atOnce, values) ?? tooMany(scenario.id, 'what people see, may do and count for'),
    );
    const laws = (law: 'start' | 'next') =>
      space.agent.map((factor, f) => {
        // What neighbours make is not drawn: any law that leaves nothing to chance will do.
        const own = factor.counted ? 'start' : law;
        return sliced([scenario.agent[f]![own]], [factor[own]], (values) => lawOf(space, factor[own], values));
      });
    this.#laws = laws('next');
    this.#starts = laws('start');
    if (later.length > 0)
      this.#outcomes = sliced(
        later.map(tableOf),
        atLast,
        (values) =>
          outcomesOf(space, atLast, values) ?? tooMany(scenario.id, 'what people count for when they have moved'),
      );
  }

  /**
   * @param world level indices of the world factors at `tick`
   * @param crowd levels of the crowd factors at `tick`, shape [crowd places]
   */
  acting(tick: number, world: ArrayLike<number>, crowd: ArrayLike<number> = []): ActPlan {
    this.#set('worldNow', world);
    setCrowd(this.#space, this.#values, 'now', crowd);
    return { tick, situations: this.#situations.cut(this.#values) };
  }

  /**
   * @param world, nextWorld level indices of the world factors at `tick` and at `tick + 1`
   * @param crowd, nextCrowd levels of the crowd factors at `tick` and at `tick + 1`
   */
  moving(
    tick: number,
    world: ArrayLike<number>,
    nextWorld: ArrayLike<number>,
    crowd: ArrayLike<number> = [],
    nextCrowd: ArrayLike<number> = [],
  ): MovePlan {
    this.#set('worldNow', world);
    this.#set('worldNext', nextWorld);
    setCrowd(this.#space, this.#values, 'now', crowd);
    setCrowd(this.#space, this.#values, 'next', nextCrowd);
    return {
      tick,
      laws: this.#laws.map((law) => law.cut(this.#values)),
      ...(this.#outcomes && { outcomes: this.#outcomes.cut(this.#values) }),
    };
  }

  /** The laws of what people begin with, by agent factor. @param world, crowd at tick 0 */
  start(world: ArrayLike<number>, crowd: ArrayLike<number> = []): readonly Cut<Law>[] {
    this.#set('worldNext', world);
    setCrowd(this.#space, this.#values, 'next', crowd);
    return this.#starts.map((law) => law.cut(this.#values));
  }

  #set(slots: 'worldNow' | 'worldNext', world: ArrayLike<number>): void {
    for (let i = 0; i < this.#space.world.length; i++) this.#values[this.#space[slots] + i] = world[i]!;
  }
}

function tooMany(scenario: string, what: string): never {
  throw new UnderstudyError(
    'SIMULATION_SIZE',
    `${scenario}: ${what} tells more than 65,536 states of an agent apart within a tick; let contexts, permissions, reward and measures read fewer factors`,
  );
}

/** Tables that stand for what crowd factors and neighbours tell apart: whom they count, and by which of their traits. */
const countedBy = ({ crowd, agent }: Scenario): Table<unknown>[] => [
  ...crowd.flatMap(({ name, who }) => [who, { parents: [name], sizes: [1], rows: [] }]),
  ...agent.flatMap(({ neighbours }) => (neighbours ? [neighbours.who] : [])),
];

const whoTables = ({ crowd, agent }: StateSpace): Lookup<unknown>[] => [
  ...crowd.map(({ who }) => who),
  ...agent.flatMap(({ counted }) => (counted ? [counted] : [])),
];

/** Slices kept at a time of one table; a world with more faces is sliced again as it comes back. */
const KEPT = 4096;

/** Something cut out of some tables for each class of trait sets, by the levels of the fixed slots that they read. */
class Sliced<T> {
  readonly #of: Uint32Array;
  readonly #space: StateSpace;
  readonly #masks: readonly number[];
  readonly #slice: (values: Int32Array) => T;
  readonly #read: readonly { readonly slot: number; readonly size: number }[];
  readonly #kept = new Map<number | string, readonly T[]>();
  readonly #countable: boolean;

  constructor(
    space: StateSpace,
    traitSets: Uint32Array,
    tables: readonly Table<unknown>[],
    lookups: readonly Lookup<unknown>[],
    slice: (values: Int32Array) => T,
  ) {
    const classes = traitClasses(space.scenario, traitSets, tables);
    this.#space = space;
    this.#slice = slice;
    this.#masks = classes.map(({ mask }) => mask);
    this.#of = new Uint32Array(traitSets.length);
    for (const [c, { members }] of classes.entries()) for (const kind of members) this.#of[kind] = c;
    const fixed = [...new Set(lookups.flatMap((lookup) => fixedSlots(space, lookup)))];
    this.#read = fixed.map((slot) => ({ slot, size: sizeOf(space, slot) }));
    this.#countable = this.#read.reduce((product, { size }) => product * size, 1) <= Number.MAX_SAFE_INTEGER;
  }

  /** @param values holds the world's levels; its other slots are written */
  cut(values: Int32Array): Cut<T> {
    const key = this.#countable
      ? this.#read.reduce((code, { slot, size }) => code * size + values[slot]!, 0)
      : this.#read.map(({ slot }) => values[slot]).join(',');
    let slices = this.#kept.get(key);
    if (!slices) {
      slices = this.#masks.map((mask) => {
        setTraits(this.#space, values, mask);
        return this.#slice(values);
      });
      if (this.#kept.size >= KEPT) this.#kept.clear();
      this.#kept.set(key, slices);
    }
    return { of: this.#of, slices };
  }
}

/** How many levels a fixed slot has: one of the world, or of the crowd at a place. */
function sizeOf(space: StateSpace, slot: number): number {
  if (slot < space.agentNow) return space.world[slot - space.worldNow]!.factor.levels.length;
  if (slot < space.agentNext) return space.world[slot - space.worldNext]!.factor.levels.length;
  return space.crowd.find(({ levelsNow, levelsNext, places }) =>
    [levelsNow, levelsNext].some((from) => slot >= from && slot < from + places),
  )!.factor.levels.length;
}
