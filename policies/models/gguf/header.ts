import { type FileHandle, open } from 'node:fs/promises';

/**
 * What a GGUF file says of itself before its weights. The format: magic, version (u32), number of tensors and of metadata
 * (u64 each), metadata (key, type, value), then name, shape, type and offset of each tensor, then the weights; all
 * little-endian (ggml, docs/gguf.md, version 3).
 */
export interface GgufHeader {
  /** Numbers, strings and booleans by key; arrays are left out. */
  readonly metadata: ReadonlyMap<string, string | number | boolean>;
  /** Names of the tensors in this file. */
  readonly tensors: readonly string[];
  /** Where the last tensor ends: a shorter file is cut off. */
  readonly end: number;
}

/** A header that cannot be right; the message says why, after the file's name. */
export class HeaderDamage extends Error {}

/** How much of the file is read at once: vocabularies take megabytes. */
const CHUNK = 1 << 20;
/** No tensor has more dimensions (GGML_MAX_DIMS). */
const MOST_DIMENSIONS = 4;
const DEFAULT_ALIGNMENT = 32;

/** Bytes of a scalar of each metadata type. */
const SCALAR_BYTES = [1, 1, 2, 2, 4, 4, 4, 1, undefined, undefined, 8, 8, 8] as const;
const STRING = 8;
const ARRAY = 9;

/** Weights a block and bytes a block of each tensor type (ggml-common.h); a type that is missing here has no known size. */
const BLOCKS: Readonly<Record<number, readonly [weights: number, bytes: number]>> = {
  ...{ 0: [1, 4], 1: [1, 2], 2: [32, 18], 3: [32, 20], 6: [32, 22], 7: [32, 24], 8: [32, 34], 9: [32, 36] },
  ...{ 10: [256, 84], 11: [256, 110], 12: [256, 144], 13: [256, 176], 14: [256, 210], 15: [256, 292] },
  ...{ 16: [256, 66], 17: [256, 74], 18: [256, 98], 19: [256, 50], 20: [32, 18], 21: [256, 110], 22: [256, 82] },
  ...{ 23: [256, 136], 24: [1, 1], 25: [1, 2], 26: [1, 4], 27: [1, 8], 28: [1, 8], 29: [256, 56], 30: [1, 2] },
  ...{ 34: [256, 54], 35: [256, 66], 39: [32, 17] },
};

/**
 * Reads the header of a GGUF file, and nothing of its weights.
 * @throws {HeaderDamage} for a header that is cut off, of another byte order or version, or impossible
 */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  const file = await open(path);
  try {
    const reader = new Reader(file, (await file.stat()).size);
    return await parse(reader);
  } finally {
    await file.close();
  }
}

async function parse(reader: Reader): Promise<GgufHeader> {
  await reader.need(24, 'header');
  if (reader.text(4) !== 'GGUF') throw new HeaderDamage('it does not begin with "GGUF"');
  const version = reader.u32();
  if (version >= 2 ** 24 && version % 2 ** 24 === 0)
    throw new HeaderDamage('its numbers are big-endian, for another kind of machine');
  if (version < 1 || version > 99) throw new HeaderDamage(`it names version ${version} of the format`);
  if (version === 1) throw new HeaderDamage('it is of version 1 of the format, which llama.cpp no longer reads');
  const [tensorCount, metadataCount] = [reader.count('tensors'), reader.count('metadata')];

  const metadata = new Map<string, string | number | boolean>();
  for (let i = 0; i < metadataCount; i++) {
    const key = await reader.string('metadata');
    await reader.need(4, 'metadata');
    const value = await reader.value(reader.u32());
    if (value !== undefined) metadata.set(key, value);
  }
  const alignment = Number(metadata.get('general.alignment') ?? DEFAULT_ALIGNMENT);
  if (!Number.isInteger(alignment) || alignment < 1)
    throw new HeaderDamage(`it aligns its tensors to ${metadata.get('general.alignment')} bytes`);

  const tensors: string[] = [];
  let weights = 0;
  for (let i = 0; i < tensorCount; i++) {
    tensors.push(await reader.string('list of tensors'));
    await reader.need(4, 'list of tensors');
    const dimensions = reader.u32();
    if (dimensions > MOST_DIMENSIONS)
      throw new HeaderDamage(`its tensor ${tensors.at(-1)} has ${dimensions} dimensions`);
    await reader.need(8 * dimensions + 12, 'list of tensors');
    let size = 1;
    for (let d = 0; d < dimensions; d++) size *= reader.u64();
    const [perBlock, bytes] = BLOCKS[reader.u32()] ?? [1, 0];
    weights = Math.max(weights, reader.u64() + Math.ceil(size / perBlock) * bytes);
  }
  const start = Math.ceil(reader.at / alignment) * alignment;
  return { metadata, tensors, end: tensorCount === 0 ? reader.at : start + weights };
}

