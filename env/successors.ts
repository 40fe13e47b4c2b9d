import { ONE } from './chance.ts';
import type { Scenario } from './scenario.ts';
import { type FactorLookup, look, type StateSpace } from './state-space.ts';

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
      values[from + i] = level;
      follow(i + 1, (probability * weights[level]!) / ONE);
    }
  };
  follow(0, 1);
}

/** Trait sets whose agents move alike: they agree in every trait that a law or a reward reads. */
export interface TraitClass {
  /** Indices into scenario.traitSets. */
  readonly members: readonly number[];
  /** Mask of one member. */
  readonly mask: number;
}

export function traitClasses(scenario: Scenario): TraitClass[] {
  const tables = [...scenario.agent.flatMap(({ start, next }) => [start, next]), scenario.reward];
  const read = scenario.traits.reduce(
    (mask, trait, i) => (tables.some(({ parents }) => parents.includes(`trait:${trait}`)) ? mask | (1 << i) : mask),
    0,
  );
  const classes = new Map<number, { members: number[]; mask: number }>();
  scenario.traitSets.forEach((mask, i) => {
    const found = classes.get(mask & read);
    if (found) found.members.push(i);
    else classes.set(mask & read, { members: [i], mask });
  });
  return [...classes.values()];
}

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
