import { drawOf } from '../random.ts';

/** A set of states in which every pair of phrases is met in every way that it can be. */
export interface Covering {
  /** Masks, shape [rows]. */
  readonly masks: Uint32Array;
  /** Combinations of two phrases, each present or absent, that some state has: all of them are covered. */
  readonly pairs: number;
  /** Combinations that no state has, because of conflicts or because a set would be empty. */
  readonly impossible: number;
}

/** Ties are broken anew in each attempt; the smallest covering of all attempts is kept. */
const ATTEMPTS = 40;
/**
 * Maximum number of states that all attempts together look at in one step: with many states there are fewer attempts.
 */
const LOOKS = 2 ** 21;

/**
 * A covering array of strength 2 over phrases present or absent: for every two phrases, each of the four combinations
 * that occurs in some state occurs in at least one row. Greedy, one row at a time: the state that covers most of what
 * is not covered yet, as AETG chooses among its candidates (Cohen, Dalal, Fredman & Patton, "The AETG system: an
 * approach to testing based on combinatorial design", 1997), but among all states. Ties by seeded priorities, several
 * attempts; a row that the later ones made superfluous is dropped.
 * @param states masks of all states that may be rows, each once
 * @param width phrases in the vocabulary
 * @returns the same rows for the same states and seed, in whatever order the states are listed
 */
export function pairwiseCovering(states: Uint32Array, width: number, seed: number): Covering {
  const feasible = new Pairs(width);
  for (const mask of states) feasible.add(mask);
  const pairs = feasible.size;
  const attempts = Math.max(1, Math.min(ATTEMPTS, Math.floor(LOOKS / Math.max(1, states.length))));
  let best: number[] | undefined;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const rows = withoutSuperfluous(greedy(states, feasible, seed, attempt), width);
    if (best === undefined || rows.length < best.length) best = rows;
  }
  return { masks: Uint32Array.from(best!), pairs, impossible: 4 * ((width * (width - 1)) / 2) - pairs };
}

function greedy(states: Uint32Array, feasible: Pairs, seed: number, attempt: number): number[] {
  const left = feasible.copy();
  const priorities = Float64Array.from(states, (mask) => drawOf(seed, 'covering', mask, attempt));
  const rows: number[] = [];
  while (left.size > 0) {
    let best = 0;
    let most = -1;
    states.forEach((mask, i) => {
      const gain = left.within(mask);
      if (gain > most || (gain === most && priorities[i]! < priorities[best]!)) {
        most = gain;
        best = i;
      }
    });
    rows.push(states[best]!);
    left.remove(states[best]!);
  }
  return rows;
}

/** The rows but those whose pairs the others cover too, looked for from the first, which was chosen knowing least. */
function withoutSuperfluous(rows: readonly number[], width: number): number[] {
  const covered = (by: readonly number[]) => {
    const pairs = new Pairs(width);
    for (const mask of by) pairs.add(mask);
    return pairs.size;
  };
  const all = covered(rows);
  let kept = [...rows];
  for (const row of rows) {
    const others = kept.filter((mask) => mask !== row);
    if (covered(others) === all) kept = others;
  }
  return kept;
}

/**
 * A set of combinations (phrase i present or absent, phrase j > i present or absent), as two bitmasks over j for each
 * i.
 */
class Pairs {
  readonly #width: number;
  /** At 4i + 2·(i present) + (j present): the phrases j. */
  readonly #others: Uint32Array;
  readonly #later: Uint32Array;

  constructor(width: number) {
    this.#width = width;
    this.#others = new Uint32Array(4 * width);
    const all = width === 32 ? 0xffffffff : 2 ** width - 1;
    this.#later = Uint32Array.from({ length: width }, (_, i) => (i === 31 ? 0 : all & (-2 << i)));
  }

  copy(): Pairs {
    const pairs = new Pairs(this.#width);
    pairs.#others.set(this.#others);
    return pairs;
  }

  get size(): number {
    return this.#others.reduce((sum, mask) => sum + ones(mask), 0);
  }

  add(mask: number): void {
    for (let i = 0; i < this.#width; i++) {
      const at = 4 * i + 2 * ((mask >>> i) & 1);
      this.#others[at]! |= ~mask & this.#later[i]!;
      this.#others[at + 1]! |= mask & this.#later[i]!;
    }
  }

  remove(mask: number): void {
    for (let i = 0; i < this.#width; i++) {
      const at = 4 * i + 2 * ((mask >>> i) & 1);
      this.#others[at]! &= mask | ~this.#later[i]!;
      this.#others[at + 1]! &= ~mask | ~this.#later[i]!;
    }
  }

  /** How many of the set's combinations a state has. */
  within(mask: number): number {
    let count = 0;
    for (let i = 0; i < this.#width; i++) {
      const at = 4 * i + 2 * ((mask >>> i) & 1);
      count += ones(this.#others[at]! & ~mask) + ones(this.#others[at + 1]! & mask);
    }
    return count;
  }
}

/** Bits set in a 32-bit word, counted in parallel (Warren, "Hacker's Delight", 2002, section 5-1). */
function ones(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  x = (x + (x >>> 4)) & 0x0f0f0f0f;
  return Math.imul(x, 0x01010101) >>> 24;
}
