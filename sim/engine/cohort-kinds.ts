import { UnderstudyError } from '../../env/error.ts';
import { exactCounts, type Peopling } from '../../env/people.ts';
import type { Scenario, TraitBlock } from '../../env/scenario.ts';
import { listedTraits, traitBlocks } from '../../env/trait-law.ts';
import type { Draws } from './draws.ts';

/** Trait sets that cohorts are counted by. */
const KIND_LIMIT = 2 ** 22;

/** The group whose draws decide the trait sets; no trait set has its number. */
const PEOPLE = 2 ** 32 - 1;

/** Up to this many people draw their sets one by one. */
const SINGLE = 16;

/** The trait sets of a population, and how many members each has. */
export interface Kinds {
  /** Numbers of `scenario.sets`: all of a listed law, otherwise those that occur. */
  readonly sets: Uint32Array;
  /** Shape [sets]. */
  readonly members: ArrayLike<number>;
}

/**
 * Deals agents to trait sets; drawn block by block: what a set has is split over the sets of the next block.
 * @throws {UnderstudyError} SIMULATION_SIZE for more trait sets than are counted by, SCENARIO_TABLE for exact people of a
 *   law that is not listed
 */
export function kindsOf(scenario: Scenario, agents: number, draws: Draws, people: Peopling = 'drawn'): Kinds {
  if (people === 'exact') {
    const law = listedTraits(scenario);
    return { sets: law.sets, members: exactCounts(law, agents) };
  }
  const { sets } = scenario;
  const [first, ...others] = traitBlocks(scenario);
  draws.begin(0, PEOPLE);
  const all = new Float64Array(first!.sets.length);
  for (const [s, members] of dealt(draws, first!, agents)) all[s] = members;
  if (others.length === 0) return { sets: first!.sets, members: all };
  let kinds = { sets: [...first!.sets], members: [...all] };
  for (const block of others) {
    const next = { sets: [] as number[], members: [] as number[] };
    kinds.members.forEach((members, k) => {
      if (members === 0) return;
      for (const [s, part] of dealt(draws, block, members)) {
        next.sets.push(sets.union(kinds.sets[k]!, block.sets[s]!));
        next.members.push(part);
      }
      if (next.sets.length > KIND_LIMIT)
        throw new UnderstudyError(
          'SIMULATION_SIZE',
          `more than ${KIND_LIMIT.toLocaleString('en-US')} different trait sets occur among ${agents.toLocaleString('en-US')} agents; simulate fewer agents, or declare fewer traits`,
        );
    });
    kinds = next;
  }
  return { sets: Uint32Array.from(kinds.sets), members: kinds.members };
}

/** How many of n people have each set of a block: pairs of a set's index and a number above 0. */
function dealt(draws: Draws, { weights, total }: TraitBlock, n: number): [number, number][] {
  const pairs: [number, number][] = [];
  if (n <= SINGLE && n < weights.length) {
    const members = new Map<number, number>();
    for (let one = 0; one < n; one++) {
      const s = draws.pick(weights, total);
      members.set(s, (members.get(s) ?? 0) + 1);
    }
    return [...members].sort(([a], [b]) => a - b);
  }
  let [rest, left] = [total, n];
  for (let s = 0; s < weights.length && left > 0; s++) {
    const part = draws.part(left, weights[s]!, rest);
    if (part > 0) pairs.push([s, part]);
    rest -= weights[s]!;
    left -= part;
  }
  return pairs;
}
