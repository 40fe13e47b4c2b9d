import { UnderstudyError } from './error.ts';

/** Most phrases that a vocabulary may have. */
export const PHRASE_LIMIT = 4096;

const interners = new Map<number, PhraseSets>();

/**
 * The sets over `width` phrases. There is one numbering for each width in a process, so a set has the same number
 * wherever it is met; sets of more than 32 phrases are remembered for the life of the process, as symbols are.
 * @throws {UnderstudyError} SCENARIO_PHRASE for more phrases than PHRASE_LIMIT
 */
export function phraseSets(width: number): PhraseSets {
  let sets = interners.get(width);
  if (!sets) interners.set(width, (sets = new PhraseSets(width)));
  return sets;
}

/**
 * The sets of phrases of one vocabulary, each known by a number. With up to 32 phrases the number is the bitmask itself: bit
 * j says that phrase j holds. With more, a set gets the next free number when it is first met, so equal sets have equal
 * numbers, but a number depends on the order of meeting: it is never stored, hashed or sorted by. `compare` orders sets, and
 * `words` are what is hashed.
 */
export class PhraseSets {
  readonly width: number;
  /** 32-bit words of a set. */
  readonly wordCount: number;
  /** Shape [sets met, wordCount]. */
  #words = new Uint32Array(0);
  #hashes = new Uint32Array(0);
  /** Open addressing, at most half full: number + 1, or 0 where nothing is. */
  #slots = new Int32Array(16);
  #count = 0;
  readonly #scratch: Uint32Array;

  /** @throws {UnderstudyError} SCENARIO_PHRASE for more phrases than PHRASE_LIMIT */
  constructor(width: number) {
    if (width > PHRASE_LIMIT) throw new UnderstudyError('SCENARIO_PHRASE', `${width} phrases, at most ${PHRASE_LIMIT}`);
    this.width = width;
    this.wordCount = Math.max(1, Math.ceil(width / 32));
    this.#scratch = new Uint32Array(this.wordCount);
  }

  /** The set of some phrases by their indices, repeated ones once. */
  of(indices: Iterable<number>): number {
    const scratch = this.#scratch.fill(0);
    for (const j of indices) scratch[j >>> 5]! |= 1 << (j & 31);
    return this.#intern();
  }

  /** The set that these words say: bit b of word w is phrase 32w + b. */
  ofWords(words: ArrayLike<number>): number {
    for (let w = 0; w < this.wordCount; w++) this.#scratch[w] = words[w]!;
    return this.#intern();
  }

  /** Word w of a set: bit b is phrase 32w + b. */
  word(set: number, w: number): number {
    return this.wordCount === 1 ? set >>> 0 : this.#words[set * this.wordCount + w]!;
  }

  holds(set: number, phrase: number): boolean {
    return ((this.word(set, phrase >>> 5) >>> (phrase & 31)) & 1) === 1;
  }

  /** Indices of the phrases of a set, ascending. */
  indices(set: number): number[] {
    const indices: number[] = [];
    for (let w = 0; w < this.wordCount; w++)
      for (let rest = this.word(set, w), j = 32 * w; rest !== 0; rest >>>= 1, j++) if (rest & 1) indices.push(j);
    return indices;
  }

  union(a: number, b: number): number {
    if (this.wordCount === 1) return (a | b) >>> 0;
    for (let w = 0; w < this.wordCount; w++) this.#scratch[w] = this.word(a, w) | this.word(b, w);
    return this.#intern();
  }

  /** The phrases of `a` that are not in `b`. */
  difference(a: number, b: number): number {
    if (this.wordCount === 1) return (a & ~b) >>> 0;
    for (let w = 0; w < this.wordCount; w++) this.#scratch[w] = this.word(a, w) & ~this.word(b, w);
    return this.#intern();
  }

  intersection(a: number, b: number): number {
    if (this.wordCount === 1) return (a & b) >>> 0;
    for (let w = 0; w < this.wordCount; w++) this.#scratch[w] = this.word(a, w) & this.word(b, w);
    return this.#intern();
  }

  with(set: number, phrase: number): number {
    if (this.wordCount === 1) return (set | (1 << phrase)) >>> 0;
    return this.#changed(set, phrase, true);
  }

