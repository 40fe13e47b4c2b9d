import { ONE } from './chance.ts';
import { LANES, lane, philoxInto, streamKey } from './random.ts';
import type { TraitBlock } from './scenario.ts';
import type { StateSpace } from './state-space.ts';
import { listedTraits, traitBlocks } from './trait-law.ts';

/** Who lives in a population: agents of one trait set have successive numbers, in the order of the sets. */
export interface People {
  /** The trait sets that occur. Numbers of `scenario.sets`. */
  readonly sets: Uint32Array;
  /** Shape [sets]: how many agents have each. */
  readonly members: Uint32Array;
}

/** Agents are played in groups of this many of one trait set; a set's last group may have places that nobody holds. */
export const GROUP = 16;

/**
 * The place of the first agent of each trait set, and how many places there are. Agents of one set stand together, from a
 * multiple of GROUP on; an agent's place is also whose luck it has.
 * @param members agents of each trait set
 */
export function placesOf(members: Uint32Array): { readonly first: Uint32Array; readonly places: number } {
  let places = 0;
  const first = members.map((count) => {
    const at = places;
    places += GROUP * Math.ceil(count / GROUP);
    return at;
  });
  return { first, places };
}

/** One of a population: its place, which is also whose luck it has, and its trait set. */
export interface Individual {
  readonly place: number;
  /** Number of `scenario.sets`. */
  readonly traitSet: number;
}

/** The people of a population one by one. */
export function individuals({ sets, members }: People): Individual[] {
  const { first } = placesOf(members);
  return [...sets].flatMap((traitSet, kind) =>
    Array.from({ length: members[kind]! }, (_, i) => ({ place: first[kind]! + i, traitSet })),
  );
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

/** Block of (agent, tick 0) whose words decide the trait set, one fewer for each block of the law; no slot reaches it. */
export const TRAIT_BLOCK = 2 ** 32 - 1;

/**
 * The people of a population: as many draws from the law of the traits as there are agents, or its shares.
 * @throws {UnderstudyError} SCENARIO_TABLE for exact people of a law that is not listed
 */
export function drawPeople(space: StateSpace, seed: number, agents: number, how: Peopling = 'drawn'): People {
  const blocks = traitBlocks(space.scenario);
  if (how === 'exact') {
    const law = listedTraits(space.scenario);
    return occurring(law.sets, Uint32Array.from(exactCounts(law, agents)));
  }
  const luck = new TraitLuck(space, seed);
  if (blocks.length === 1) {
    const members = new Uint32Array(blocks[0]!.sets.length);
    for (let agent = 0; agent < agents; agent++) members[luck.of(agent, 0)]!++;
    return occurring(blocks[0]!.sets, members);
  }
  const drawn = new Map<number, number>();
  for (let agent = 0; agent < agents; agent++) {
    const set = luck.setOf(agent);
    drawn.set(set, (drawn.get(set) ?? 0) + 1);
  }
  const sets = Uint32Array.from(drawn.keys()).sort(space.scenario.sets.compare);
  return { sets, members: Uint32Array.from(sets, (set) => drawn.get(set)!) };
}

function occurring(sets: Uint32Array, members: Uint32Array): People {
  const held = (_: number, i: number) => members[i]! > 0;
  return { sets: sets.filter(held), members: members.filter(held) };
}

/** The randomness of agents' traits, by look-up or by bisection: what a draw costs hardly grows with the sets. */
export class TraitLuck {
  readonly #space: StateSpace;
  readonly #blocks: readonly TraitBlock[];
  readonly #key: readonly [number, number];
  readonly #words = new Uint32Array(4);
  #drawn = -1;
  #drawnFor = -1;
  /** For each block whose weights are 16 bits, shape [65,536]: the set that a uniform picks. */
  readonly #coarse: readonly (Uint16Array | undefined)[];
  /** For each block, shape [sets]: sums of the weights up to each set, exact integers. */
  readonly #cumulative: readonly Float64Array[];

  constructor(space: StateSpace, seed: number) {
    this.#space = space;
    this.#blocks = traitBlocks(space.scenario);
    this.#key = streamKey(seed, 'agents');
    this.#coarse = this.#blocks.map(({ weights, total }) => {
      if (total !== ONE) return undefined;
      const picked = new Uint16Array(ONE);
      let from = 0;
      weights.forEach((weight: number, set: number) => picked.fill(set, from, (from += weight)));
      return picked;
    });
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
    const coarse = this.#coarse[block];
    if (coarse) return coarse[this.#sixteenBits(agent, block)]!;
    const cumulative = this.#cumulative[block]!;
    const uniform = this.#fine(agent, block);
    let low = 0;
    let high = cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (uniform < cumulative[middle]!) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** One of eight agents' shares in a Philox block; the block drawn last is kept. */
  #sixteenBits(agent: number, block: number): number {
    const eight = Math.floor(agent / LANES);
    if (this.#drawn !== eight || this.#drawnFor !== block) {
      philoxInto(this.#words, eight, 0, TRAIT_BLOCK - block, 0, this.#key[0], this.#key[1]);
      this.#drawn = eight;
      this.#drawnFor = block;
    }
    return lane(this.#words, agent % LANES);
  }

  /** An integer from 0 to 2^52 − 1. */
  #fine(agent: number, block: number): number {
    this.#drawn = -1;
    philoxInto(this.#words, agent, 0, TRAIT_BLOCK - block, 0, this.#key[0], this.#key[1]);
    return (this.#words[0]! >>> 6) * 2 ** 26 + (this.#words[1]! >>> 6);
  }
}
