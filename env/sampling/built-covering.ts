import { ones, type PhraseSets } from '../phrase-sets.ts';
import { sequence, shuffle } from '../random.ts';
import type { Covering } from './covering.ts';
import { type Part, type Parts, partsOf, unionOf } from './parts.ts';
import type { EmptyContext, StateWords } from './states.ts';

/** Rows that are built for each that is kept. */
const CANDIDATES = 12;
/** Sets of one part that a row chooses among; of more, as many at random. */
const OPTIONS = 64;
/** Rows that are tried for one combination, with the parts in other orders, before it counts as impossible. */
const TRIES = 100;

/**
 * A pairwise covering whose states are built part by part, so that none need be listed: AETG (Cohen, Dalal, Fredman &
 * Patton, "The AETG system: an approach to testing based on combinatorial design", 1997). Each row begins with a
 * combination of two phrases that is still open, then takes from each part in random order the set that covers most
 * together with what is chosen; the best of several such rows is kept. Covers what `pairwiseCovering` covers, with more
 * rows.
 * @returns `impossible` counts combinations that no part and no two parts have, or that no row was found for: a row is
 *   looked for up to 100 times
 */
export function builtCovering(vocabulary: StateWords, seed: number, emptyContext: EmptyContext): Covering {
  const { sets } = vocabulary;
  const random = sequence(seed, 'built');
  const builder = new Builder(vocabulary, emptyContext, random);
  const open = new Combinations(sets);
  builder.addPossible(open);
  let pairs = open.count();
  const rows: number[] = [];
  for (let left = pairs; left > 0; ) {
    let best: { readonly row: number; readonly gain: number } | undefined;
    for (let candidate = 0; candidate < CANDIDATES; candidate++) {
      const row = builder.row(open, open.any(random));
      if (row === undefined) continue;
      const gain = open.within(row);
      if (best === undefined || gain > best.gain) best = { row, gain };
    }
    if (best === undefined) {
      const wanted = open.any(random);
      const row = builder.insist(open, wanted);
      if (row === undefined) {
        open.drop(wanted);
        pairs--;
        left--;
        continue;
      }
      best = { row, gain: open.within(row) };
    }
    rows.push(best.row);
    open.remove(best.row);
    left -= best.gain;
  }
  const { width } = sets;
  return { masks: Uint32Array.from(rows), pairs, impossible: 4 * ((width * (width - 1)) / 2) - pairs };
}

/** Phrase i present or absent, and phrase j. */
interface Combination {
  readonly i: number;
  readonly j: number;
  readonly iHolds: boolean;
  readonly jHolds: boolean;
}

interface BuiltPart extends Part {
  /** Those that some set of the part has. */
  readonly phrases: readonly number[];
  readonly context: boolean;
}

/** Builds states that have a combination and as many open ones as they can. */
class Builder {
  readonly #sets: PhraseSets;
  readonly #parts: readonly BuiltPart[];
  readonly #crossed: Parts['crossed'];
  /** Part of each phrase; -1 for one that never holds. */
  readonly #partOf: Int32Array;
  readonly #needsContext: boolean;
  readonly #random: () => number;

