/**
 * Event-keyed randomness. Philox4x32-10 turns a key and a counter into 128 random bits, so a draw is addressed
 * by what it decides (seed, stream, agent, tick, event) and not by when it is made.
 * Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

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

/** Independent families of draws under one seed. */
export const streams = { world: 0, agents: 1, sampling: 2, splits: 3, training: 4, resampling: 5, cohorts: 6 } as const;
export type Stream = keyof typeof streams;

/**
 * Philox key of a stream under a seed.
 * @param seed an integer from 0 to 2^53 − 1
 * @throws {RangeError} if the seed is no such integer
 */
export function streamKey(seed: number, stream: Stream): readonly [number, number] {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`a seed is an integer from 0 to ${Number.MAX_SAFE_INTEGER}, got ${seed}`);
  return [seed >>> 0, ((Math.floor(seed / 2 ** 32) << 8) | streams[stream]) >>> 0];
}

/** 16-bit uniforms in one Philox block: two in each of the four words. */
export const LANES = 8;

/** The 16-bit uniform (0…65535) number `event` of a block written by philoxInto; 0 ≤ event < LANES. */
export function lane(block: Uint32Array, event: number): number {
  return (block[event >> 1]! >>> ((event & 1) << 4)) & 0xffff;
}

/**
 * A sequential generator over one stream, for work with a natural order (sampling prompts, shuffles, initial weights).
 * @returns uniform numbers in [0, 1) with 53 random bits, the same for the same seed, stream and substream
 */
export function sequence(seed: number, stream: Stream, substream = 0): () => number {
  const [k0, k1] = streamKey(seed, stream);
  const block = new Uint32Array(4);
  let counter = 0;
  let used = 4;
  return () => {
    if (used === 4) {
      philoxInto(block, counter >>> 0, Math.floor(counter / 2 ** 32), substream, 1, k0, k1);
      counter++;
      used = 0;
    }
    const high = block[used]! >>> 5;
    const low = block[used + 1]! >>> 6;
    used += 2;
    return (high * 67108864 + low) / 9007199254740992;
  };
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
