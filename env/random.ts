/**
 * Event-keyed randomness. Philox4x32-10 turns a key and a counter into 128 random bits, so a draw is addressed
 * by what it decides (seed, stream, agent, tick, event) and not by when it is made.
 * Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 */

/** Constants of Philox4x32, for engines that compute its blocks by other means. */
export const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
export const WEYL = [0x9e3779b9, 0xbb67ae85] as const;
export const ROUNDS = 10;

const [MULTIPLIER_0, MULTIPLIER_1] = MULTIPLIERS;
const [WEYL_0, WEYL_1] = WEYL;

/** High 32 bits of the 64-bit product of two unsigned 32-bit integers. Every partial sum stays below 2^32. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (other >>> 16)) | 0;
}

/** Writes the block of (k0, k1) at counter (c0, c1, c2, c3) to out[0..3]. Allocates nothing. */
export function philoxInto(
  out: Uint32Array,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
): void {
  let key0 = k0 >>> 0;
  let key1 = k1 >>> 0;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = high1 ^ c1 ^ key0;
    c2 = high0 ^ c3 ^ key1;
    c1 = low1;
    c3 = low0;
    key0 = (key0 + WEYL_0) | 0;
    key1 = (key1 + WEYL_1) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/**
 * One Philox4x32-10 block: four independent uniform 32-bit words.
 * @param counter four unsigned 32-bit words
 * @param key two unsigned 32-bit words
 * @example philox4x32([0, 0, 0, 0], [0, 0]) // => [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]
 */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  const out = new Uint32Array(4);
  philoxInto(out, counter[0], counter[1], counter[2], counter[3], key[0], key[1]);
  return [out[0]!, out[1]!, out[2]!, out[3]!];
}

/** Independent families of draws under one seed: each has a key of its own. */
export const streams = { world: 0, agents: 1, sampling: 2, splits: 3, training: 4, resampling: 5, cohorts: 6 } as const;
export type Stream = keyof typeof streams;

/** Where the draws of one purpose lie: the last two counter words, (substream, word), under the key of a stream. */
interface Place {
  readonly stream: Stream;
  /** The last counter word. Word 0 belongs to the engines, which count (agent, tick, block) or (cell, tick, block). */
  readonly word: number;
  /** The third counter word goes from `first` to `first + parts` − 1. */
  readonly first: number;
  readonly parts: number;
}

/** Places under one word: of `parts` substreams from `first` on. */
const at = (stream: Stream, first: number, parts = 1, word = 1): Place => ({ stream, word, first, parts });
const ALL = 2 ** 32;

/**
 * What random numbers are drawn for beside the engines. No two purposes share a counter under one key, so none sees the
 * numbers of another, whatever seed a person gives. A row that moves changes the results of its purpose.
 */
export const purposes = {
  /** The order in which states are sampled. */
  sampling: at('sampling', 0),
  /** Seeds of the reruns of a stability study, and of the cells of its crossed design. */
  runSeeds: at('sampling', 1),
  crossedSeeds: at('sampling', 2),
  /** Orders in which the phrases of a state are shown: part key − 3 of the set, as the masks 1 and 2 have one phrase and one order. */
  phraseOrders: at('sampling', 3, ALL - 3),
  /** The next batch of labels that a committee asks for, a part for each batch. */
  batchChoice: at('sampling', 0, ALL, 2),
  /** Which rows of a data set are for testing. */
  splits: at('splits', 0),
  /** Which states a student is not shown, to know when to stop. */
  validation: at('splits', 1),
  /** States that models are shown in several orders. */
  orderedStates: at('splits', 2),
  /** States over which effects of phrases are taken. */
  explainedStates: at('splits', 3),
  /** Numbers of one state or set each, by `drawOf`: explanations, groups that are held out, orders, ties of a covering. */
  explanation: at('splits', 0, 1, 2),
  traits: at('splits', 0, 1, 3),
  contexts: at('splits', 0, 1, 4),
  order: at('splits', 0, 1, 5),
  covering: at('splits', 0, 1, 6),
  /** The pool that labels are chosen from, and its test states. */
  pool: at('splits', 0, 1, 7),
  /** Initial weights and batches of a fit; see `trainingParts`. */
  training: at('training', 0, ALL),
  /** Rows of a bootstrap; everything that is compared is computed on the same resamples. */
  resampling: at('resampling', 0),
  /** Signs of a sign-flip test. */
  signs: at('resampling', 0, 1, 2),
  /** On-policy distillation: seeds of its simulations, a part for each round, its choices, and the states of its checks. */
  collecting: at('resampling', 1 * 2 ** 24, 2 ** 24),
  checking: at('resampling', 2 * 2 ** 24),
  visitedChoice: at('resampling', 3 * 2 ** 24, 2 ** 24),
  checkStart: at('resampling', 4 * 2 ** 24),
  uniformStates: at('resampling', 5 * 2 ** 24),
  /** States as a population has them: who, in which context or at which tick, and the seed of its simulation. */
  population: at('sampling', 0, 1, 3),
  populationTicks: at('sampling', 1, 1, 3),
  /** Rows of a covering that is built phrase by phrase. */
  built: at('sampling', 2, 1, 3),
  /** Questions that a certificate leaves to chance. */
  certificate: at('sampling', 4, 1, 3),
  /** Orders in which phrases join when not all orders are tried, and what stands in for a group. */
  joining: at('sampling', 3, 1, 3),
  /** The edges of a generated network, and which agents stand at its nodes. */
  network: at('sampling', 5, 1, 3),
  networkPlaces: at('sampling', 6, 1, 3),
  /** Each agent's number of its own, by which shares of a population are drawn, and the group that its sums are taken in. */
  canary: at('sampling', 7, 1, 3),
  randomGroups: at('sampling', 8, 1, 3),
  /** Which decisions a shadow audit asks about. */
  shadow: at('sampling', 9, 1, 3),
  /** Observations by which a cascade learns where its student errs. */
  cascade: at('sampling', 10, 1, 3),
  /** Orders of all phrases in a prompt, the design of an audit's wordings, and shifts that an oracle is given, a part for each level. */
  layoutOrders: at('sampling', 11, 1, 3),
  wordings: at('sampling', 12, 1, 3),
  plantedShifts: at('sampling', 0, ALL, 5),
  /** Experiments: the strata of a Latin hypercube, and the scrambling of a Sobol' sequence, a part for each dimension. */
  hypercube: at('sampling', 0, 2 ** 16, 4),
  scrambling: at('sampling', 2 ** 16, 2 ** 16, 4),
  /** Labels of a permutation test. */
  permutation: at('resampling', 0, 1, 3),
} as const satisfies Readonly<Record<string, Place>>;
export type Purpose = keyof typeof purposes;