  constructor(vocabulary: StateWords, emptyContext: EmptyContext, random: () => number) {
    const { sets, contexts } = vocabulary;
    const { traits, contexts: situations, crossed } = partsOf(vocabulary);
    const withPhrases = (part: Part, context: boolean) => ({
      ...part,
      phrases: [...new Set(Array.from(part.sets, (set) => sets.indices(set)).flat())],
      context,
    });
    this.#sets = sets;
    this.#parts = [
      ...traits.map((part) => withPhrases(part, false)),
      ...situations.map((part) => withPhrases(part, true)),
    ];
    this.#crossed = crossed;
    this.#partOf = new Int32Array(sets.width).fill(-1);
    this.#parts.forEach(({ phrases }, p) => {
      for (const phrase of phrases) this.#partOf[phrase] = p;
    });
    this.#needsContext = emptyContext === 'exclude' && contexts.length > 0;
    this.#random = random;
  }

  /** Opens every combination that parts allow, conflicts between a trait and a context included. */
  addPossible(open: Combinations): void {
    const sets = this.#sets;
    const { width } = sets;
    const can = [false, true].map((holds) =>
      Array.from({ length: width }, (_, phrase) => {
        const part = this.#parts[this.#partOf[phrase]!];
        return part === undefined ? !holds : part.sets.some((set) => sets.holds(set, phrase) === holds);
      }),
    );
    const against = new Set(this.#crossed.map(([trait, context]) => trait * width + context));
    for (let i = 0; i < width; i++)
      for (let j = i + 1; j < width; j++) {
        if (this.#partOf[i] === this.#partOf[j] && this.#partOf[i]! >= 0) continue;
        for (const iHolds of [false, true])
          for (const jHolds of [false, true])
            if (can[Number(iHolds)]![i] && can[Number(jHolds)]![j] && !(iHolds && jHolds && against.has(i * width + j)))
              open.add({ i, j, iHolds, jHolds });
      }
    for (const { sets: options, phrases } of this.#parts)
      for (const set of options)
        phrases.forEach((i, at) => {
          for (const j of phrases.slice(at + 1))
            open.add({ i: Math.min(i, j), j: Math.max(i, j), ...held(sets, set, Math.min(i, j), Math.max(i, j)) });
        });
  }

  /** A row that has the combination, whatever it costs; undefined if none is found. */
  insist(open: Combinations, wanted: Combination): number | undefined {
    for (let tried = 0; tried < TRIES; tried++) {
      const row = this.row(open, wanted);
      if (row !== undefined) return row;
    }
    return undefined;
  }

  /** A row that has the combination; undefined if conflicts leave a part without a set. */
  row(open: Combinations, wanted: Combination): number | undefined {
    const first = [...new Set([this.#partOf[wanted.i]!, this.#partOf[wanted.j]!])].filter((p) => p >= 0);
    const rest = shuffle(
      [...this.#parts.keys()].filter((p) => !first.includes(p)),
      this.#random,
    );
    const chosen: number[] = [];
    const shown = open.shown();
    const contexts = this.#parts.reduce((count, { context }) => count + Number(context), 0);
    let [seen, situated] = [0, false];
    for (const p of [...first, ...rest]) {
      const part = this.#parts[p]!;
      if (part.context) seen++;
      const lastContext = this.#needsContext && part.context && seen === contexts && !situated;
      const set = this.#best(part, shown, (option) => {
        if (lastContext && this.#sets.size(option) === 0) return false;
        return this.#fits(option, part.context, shown) && hasWanted(this.#sets, option, wanted, this.#partOf, p);
      });
      if (set === undefined) return undefined;
      if (part.context && this.#sets.size(set) > 0) situated = true;
      chosen.push(set);
      shown.choose(set, part.phrases);
    }
    return unionOf({ sets: this.#sets }, chosen);
  }

  #fits(option: number, context: boolean, shown: Shown): boolean {
    return !this.#crossed.some(([trait, situation]) =>
      context
        ? this.#sets.holds(option, situation) && shown.holds(trait)
        : this.#sets.holds(option, trait) && shown.holds(situation),
    );
  }

  #best(part: BuiltPart, shown: Shown, may: (set: number) => boolean): number | undefined {
    let best: number | undefined;
    let [most, ties, looked] = [-1, 0, 0];
    const { length } = part.sets;
    const start = Math.floor(this.#random() * length);
    // From a random place on: of a part with many sets, other ones are looked at each time.
    for (let at = 0; at < length && looked < OPTIONS; at++) {
      const set = part.sets[(start + at * strideOf(length)) % length]!;
      if (!may(set)) continue;
      looked++;
      const gain = shown.gain(set, part.phrases);
      if (gain > most) [best, most, ties] = [set, gain, 1];
      else if (gain === most && this.#random() * ++ties < 1) best = set;
    }
    return best;
  }
}

/** A step through `length` places that meets each of them once, far from the one before. */
function strideOf(length: number): number {
  const divides = (a: number, b: number): number => (b === 0 ? a : divides(b, a % b));
  let stride = Math.max(1, Math.floor(length * 0.618));
  while (divides(length, stride) !== 1) stride++;
  return stride;
}

const held = (sets: PhraseSets, set: number, i: number, j: number) => ({
  iHolds: sets.holds(set, i),
  jHolds: sets.holds(set, j),
});

const hasWanted = (sets: PhraseSets, set: number, wanted: Combination, partOf: Int32Array, p: number): boolean =>
  (partOf[wanted.i] !== p || sets.holds(set, wanted.i) === wanted.iHolds) &&
  (partOf[wanted.j] !== p || sets.holds(set, wanted.j) === wanted.jHolds);

/** Open combinations, from both sides: for each phrase present or absent, which others present or absent are open. */
class Combinations {
  readonly #sets: PhraseSets;
  /** Words at ((2i + i present) · 2 + j present) × words of a set: bit j. */
  readonly #words: Uint32Array;

  constructor(sets: PhraseSets) {
    this.#sets = sets;
    this.#words = new Uint32Array(4 * sets.width * sets.wordCount);
  }

  add({ i, j, iHolds, jHolds }: Combination): void {
    this.#words[this.#place(i, iHolds, jHolds) + (j >>> 5)]! |= 1 << (j & 31);
    this.#words[this.#place(j, jHolds, iHolds) + (i >>> 5)]! |= 1 << (i & 31);
  }

  drop({ i, j, iHolds, jHolds }: Combination): void {
    this.#words[this.#place(i, iHolds, jHolds) + (j >>> 5)]! &= ~(1 << (j & 31));
    this.#words[this.#place(j, jHolds, iHolds) + (i >>> 5)]! &= ~(1 << (i & 31));
  }

  count(): number {
    return this.#words.reduce((sum, word) => sum + ones(word), 0) / 2;
  }

  /** One that is open: the first after a random place. */
  any(random: () => number): Combination {
    const { width, wordCount } = this.#sets;
    const start = Math.floor(random() * this.#words.length);
    for (let step = 0; step < this.#words.length; step++) {
      const at = (start + step) % this.#words.length;
      const word = this.#words[at]!;
      if (word === 0) continue;
      const side = Math.floor(at / wordCount);
      const j = 32 * (at % wordCount) + (31 - Math.clz32(word));
      if (j < width) return { i: side >>> 2, iHolds: (side & 2) !== 0, jHolds: (side & 1) !== 0, j };
    }
    throw new RangeError('no combination is open');
  }

  /** How many open ones a state has. */
  within(set: number): number {
    let count = 0;
    this.#each(set, (at, word) => {
      count += ones(this.#words[at]! & word);
    });
    return count / 2;
  }

  remove(set: number): void {
    this.#each(set, (at, word) => {
      this.#words[at]! &= ~word;
    });
  }

  shown(): Shown {
    return new Shown(this.#sets, this.#words);
  }

  /** Visits the words of what stands beside each phrase of a state, with what of them is so in the state. */
  #each(set: number, visit: (at: number, word: number) => void): void {
    const { width, wordCount } = this.#sets;
    for (let i = 0; i < width; i++) {
      const holds = this.#sets.holds(set, i);
      for (let w = 0; w < wordCount; w++) {
        const word = this.#sets.word(set, w);
        visit(this.#place(i, holds, true) + w, word);
        visit(this.#place(i, holds, false) + w, ~word);
      }
    }
  }

  #place(i: number, iHolds: boolean, jHolds: boolean): number {
    return (4 * i + 2 * Number(iHolds) + Number(jHolds)) * this.#sets.wordCount;
  }
}

/** What is chosen of a row: which phrases hold, and which do not. */
class Shown {
  readonly #sets: PhraseSets;
  readonly #open: Uint32Array;
  readonly #present: Uint32Array;
  readonly #absent: Uint32Array;

  constructor(sets: PhraseSets, open: Uint32Array) {
    this.#sets = sets;
    this.#open = open;
    this.#present = new Uint32Array(sets.wordCount);
    this.#absent = new Uint32Array(sets.wordCount);
  }

  holds(phrase: number): boolean {
    return ((this.#present[phrase >>> 5]! >>> (phrase & 31)) & 1) === 1;
  }

  choose(set: number, phrases: readonly number[]): void {
    for (const phrase of phrases)
      (this.#sets.holds(set, phrase) ? this.#present : this.#absent)[phrase >>> 5]! |= 1 << (phrase & 31);
  }

  /** Open combinations that the phrases of a part have with what is chosen, if this is its set. */
  gain(set: number, phrases: readonly number[]): number {
    const { wordCount } = this.#sets;
    let gain = 0;
    for (const phrase of phrases) {
      const at = (4 * phrase + (this.#sets.holds(set, phrase) ? 2 : 0)) * wordCount;
      for (let w = 0; w < wordCount; w++)
        gain +=
          ones(this.#open[at + w]! & this.#absent[w]!) + ones(this.#open[at + wordCount + w]! & this.#present[w]!);
    }
    return gain;
  }
}
