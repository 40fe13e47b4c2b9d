import { readFileSync } from 'node:fs';
import { dataFile } from '../../../workspace/bundled.ts';

/** A metadata entry as it stands in a file: key, type, and the bytes of its value. */
export type Entry = readonly [key: string, type: number, value: Buffer];

/** A tensor as it stands in a file: name to type, without the offset, and its weights. */
export interface RawTensor {
  readonly head: Buffer;
  readonly weights: Buffer;
}

const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u64 = (value: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const string = (text: string) => Buffer.concat([u64(Buffer.byteLength(text)), Buffer.from(text)]);

export const textEntry = (key: string, text: string): Entry => [key, 8, string(text)];
export const u16Entry = (key: string, value: number): Entry => [key, 2, u32(value).subarray(0, 2)];
export const i32Entry = (key: string, value: number): Entry => [key, 5, u32(value)];
export const u32Entry = (key: string, value: number): Entry => [key, 4, u32(value)];
export const f32Entry = (key: string, value: number): Entry => [key, 6, Buffer.from(Float32Array.of(value).buffer)];
export const booleanEntry = (key: string, value: boolean): Entry => [key, 7, Buffer.from([value ? 1 : 0])];
const array = (type: number, length: number, values: Buffer) => Buffer.concat([u32(type), u64(length), values]);
export const textsEntry = (key: string, texts: readonly string[]): Entry => [
  key,
  9,
  array(8, texts.length, Buffer.concat(texts.map(string))),
];
export const i32sEntry = (key: string, values: readonly number[]): Entry => [
  key,
  9,
  array(5, values.length, Buffer.from(Int32Array.from(values).buffer)),
];
export const f32sEntry = (key: string, values: readonly number[]): Entry => [
  key,
  9,
  array(6, values.length, Buffer.from(Float32Array.from(values).buffer)),
];

/** A tensor of float32 weights; default shape: one row. The first size is that of a row. */
export function f32Tensor(
  name: string,
  weights: ArrayLike<number>,
  shape: readonly number[] = [weights.length],
): RawTensor {
  return {
    head: Buffer.concat([string(name), u32(shape.length), ...shape.map(u64), u32(0)]),
    weights: Buffer.from(Float32Array.from(weights).buffer),
  };
}

const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc((32 - (bytes.length % 32)) % 32)]);

/** A GGUF file of version 3. */
export function ggufOf(metadata: readonly Entry[], tensors: readonly RawTensor[]): Buffer {
  let offset = 0;
  const infos = tensors.map(({ head, weights }) => {
    const info = Buffer.concat([head, u64(offset)]);
    offset += padded(weights).length;
    return info;
  });
  const entries = metadata.map(([key, type, value]) => Buffer.concat([string(key), u32(type), value]));
  const header = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(metadata.length), ...entries, ...infos];
  return Buffer.concat([padded(Buffer.concat(header)), ...tensors.map(({ weights }) => padded(weights))]);
}

/** A model in shards, as llama-gguf-split makes them: all metadata in the first, and in each its number. */
export function shardsOf(metadata: readonly Entry[], shards: readonly (readonly RawTensor[])[]): Buffer[] {
  const tensors = shards.reduce((sum, shard) => sum + shard.length, 0);
  return shards.map((shard, i) =>
    ggufOf(
      [
        ...(i === 0 ? metadata : []),
        u16Entry('split.no', i),
        u16Entry('split.count', shards.length),
        i32Entry('split.tensors.count', tensors),
      ],
      shard,
    ),
  );
}

/** Metadata and tensors of the bundled teacher. */
export function tinyParts(): { metadata: Entry[]; tensors: RawTensor[] } {
  const file = readFileSync(dataFile('teachers/tiny.gguf'));
  let at = 8;
  const number = (bytes: 4 | 8) => {
    const value = bytes === 4 ? file.readUInt32LE(at) : Number(file.readBigUInt64LE(at));
    at += bytes;
    return value;
  };
  const pass = (bytes: number) => file.subarray(at, (at += bytes));
  const skip = (type: number) => {
    if (type === 8) pass(number(8));
    else if (type === 9) {
      const of = number(4);
      for (let left = number(8); left > 0; left--) skip(of);
    } else pass([1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8][type]!);
  };
  const [tensorCount, entryCount] = [number(8), number(8)];
  const metadata = Array.from({ length: entryCount }, (): Entry => {
    const key = pass(number(8)).toString();
    const type = number(4);
    const from = at;
    skip(type);
    return [key, type, file.subarray(from, at)];
  });
  const infos = Array.from({ length: tensorCount }, () => {
    const from = at;
    pass(number(8));
    pass(8 * number(4));
    pass(4);
    return { head: file.subarray(from, at), offset: number(8) };
  });
  const data = file.subarray(Math.ceil(at / 32) * 32);
  const offsets = [...infos.map(({ offset }) => offset).sort((a, b) => a - b), data.length];
  const tensors = infos.map(({ head, offset }) => ({
    head,
    weights: data.subarray(offset, offsets[offsets.indexOf(offset) + 1]),
  }));
  return { metadata, tensors };
}
