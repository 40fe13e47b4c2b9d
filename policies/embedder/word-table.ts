import { readFileSync } from 'node:fs';
import { dataFile } from '../../workspace/bundled.ts';

/** Word vectors, words from the most frequent to the rarest. */
export interface WordTable {
  readonly words: readonly string[];
  readonly dimensions: number;
  /** Shape [words][dimensions]. */
  readonly vectors: readonly ArrayLike<number>[];
}

/** The largest component of a vector becomes this integer. */
const LARGEST = 127;

/**
 * A table in one file: the number of words and of dimensions (uint32), a scale for each word (float32), its components in
 * 8 bits (int8), then the words in UTF-8, one a line; all little-endian. A component is at most 1/254 of its vector's
 * largest away from what it was.
 */
export function packWordVectors({ words, dimensions, vectors }: WordTable): Buffer {
  const head = Buffer.alloc(8 + 4 * words.length);
  head.writeUInt32LE(words.length, 0);
  head.writeUInt32LE(dimensions, 4);
  const components = new Int8Array(words.length * dimensions);
  vectors.forEach((vector, word) => {
    const scale = Math.max(...Array.from(vector, Math.abs)) / LARGEST || 1;
    head.writeFloatLE(scale, 8 + 4 * word);
    for (let i = 0; i < dimensions; i++) components[word * dimensions + i] = Math.round(vector[i]! / scale);
  });
  return Buffer.concat([head, Buffer.from(components.buffer), Buffer.from(words.join('\n'))]);
}

/** @throws {RangeError} for bytes that packWordVectors did not write */
export function unpackWordVectors(bytes: Buffer): WordTable {
  const count = bytes.length < 8 ? 0 : bytes.readUInt32LE(0);
  const dimensions = bytes.length < 8 ? 0 : bytes.readUInt32LE(4);
  const from = 8 + 4 * count;
  const end = from + count * dimensions;
  const words = bytes.subarray(end).toString('utf8').split('\n');
  if (count === 0 || end > bytes.length || words.length !== count)
    throw new RangeError(`expected vectors of ${count} words, got ${bytes.length} bytes with ${words.length} words`);
  const components = new Int8Array(bytes.buffer, bytes.byteOffset + from, count * dimensions);
  const vectors = words.map((_, word) => {
    const scale = bytes.readFloatLE(8 + 4 * word);
    const vector = new Float64Array(dimensions);
    for (let i = 0; i < dimensions; i++) vector[i] = scale * components[word * dimensions + i]!;
    return vector;
  });
  return { words, dimensions, vectors };
}

/** The bundled table: common English words, GloVe, 100 dimensions. data/README.md says how they were chosen. */
export const bundledWordVectors = (): WordTable =>
  unpackWordVectors(readFileSync(dataFile('vectors/glove-en-100d.bin')));
