import { ONE } from './chance.ts';
import { setAgentNext } from './crowd-slots.ts';
import { UnderstudyError } from './error.ts';
import type { Scenario } from './scenario.ts';
import { type FactorLookup, look, type StateSpace } from './state-space.ts';
import type { Table } from './table.ts';
import { traitBlocks } from './trait-law.ts';

/**
 * Calls visit once for each combination of next levels that has a positive probability. The slots `from…` hold the
 * levels while it is called; what the factors read must stand in the other slots.
 * @param law which of the factors' laws is followed
 */
export function forEachOutcome(
  factors: readonly FactorLookup[],
  law: 'start' | 'next',
  values: Int32Array,
  from: number,
  visit: (probability: number) => void,
): void {
  const follow = (i: number, probability: number): void => {
    if (i === factors.length) {
      visit(probability);
      return;
    }
    const weights = look(factors[i]![law], values);
    for (let level = 0; level < weights.length; level++) {
      if (weights[level] === 0) continue;
      setAgentNext(factors[i]!, values, from + i, level);
      follow(i + 1, (probability * weights[level]!) / ONE);
    }
  };
  follow(0, 1);
}

/** Trait sets that are alike in every trait that some tables read. */
export interface TraitClass {
  /** Indices into the sets. */
  readonly members: readonly number[];
  /** One member. */
  readonly mask: number;
}

/** What decides how an agent moves: its laws and the reward. */
export const movingTables = ({ agent, reward }: Scenario): readonly Table<unknown>[] => [
  ...agent.flatMap(({ start, next }) => [start, next]),
  reward,
];

/** What decides what an agent sees and may do. */
export const seeingTables = ({ observe, allowed }: Scenario): readonly Table<unknown>[] => [...observe, ...allowed];

/** @param sets trait sets */
export function traitClasses(
  scenario: Scenario,
  sets: ArrayLike<number>,
  tables: readonly Table<unknown>[],
): TraitClass[] {
  const read = traitsRead(scenario, tables);
  const classes = new Map<number, { members: number[]; mask: number }>();
  for (let i = 0; i < sets.length; i++) {
    const kept = scenario.sets.intersection(sets[i]!, read);
    const found = classes.get(kept);
    if (found) found.members.push(i);
    else classes.set(kept, { members: [i], mask: sets[i]! });
  }
  return [...classes.values()];
}

/**
 * Trait sets that stand for all others as far as some tables read traits: the first set of each class.
 * @throws {UnderstudyError} SCENARIO_TABLE for more than 65,536 classes
 */
export function representatives(scenario: Scenario, tables: readonly Table<unknown>[]): number[] {
  const { sets } = scenario;
  const read = traitsRead(scenario, tables);
  let made = [{ kept: sets.of([]), set: sets.of([]) }];
  for (const block of traitBlocks(scenario)) {
    const joint = new Map<number, { kept: number; set: number }>();
    for (const so of made)
      for (const own of block.sets) {
        const kept = sets.union(so.kept, sets.intersection(own, read));
        if (!joint.has(kept)) joint.set(kept, { kept, set: sets.union(so.set, own) });
      }
    made = [...joint.values()];
    if (made.length > CLASS_LIMIT)
      throw new UnderstudyError(
        'SCENARIO_TABLE',
        `${scenario.id}: its laws tell more than ${CLASS_LIMIT} kinds of people apart; read fewer traits`,
      );
  }
  return made.map(({ set }) => set);
}

const CLASS_LIMIT = 65536;

/** The set of the traits that some tables read. */
export const traitsRead = (
  { sets, traits, crowd, groups, phrases }: Scenario,
  tables: readonly Table<unknown>[],
): number => {
  const read = new Set(tables.flatMap(({ parents }) => parents));
  // Who reads a crowd factor by a group of traits reads the level of the own phrase.
  for (const { name, by } of crowd)
    if (by?.kind === 'group' && (read.has(name) || read.has(`${name}'`)))
      for (const phrase of groups.find((group) => group.kind === 'traits' && group.name === by.name)!.phrases)
        read.add(`trait:${phrases[phrase]}`);
  return sets.of(traits.flatMap((trait, i) => (read.has(`trait:${trait}`) ? i : [])));
};

/** Mixed-radix code of a world's levels, the last factor fastest. */
export function encodeWorld(space: StateSpace, values: Int32Array, from: number): number {
  let code = 0;
  for (let i = 0; i < space.world.length; i++) code = code * space.world[i]!.factor.levels.length + values[from + i]!;
  return code;
}

export function decodeWorld(space: StateSpace, values: Int32Array, to: number, code: number): void {
  for (let i = space.world.length - 1; i >= 0; i--) {
    const size = space.world[i]!.factor.levels.length;
    values[to + i] = code % size;
    code = Math.floor(code / size);
  }
}