/**
 * Parts of `training`: initial weights are drawn from where a fit begins, the batches of epoch e from `e` further on. The
 * others are added to that, and leave room for two million epochs.
 */
export const trainingParts = {
  /** Where the fit of a student begins, by the number of its kind. */
  student: (kind: number) => kind * 2 ** 24,
  /** Where the fit of a member of a committee begins, and where the seeds of the members are drawn. */
  committee: 2 ** 30,
  /** The second fit, to all rows. */
  refit: 2 ** 21,
  /** Orders of phrases, beside batches. */
  orders: 2 ** 23,
} as const;

/**
 * Philox key of a stream under a seed.
 * @param seed an integer from 0 to 2^53 − 1
 * @throws {RangeError} if the seed is not such an integer
 */
export function streamKey(seed: number, stream: Stream): readonly [number, number] {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`a seed is an integer from 0 to ${Number.MAX_SAFE_INTEGER}, got ${seed}`);
  return [seed >>> 0, ((Math.floor(seed / 2 ** 32) << 8) | streams[stream]) >>> 0];
}

/**
 * A uniform number in [0, 1) with 53 random bits, the leading 27 and 26 of two words.
 * @param high an unsigned 32-bit word
 * @param low an unsigned 32-bit word
 */
export const uniform53 = (high: number, low: number): number =>
  ((high >>> 5) * 67108864 + (low >>> 6)) / 9007199254740992;

/** 16-bit uniforms in one Philox block: two in each of the four words. */
export const LANES = 8;

/** The 16-bit uniform (0…65535) number `event` of a block written by philoxInto; 0 ≤ event < LANES. */
export function lane(block: Uint32Array, event: number): number {
  return (block[event >> 1]! >>> ((event & 1) << 4)) & 0xffff;
}

/**
 * A sequential generator for work with a natural order (sampling prompts, shuffles, initial weights).
 * @param part which of the purpose's substreams
 * @throws {RangeError} if the purpose has no such part, or the seed is not one
 * @returns uniform numbers in [0, 1) with 53 random bits, the same for the same seed, purpose and part
 */
export function sequence(seed: number, purpose: Purpose, part = 0): () => number {
  const { stream, word, first, parts }: Place = purposes[purpose];
  if (!Number.isInteger(part) || part < 0 || part >= parts)
    throw new RangeError(`${purpose} has parts 0 to ${parts - 1}, got ${part}`);
  const [k0, k1] = streamKey(seed, stream);
  const block = new Uint32Array(4);
  let counter = 0;
  let used = 4;
  return () => {
    if (used === 4) {
      philoxInto(block, counter >>> 0, Math.floor(counter / 2 ** 32), first + part, word, k0, k1);
      counter++;
      used = 0;
    }
    used += 2;
    return uniform53(block[used - 2]!, block[used - 1]!);
  };
}

/** What is drawn for each state or set by itself. */
export type DrawnByMask = 'explanation' | 'traits' | 'contexts' | 'order' | 'covering';

/**
 * A uniform number in [0, 1) with 53 random bits that depends on the seed, the purpose, a mask and the round, and on
 * nothing else: what is chosen by it does not change as a sample grows.
 */
export function drawOf(seed: number, purpose: DrawnByMask, mask: number, round = 0): number {
  const { stream, word, first } = purposes[purpose];
  const [high, low] = philox4x32([mask, round, first, word], streamKey(seed, stream));
  return uniform53(high, low);
}

/** Fisher–Yates shuffle in place by a generator of uniforms in [0, 1); returns its argument. */
export function shuffle<T extends unknown[] | Uint8Array | Uint32Array | Int32Array>(
  items: T,
  random: () => number,
): T {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const held = items[i];
    items[i] = items[j] as never;
    items[j] = held as never;
  }
  return items;
}