/** Reads a file from its beginning, a chunk at a time. `need` makes sure that the next bytes are in memory. */
class Reader {
  readonly #file: FileHandle;
  readonly #size: number;
  #buffer = Buffer.alloc(0);
  /** Where the buffer begins in the file, and how far it has been read. */
  #start = 0;
  #read = 0;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /** Offset in the file of the next byte. */
  get at(): number {
    return this.#start + this.#read;
  }

  async need(bytes: number, what: string): Promise<void> {
    if (this.at + bytes > this.#size) throw new HeaderDamage(`it ends after ${this.#size} bytes, within its ${what}`);
    if (this.#read + bytes <= this.#buffer.length) return;
    const kept = this.#buffer.subarray(this.#read);
    const length = Math.min(Math.max(CHUNK, bytes), this.#size - this.at);
    const next = Buffer.alloc(length);
    kept.copy(next);
    this.#start = this.at;
    this.#read = 0;
    const { bytesRead } = await this.#file.read(next, kept.length, length - kept.length, this.#start + kept.length);
    this.#buffer = next.subarray(0, kept.length + bytesRead);
    if (this.#buffer.length < bytes) throw new HeaderDamage(`it ends within its ${what}`);
  }

  /** Passes over bytes without reading them. */
  #skip(bytes: number, what: string): void {
    if (this.at + bytes > this.#size) throw new HeaderDamage(`it ends after ${this.#size} bytes, within its ${what}`);
    if (this.#read + bytes <= this.#buffer.length) this.#read += bytes;
    else {
      this.#start = this.at + bytes;
      this.#read = 0;
      this.#buffer = Buffer.alloc(0);
    }
  }

  text(bytes: number): string {
    return this.#buffer.toString('utf8', this.#read, (this.#read += bytes));
  }

  u32(): number {
    const value = this.#buffer.readUInt32LE(this.#read);
    this.#read += 4;
    return value;
  }

  /** Beyond 2^53 it loses its last digits: no file is as long. */
  u64(): number {
    const value = this.#buffer.readBigUInt64LE(this.#read);
    this.#read += 8;
    return Number(value);
  }

  /** A number of things of which each takes a byte or more. */
  count(what: string): number {
    const count = this.u64();
    if (count > this.#size) throw new HeaderDamage(`it announces ${count} ${what} in ${this.#size} bytes`);
    return count;
  }

  async string(what: string): Promise<string> {
    await this.need(8, what);
    const length = this.count('characters');
    await this.need(length, what);
    return this.text(length);
  }

  /** A metadata value; undefined for an array, which is passed over. */
  async value(type: number): Promise<string | number | boolean | undefined> {
    if (type === STRING) return this.string('metadata');
    if (type === ARRAY) return this.#array();
    const bytes = SCALAR_BYTES[type];
    if (bytes === undefined) throw new HeaderDamage(`its metadata has a value of the unknown type ${type}`);
    await this.need(bytes, 'metadata');
    const [buffer, at] = [this.#buffer, this.#read];
    this.#read += bytes;
    if (type === 7) return buffer[at] !== 0;
    if (type === 6) return buffer.readFloatLE(at);
    if (type === 12) return buffer.readDoubleLE(at);
    if (type === 10) return Number(buffer.readBigUInt64LE(at));
    if (type === 11) return Number(buffer.readBigInt64LE(at));
    const signed = type % 2 === 1;
    return signed ? buffer.readIntLE(at, bytes) : buffer.readUIntLE(at, bytes);
  }

  async #array(): Promise<undefined> {
    await this.need(12, 'metadata');
    const type = this.u32();
    const count = this.count('values');
    if (type === ARRAY) throw new HeaderDamage('its metadata has arrays of arrays');
    if (type !== STRING) {
      const bytes = SCALAR_BYTES[type];
      if (bytes === undefined) throw new HeaderDamage(`its metadata has values of the unknown type ${type}`);
      this.#skip(count * bytes, 'metadata');
      return;
    }
    for (let i = 0; i < count; i++) {
      await this.need(8, 'metadata');
      this.#skip(this.count('characters'), 'metadata');
    }
  }
}