  without(set: number, phrase: number): number {
    if (this.wordCount === 1) return (set & ~(1 << phrase)) >>> 0;
    return this.#changed(set, phrase, false);
  }

  /** How many phrases a set has. */
  size(set: number): number {
    let size = 0;
    for (let w = 0; w < this.wordCount; w++) size += ones(this.word(set, w));
    return size;
  }

  /** How many phrases only one of two sets has: their Hamming distance. */
  distance(a: number, b: number): number {
    let distance = 0;
    for (let w = 0; w < this.wordCount; w++) distance += ones(this.word(a, w) ^ this.word(b, w));
    return distance;
  }

  /** Whether two sets share a phrase. */
  meet(a: number, b: number): boolean {
    for (let w = 0; w < this.wordCount; w++) if ((this.word(a, w) & this.word(b, w)) !== 0) return true;
    return false;
  }

  /**
   * 32 bits that stand for a set in the counter of a random stream: the bitmask itself if it has one word, otherwise a
   * hash of the words. Unlike a number, it does not depend on the order of meeting.
   */
  key(set: number): number {
    return this.wordCount === 1 ? set >>> 0 : this.#hashes[set]!;
  }

  /** Sets as bitmasks in ascending order: by the phrase of the highest index that only one of them has. */
  readonly compare = (a: number, b: number): number => {
    for (let w = this.wordCount - 1; w >= 0; w--) {
      const difference = this.word(a, w) - this.word(b, w);
      if (difference !== 0) return difference;
    }
    return 0;
  };

  #changed(set: number, phrase: number, present: boolean): number {
    for (let w = 0; w < this.wordCount; w++) this.#scratch[w] = this.word(set, w);
    const bit = 1 << (phrase & 31);
    if (present) this.#scratch[phrase >>> 5]! |= bit;
    else this.#scratch[phrase >>> 5]! &= ~bit;
    return this.#intern();
  }

  /** The number of the set in the scratch words. */
  #intern(): number {
    const { wordCount } = this;
    const scratch = this.#scratch;
    if (wordCount === 1) return scratch[0]!;
    // FNV-1a over words, with the high bits folded down: sets that share their first words differ in the last ones.
    let hash = 0x811c9dc5;
    for (let w = 0; w < wordCount; w++) {
      hash = Math.imul(hash ^ scratch[w]!, 0x01000193);
      hash ^= hash >>> 15;
    }
    hash >>>= 0;
    for (let at = hash & (this.#slots.length - 1); ; at = (at + 1) & (this.#slots.length - 1)) {
      const number = this.#slots[at]! - 1;
      if (number < 0) break;
      if (this.#hashes[number] === hash && this.#equals(number)) return number;
    }
    return this.#add(hash);
  }

  #equals(number: number): boolean {
    for (let w = 0; w < this.wordCount; w++)
      if (this.#words[number * this.wordCount + w] !== this.#scratch[w]) return false;
    return true;
  }

  #add(hash: number): number {
    const number = this.#count++;
    if (number === this.#hashes.length) {
      const room = Math.max(64, 2 * number);
      const words = new Uint32Array(room * this.wordCount);
      words.set(this.#words);
      this.#words = words;
      const hashes = new Uint32Array(room);
      hashes.set(this.#hashes);
      this.#hashes = hashes;
    }
    this.#words.set(this.#scratch, number * this.wordCount);
    this.#hashes[number] = hash;
    if (2 * this.#count > this.#slots.length) {
      this.#slots = new Int32Array(2 * this.#slots.length);
      for (let other = 0; other < this.#count; other++) this.#place(other);
    } else this.#place(number);
    return number;
  }

  #place(number: number): void {
    const last = this.#slots.length - 1;
    let at = this.#hashes[number]! & last;
    while (this.#slots[at] !== 0) at = (at + 1) & last;
    this.#slots[at] = number + 1;
  }
}

/** Bits set in a 32-bit word, counted in parallel (Warren, "Hacker's Delight", 2002, section 5-1). */
export function ones(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  x = (x + (x >>> 4)) & 0x0f0f0f0f;
  return Math.imul(x, 0x01010101) >>> 24;
}
