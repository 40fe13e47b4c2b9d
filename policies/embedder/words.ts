import { bundledWordVectors, type WordTable } from './word-table.ts';

/** A text as one vector, and how much of it the table of words knew. */
export interface WordEmbedding {
  /** Shape [dimensions]; zeros where no word is known. */
  readonly vector: readonly number[];
  readonly words: number;
  readonly known: number;
}

/** Weight of a word of probability p: a / (a + p). Arora, Liang & Ma use .001. */
const SMOOTHING = 1e-3;
/** Zipf's law as Mandelbrot (1953) has it: a word's probability falls with its rank plus this. */
const RANK_SHIFT = 2.7;
/** Share of running English text that the words of the table make up, about. */
const COVERED = 0.95;

/**
 * Texts as weighted means of the vectors of their words: smooth inverse frequency weights (Arora, Liang & Ma, "A simple but
 * tough-to-beat baseline for sentence embeddings", 2017), probabilities from the ranks of the words. What all texts have in
 * common is taken off as the mean vector of English text (Mu & Viswanath, "All-but-the-top", 2018) instead of the first
 * principal component of the texts at hand, so that a vector depends on its text alone.
 *
 * It compares what texts are about. It does not see word order: "likely" and "not likely" point the same way (.99), and
 * a word and its opposite nearly so ("they like music", "they dislike music").
 */
export class WordEmbedder {
  readonly id: string;
  readonly dimensions: number;
  readonly #rank: ReadonlyMap<string, number>;
  readonly #vectors: WordTable['vectors'];
  readonly #weights: Float64Array;
  readonly #common: Float64Array;

  constructor(table: WordTable = bundledWordVectors(), id = 'glove-en-100d') {
    const { words, dimensions, vectors } = table;
    this.id = id;
    this.dimensions = dimensions;
    this.#rank = new Map(words.map((word, i) => [word, i]));
    this.#vectors = vectors;
    const shares = Float64Array.from(words, (_, i) => 1 / (i + 1 + RANK_SHIFT));
    const total = shares.reduce((sum, share) => sum + share, 0);
    const probabilities = shares.map((share) => (COVERED * share) / total);
    this.#weights = probabilities.map((p) => SMOOTHING / (SMOOTHING + p));
    const sum = new Float64Array(dimensions);
    let mass = 0;
    vectors.forEach((vector, i) => {
      const share = probabilities[i]! * this.#weights[i]!;
      mass += share;
      for (let d = 0; d < dimensions; d++) sum[d]! += share * vector[d]!;
    });
    this.#common = sum.map((component) => component / mass);
  }

  embed(text: string): WordEmbedding {
    const words = wordsOf(text);
    const vector = new Array<number>(this.dimensions).fill(0);
    let known = 0;
    for (const word of words) {
      const rank = this.#rankOf(word);
      if (rank === undefined) continue;
      known++;
      for (let d = 0; d < this.dimensions; d++)
        vector[d]! += this.#weights[rank]! * (this.#vectors[rank]![d]! - this.#common[d]!);
    }
    return { vector, words: words.length, known };
  }

  /** The rank of a word, or of what it is an inflection of: "roads" counts as "road" where only that is known. */
  #rankOf(word: string): number | undefined {
    for (const form of [
      word,
      ...inflected.flatMap(([ending, stem]) => (word.endsWith(ending) ? word.slice(0, -ending.length) + stem : [])),
    ]) {
      const rank = this.#rank.get(form);
      if (rank !== undefined) return rank;
    }
    return undefined;
  }
}

/**
 * Words in lower case, without accents, contractions written out: "can’t" is two words, "it’s" is one. A single Latin
 * letter ("a", "I") has no vector and is not counted.
 */
function wordsOf(text: string): readonly string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').replaceAll('’', "'").toLowerCase();
  const words = plain
    .replace(/\b(?:can't|won't|shan't)\b/g, (word) => `${IRREGULAR[word]} not`)
    .replace(/n't\b/g, ' not')
    .replace(/(?<=\p{L})'(?:s|re|ll|ve|m|d)\b/gu, '')
    .match(/\p{L}+/gu);
  return words?.filter((word) => !/^[a-z]$/.test(word)) ?? [];
}

const IRREGULAR: Readonly<Record<string, string>> = { "can't": 'can', "won't": 'will', "shan't": 'shall' };

/** Endings of English inflections, with what they replaced. */
const inflected = [
  ['ies', 'y'],
  ['es', ''],
  ['s', ''],
  ['ing', ''],
  ['ing', 'e'],
  ['ed', ''],
  ['ed', 'e'],
] as const;
