import type { Encoding, SchemaElement } from 'hyparquet';
import type { Level } from '../../env/chance.ts';
import { deltaBytes, packDeltas, packRun, runBytes, widthOf } from './packed-integers.ts';

/**
 * A column of a table that grows: integers of 32 bits, if `rising` none less than the one before; counts, which need up to 53; numbers, NaN where there is none; one of
 * a fixed list of levels, by its index; or texts that turn up as it grows.
 */
export interface GrowingColumn {
  readonly name: string;
  readonly type: 'integer' | 'rising' | 'count' | 'number' | 'text' | readonly Level[];
}

type Values = Int32Array | Float64Array | Uint8Array | Uint32Array;

/** A column's part of a page: the values, and what says how they are written. */
export interface PageBytes {
  readonly encoding: 'DELTA_BINARY_PACKED' | 'PLAIN' | 'RLE_DICTIONARY';
  readonly bytes: Uint8Array;
  readonly nulls: number;
  /** Bytes at the beginning that say which values are there. */
  readonly levels: number;
}

/** The rows of one column that no page holds yet. */
export class ColumnBuffer {
  readonly name: string;
  /** Written by whoever fills the table. */
  readonly values: Values;
  readonly #type: GrowingColumn['type'];
  readonly #texts = new Map<string, number>();

  constructor({ name, type }: GrowingColumn, rows: number) {
    this.name = name;
    this.#type = type;
    this.values =
      type === 'integer' || type === 'rising'
        ? new Int32Array(rows)
        : type === 'count' || type === 'number'
          ? new Float64Array(rows)
          : typeof type === 'object' && type.length <= 256
            ? new Uint8Array(rows)
            : new Uint32Array(rows);
  }

  get element(): SchemaElement {
    const { name } = this;
    switch (this.#type) {
      case 'integer':
      case 'rising':
        return { name, repetition_type: 'REQUIRED', type: 'INT32' };
      case 'count':
        return { name, repetition_type: 'REQUIRED', type: 'INT64' };
      case 'number':
        return { name, repetition_type: 'OPTIONAL', type: 'DOUBLE' };
      default: {
        const type = this.#levelType;
        return { name, repetition_type: 'REQUIRED', type, ...(type === 'BYTE_ARRAY' && UTF8) };
      }
    }
  }

  /** How its pages are written. */
  get encodings(): Encoding[] {
    if (this.values instanceof Int32Array) return ['DELTA_BINARY_PACKED'];
    return this.values instanceof Float64Array ? ['PLAIN'] : ['PLAIN', 'RLE_DICTIONARY'];
  }

  /** The index that stands for a text until the next page. */
  index(text: string): number {
    let index = this.#texts.get(text);
    if (index === undefined) this.#texts.set(text, (index = this.#texts.size));
    return index;
  }

  /** The texts of this page so far; these belong to its rows. */
  get texts(): readonly string[] {
    return [...this.#texts.keys()];
  }

  /** Forgets the texts of the page that was written. */
  begin(texts: readonly string[] = []): void {
    this.#texts.clear();
    for (const text of texts) this.index(text);
  }

  /** Least and greatest of the first rows, where these are in order. */
  range(rows: number): readonly [number, number] | undefined {
    return this.#type === 'rising' && rows > 0 ? [this.values[0]!, this.values[rows - 1]!] : undefined;
  }

  /** What indices stand for, as a page of plain values; undefined for a column without a dictionary. */
  dictionary(): { readonly bytes: Uint8Array; readonly count: number } | undefined {
    if (typeof this.#type !== 'object' && this.#type !== 'text') return undefined;
    const list: readonly Level[] = this.#type === 'text' ? this.texts : this.#type;
    const type = this.#levelType;
    const cells = list.map((level) => {
      const text = type === 'BYTE_ARRAY' ? Buffer.from(String(level)) : Buffer.alloc(0);
      const head = Buffer.alloc(type === 'DOUBLE' ? 8 : 4);
      if (type === 'DOUBLE') head.writeDoubleLE(level as number);
      else head.writeInt32LE(type === 'INT32' ? (level as number) : text.length);
      return Buffer.concat([head, text]);
    });
    return { bytes: Buffer.concat(cells), count: list.length };
  }

  /** The first rows as the content of a page; its bytes are gone when the next page is made. */
  page(rows: number): PageBytes {
    const { values } = this;
    if (values instanceof Int32Array) {
      const out = room(deltaBytes(rows));
      const end = packDeltas(values, rows, out, 0, this.#type === 'rising');
      return { encoding: 'DELTA_BINARY_PACKED', bytes: out.subarray(0, end), nulls: 0, levels: 0 };
    }
    if (values instanceof Float64Array) return this.#type === 'count' ? counts(values, rows) : numbers(values, rows);
    const width = widthOf(this.#type === 'text' ? this.#texts.size : this.#type.length);
    const out = room(1 + runBytes(rows, width));
    out[0] = width;
    const end = packRun(values, rows, width, out, 1);
    return { encoding: 'RLE_DICTIONARY', bytes: out.subarray(0, end), nulls: 0, levels: 0 };
  }

  get #levelType(): 'INT32' | 'DOUBLE' | 'BYTE_ARRAY' {
    const levels = this.#type;
    if (typeof levels !== 'object' || !levels.every((level) => typeof level === 'number')) return 'BYTE_ARRAY';
    return levels.every((level) => Object.is(level, (level as number) | 0)) ? 'INT32' : 'DOUBLE';
  }
}

const UTF8 = { converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;

let scratch = new Uint8Array(2 ** 16);

/** Room for one page: it is written before the next is made. */
function room(bytes: number): Uint8Array {
  if (scratch.length < bytes) scratch = new Uint8Array(bytes);
  return scratch;
}

function counts(values: Float64Array, rows: number): PageBytes {
  const whole = BigInt64Array.from({ length: rows }, (_, i) => BigInt(values[i]!));
  return { encoding: 'PLAIN', bytes: new Uint8Array(whole.buffer), nulls: 0, levels: 0 };
}

/** Numbers, after bits that say where there is one. */
function numbers(values: Float64Array, rows: number): PageBytes {
  const there = Uint8Array.from({ length: rows }, (_, i) => (Number.isNaN(values[i]!) ? 0 : 1));
  const out = room(runBytes(rows, 1) + 8 * rows);
  const levels = packRun(there, rows, 1, out, 0);
  const view = new DataView(out.buffer);
  let to = levels;
  for (let i = 0; i < rows; i++) {
    if (there[i] === 0) continue;
    view.setFloat64(to, values[i]!, true);
    to += 8;
  }
  return { encoding: 'PLAIN', bytes: out.subarray(0, to), nulls: rows - (to - levels) / 8, levels };
}
