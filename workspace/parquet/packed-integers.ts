/** Values of a block, and of each of its four parts, whose differences are packed in the same number of bits. */
const BLOCK = 128;
const PART = 32;

const differences = new Int32Array(BLOCK);
/** The packed differences of a block. */
const words = new Int32Array(BLOCK);
const packed = new Uint8Array(words.buffer);

/** Bytes that DELTA_BINARY_PACKED takes at most. */
export const deltaBytes = (count: number): number => 32 + Math.ceil(count / BLOCK) * (9 + 4 * BLOCK);

/**
 * Packs integers by their differences: DELTA_BINARY_PACKED of the Parquet format (Encodings, version 2.10), with blocks of
 * 128 values in four parts. Rising numbers with small gaps take a few bits each, a constant next to none.
 * @param out with room for deltaBytes(count) from `at` on
 * @param rising whether none is less than the one before, so that what begins and ends alike is alike
 * @returns where they end
 */
export function packDeltas(values: Int32Array, count: number, out: Uint8Array, at: number, rising = false): number {
  let to = varint(out, at, BLOCK);
  to = varint(out, to, BLOCK / PART);
  to = varint(out, to, count);
  to = varint(out, to, zigzag(count > 0 ? values[0]! : 0));
  for (let from = 1; from < count; from += BLOCK) {
    const size = Math.min(BLOCK, count - from);
    if (rising && values[from - 1] === values[from + size - 1]) {
      to = varint(out, to, 0);
      out.fill(0, to, to + BLOCK / PART);
      to += BLOCK / PART;
      continue;
    }
    const least = subtract(values, from, size);
    // What is missing in the last block counts as the least difference: it takes no bits.
    if (size < BLOCK) differences.fill(least, size);
    to = varint(out, to, zigzag(least));
    let used = 0;
    for (let part = 0; part < BLOCK; part += PART) {
      const width = widthFrom(part, least);
      out[to++] = width;
      if (width > 0) used = packPart(part, least, width, used);
    }
    for (let i = 0; i < 4 * used; i++) out[to++] = packed[i]!;
  }
  return to;
}

/** Fills in the differences of a block. @returns the least of them */
function subtract(values: Int32Array, from: number, size: number): number {
  let least = 0x7fffffff;
  let before = values[from - 1]! | 0;
  for (let i = 0; i < size; i++) {
    const value = values[from + i]! | 0;
    const difference = (value - before) | 0;
    differences[i] = difference;
    before = value;
    if (difference < least) least = difference;
  }
  return least | 0;
}

/** Bits that the differences of a part take beyond the least. */
function widthFrom(part: number, least: number): number {
  let any = 0;
  for (let i = part; i < part + PART; i++) any |= (differences[i]! - least) | 0;
  return 32 - Math.clz32(any);
}

/** @param at the word to begin with @returns where the words end */
function packPart(part: number, least: number, width: number, at: number): number {
  let to = at;
  let word = 0;
  let used = 0;
  for (let i = part; i < part + PART; i++) {
    const rest = (differences[i]! - least) | 0;
    word |= rest << used;
    used = (used + width) | 0;
    if (used >= 32) {
      words[to++] = word;
      used = (used - 32) | 0;
      // In two steps: a shift by 32 would be one by 0.
      word = (rest >>> 1) >>> (width - used - 1);
    }
  }
  return to;
}

/** Bytes that numbers of so many bits take at most. */
export const runBytes = (count: number, width: number): number => 8 + Math.ceil(count / 8) * width;

/**
 * Packs small numbers: the hybrid of run lengths and packed bits of the Parquet format, as one run if all are equal.
 * @param width bits of a number, at most 24
 * @param out with room for runBytes(count, width) from `at` on
 * @returns where they end
 */
export function packRun(values: ArrayLike<number>, count: number, width: number, out: Uint8Array, at: number): number {
  let equal = 1;
  while (equal < count && values[equal] === values[0]) equal++;
  if (equal >= count) {
    let to = varint(out, at, count * 2);
    for (let bits = 0; bits < width; bits += 8) out[to++] = count > 0 ? values[0]! >>> bits : 0;
    return to;
  }
  const eights = Math.ceil(count / 8);
  let to = varint(out, at, eights * 2 + 1);
  let word = 0;
  let used = 0;
  for (let i = 0; i < 8 * eights; i++) {
    if (i < count) word |= values[i]! << used;
    used += width;
    while (used >= 8) {
      out[to++] = word;
      word >>>= 8;
      used -= 8;
    }
  }
  return to;
}

/** Bits that the numbers below `count` take. */
export const widthOf = (count: number): number => (count > 1 ? 32 - Math.clz32(count - 1) : 0);

const zigzag = (value: number): number => ((value << 1) ^ (value >> 31)) >>> 0;

/** LEB128 of an unsigned integer of 32 bits. */
function varint(out: Uint8Array, at: number, value: number): number {
  let to = at;
  let rest = value >>> 0;
  for (; rest > 0x7f; rest >>>= 7) out[to++] = (rest & 0x7f) | 0x80;
  out[to++] = rest;
  return to;
}
