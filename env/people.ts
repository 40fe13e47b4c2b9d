import { ONE } from './chance.ts';
import { philoxInto, streamKey } from './random.ts';
import type { TraitBlock } from './scenario.ts';
import { events, Luck, type StateSpace } from './state-space.ts';
import { FINE_TOTAL, listedTraits, traitBlocks } from './trait-law.ts';

/** Which trait set each agent of a population keeps for life. */
export interface People {
  /** The trait sets that agents may have: all of a listed law, otherwise those that occur. Numbers of `scenario.sets`. */
  readonly sets: Uint32Array;
  /** Shape [agents]: index into sets. */
  readonly of: Uint16Array | Uint32Array;
}

/**
 * How a population gets its people: each agent draws its trait set by the law, or there are as many of each set as the law's
 * shares say, up to rounding. With as many agents as a table of people has, these are its rows.
 */
export const peopling = ['drawn', 'exact'] as const;
export type Peopling = (typeof peopling)[number];

/**
 * How many of n people have each set of a listed law: its share of n, by largest remainders (Hamilton's method).
 * @returns shape [sets], summing to n
 */
export function exactCounts({ weights, total }: TraitBlock, n: number): Float64Array {
  // Quotas are weight · n / total: beyond 2^53 such a product is no longer exact as a double.
  const [people, whole] = [BigInt(n), BigInt(total)];
  const counts = new Float64Array(weights.length);
  const remainders = Array.from(weights, (weight, s) => {
    const share = BigInt(weight) * people;
    counts[s] = Number(share / whole);
    return share % whole;
  });
  const left = n - counts.reduce((sum, count) => sum + count, 0);
  const order = [...counts.keys()].sort(
    (a, b) => Number(remainders[b]! > remainders[a]!) - Number(remainders[b]! < remainders[a]!) || a - b,
  );
  for (const s of order.slice(0, left)) counts[s]!++;
  return counts;
}

/** Block of (agent, tick 0) whose words decide the trait set if its law is finer than 16 bits; no event reaches it. */
const FINE_BLOCK = 2 ** 32 - 1;

/**
 * A trait set for each agent. Drawn, it depends on the seed and the agent only, so a larger population begins with the smaller
 * one; exact, agents of one set stand together, in the order of the sets.
 * @throws {UnderstudyError} SCENARIO_TABLE for exact people of a law that is not listed
 */
export function drawPeople(space: StateSpace, seed: number, agents: number, how: Peopling = 'drawn'): People {
  if (how === 'exact') {
    const law = listedTraits(space.scenario);
    const of = new Uint32Array(agents);
    let agent = 0;
    exactCounts(law, agents).forEach((count, set) => of.fill(set, agent, (agent += count)));
    return { sets: law.sets, of };
  }
  const luck = new TraitLuck(space, seed);
  const [first, ...others] = traitBlocks(space.scenario);
  if (others.length === 0) {
    const sets = first!.sets;
    const of = new (sets.length <= 2 ** 16 ? Uint16Array : Uint32Array)(agents);
    for (let agent = 0; agent < agents; agent++) of[agent] = luck.of(agent, 0);
    return { sets, of };
  }
  const of = new Uint32Array(agents);
  const places = new Map<number, number>();
  for (let agent = 0; agent < agents; agent++) {
    const set = luck.setOf(agent);
    let place = places.get(set);
    if (place === undefined) places.set(set, (place = places.size));
    of[agent] = place;
  }
  return { sets: Uint32Array.from(places.keys()), of };
}

/** The randomness of an agent's traits, drawn by bisection: what a draw costs hardly grows with the sets. */
export class TraitLuck {
  readonly #space: StateSpace;
  readonly #blocks: readonly TraitBlock[];
  readonly #luck: Luck;
  readonly #key: readonly [number, number];
  readonly #words = new Uint32Array(4);
  /** For each block, shape [sets]: sums of the weights up to each set, exact integers. */
  readonly #cumulative: readonly Float64Array[];

  constructor(space: StateSpace, seed: number) {
    this.#space = space;
    this.#blocks = traitBlocks(space.scenario);
    this.#luck = new Luck(seed, 'agents');
    this.#key = streamKey(seed, 'agents');
    this.#cumulative = this.#blocks.map(({ weights }) => {
      let sum = 0;
      return Float64Array.from(weights, (weight) => (sum += weight));
    });
  }

  /** Number of the agent's trait set. */
  setOf(agent: number): number {
    const { sets } = this.#space.scenario;
    return this.#blocks.reduce((set, block, b) => sets.union(set, block.sets[this.of(agent, b)]!), sets.of([]));
  }

  /** Index into the sets of a block. */
  of(agent: number, block: number): number {
    const cumulative = this.#cumulative[block]!;
    const uniform = this.#uniform(agent, block);
    let low = 0;
    let high = cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (uniform < cumulative[middle]!) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** An integer from 0 to the block's total − 1. */
  #uniform(agent: number, block: number): number {
    const { total } = this.#blocks[block]!;
    if (this.#blocks.length === 1 && total === ONE) return this.#luck.at(agent, 0, events.traits(this.#space));
    philoxInto(this.#words, agent, 0, FINE_BLOCK - block, 0, this.#key[0], this.#key[1]);
    const fine = (this.#words[0]! >>> 6) * 2 ** 26 + (this.#words[1]! >>> 6);
    return total === ONE ? Math.floor(fine / (FINE_TOTAL / ONE)) : fine;
  }
}
