import { ones, type PhraseSets } from '../phrase-sets.ts';
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
 * @param sets those of the vocabulary
 * @returns the same rows for the same states and seed, in whatever order the states are listed
 */
export function pairwiseCovering(states: Uint32Array, sets: PhraseSets, seed: number): Covering {
  const { width } = sets;
  const feasible = new Pairs(sets);
  for (const mask of states) feasible.add(mask);
  const pairs = feasible.size;
  const attempts = Math.max(1, Math.min(ATTEMPTS, Math.floor(LOOKS / Math.max(1, states.length))));
  let best: number[] | undefined;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const rows = withoutSuperfluous(greedy(states, feasible, sets, seed, attempt), sets);
    if (best === undefined || rows.length < best.length) best = rows;
  }
  return { masks: Uint32Array.from(best!), pairs, impossible: 4 * ((width * (width - 1)) / 2) - pairs };
}

/**
 * Rows one at a time, each the state that covers most of what is left. What a state covers can only become less, so that a
 * state is looked at again only if what it covered when last looked at is as much as the best has now (Minoux, "Accelerated
 * greedy algorithms for maximizing submodular set functions", 1978).
 */
function greedy(states: Uint32Array, feasible: Pairs, sets: PhraseSets, seed: number, attempt: number): number[] {
  const left = feasible.copy();
  const priorities = Float64Array.from(states, (mask) => drawOf(seed, 'covering', sets.key(mask), attempt));
  const { width } = sets;
  // By gain when last looked at; before any row, every state covers a combination of each two phrases.
  const byGain: number[][] = Array.from({ length: (width * (width - 1)) / 2 + 1 }, () => []);
  byGain[byGain.length - 1] = [...states.keys()];
  const rows: number[] = [];
  while (left.size > 0) {
    let best = -1;
    let most = 0;
    for (let bound = byGain.length - 1; bound >= most && bound > 0; bound--) {
      const looked = byGain[bound]!;
      byGain[bound] = [];
      for (const i of looked) {
        const gain = rows.length === 0 ? bound : left.within(states[i]!);
        byGain[gain]!.push(i);
        if (gain > most || (gain === most && (best < 0 || priorities[i]! < priorities[best]!))) {
          most = gain;
          best = i;
        }
      }
    }
    rows.push(states[best]!);
    left.remove(states[best]!);
  }
  return rows;
}

/** The rows but those whose pairs the others cover too, looked for from the first, which was chosen knowing least. */
function withoutSuperfluous(rows: readonly number[], sets: PhraseSets): number[] {
  const covered = (by: readonly number[]) => {
    const pairs = new Pairs(sets);
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
  readonly #sets: PhraseSets;
  /** Words at (4i + 2·(i present) + (j present)) × words of a set: the phrases j. */
  readonly #others: Uint32Array;
  /** Words at i × words of a set: the phrases after i. */
  readonly #later: Uint32Array;

  constructor(sets: PhraseSets) {
    const { width, wordCount } = sets;
    this.#sets = sets;
    this.#others = new Uint32Array(4 * width * wordCount);
    this.#later = new Uint32Array(width * wordCount);
    for (let i = 0; i < width; i++)
      for (let j = i + 1; j < width; j++) this.#later[i * wordCount + (j >>> 5)]! |= 1 << (j & 31);
  }

  copy(): Pairs {
    const pairs = new Pairs(this.#sets);
    pairs.#others.set(this.#others);
    return pairs;
  }

  get size(): number {
    return this.#others.reduce((sum, word) => sum + ones(word), 0);
  }

  add(set: number): void {
    const others = this.#others;
    this.#each(set, (absent, present, word, later) => {
      others[absent]! |= ~word & later;
      others[present]! |= word & later;
    });
  }

  remove(set: number): void {
    const others = this.#others;
    this.#each(set, (absent, present, word, later) => {
      others[absent]! &= word | ~later;
      others[present]! &= ~word | ~later;
    });
  }

  /** How many of the set's combinations a state has. */
  within(set: number): number {
    const { width, wordCount } = this.#sets;
    const others = this.#others;
    let count = 0;
    for (let w = 0; w < wordCount; w++) {
      const later = this.#sets.word(set, w);
      for (let v = 0; v <= w; v++) {
        const word = v === w ? later : this.#sets.word(set, v);
        for (let i = 32 * v; i < Math.min(width, 32 * v + 32); i++) {
          const at = (4 * i + ((word >>> (i & 31)) & 1) * 2) * wordCount + w;
          const met = (others[at]! & ~later) | (others[at + wordCount]! & later);
          if (met !== 0) count += ones(met);
        }
      }
    }
    return count;
  }

  /** Visits, for each phrase i and word of the later ones, where those stand that are absent or present beside i. */
  #each(set: number, visit: (absent: number, present: number, word: number, later: number) => void): void {
    const { width, wordCount } = this.#sets;
    for (let i = 0; i < width; i++) {
      const at = (4 * i + (this.#sets.holds(set, i) ? 2 : 0)) * wordCount;
      for (let w = i >>> 5; w < wordCount; w++)
        visit(at + w, at + wordCount + w, this.#sets.word(set, w), this.#later[i * wordCount + w]!);
    }
  }
}
