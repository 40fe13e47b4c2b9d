import * as zlib from 'node:zlib';
import { type Compressors, parquetMetadata, parquetReadObjects, parquetSchema, type SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Column, Exported } from './columns.ts';

/** Rows as one Parquet file: lists of strings and of doubles, strings, doubles and integers, snappy-compressed. */
export function parquetTable(columns: readonly Column[], rows: readonly Exported[]): Uint8Array {
  const schema: SchemaElement[] = [{ name: 'schema', num_children: columns.length }, ...columns.flatMap(elements)];
  const columnData = columns.map(({ name, type }) => ({
    name,
    data: rows.map((row) => {
      const value = row[name] ?? undefined;
      return type === 'integer' && value !== undefined ? BigInt(value as number) : value;
    }),
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData, schema, createdBy: 'understudy' }));
}

const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const;
const double = { type: 'DOUBLE' } as const;
/** A seed may need 53 bits. */
const integer = { type: 'INT64' } as const;

/** A column in the schema, a list as the three levels that the format's specification wants. */
function elements({ name, type, always }: Column): SchemaElement[] {
  const repetition_type = always ? 'REQUIRED' : 'OPTIONAL';
  if (type === 'texts' || type === 'numbers')
    return [
      { name, repetition_type, converted_type: 'LIST', num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', repetition_type: 'REQUIRED', ...(type === 'texts' ? text : double) },
    ];
  return [{ name, repetition_type, ...(type === 'text' ? text : type === 'number' ? double : integer) }];
}

/** Node has Zstandard from version 22.15 on. */
const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (bytes: Uint8Array) => Uint8Array };

const compressors: Compressors = {
  GZIP: (bytes) => zlib.gunzipSync(bytes),
  BROTLI: (bytes) => zlib.brotliDecompressSync(bytes),
  ...(zstdDecompressSync && { ZSTD: (bytes: Uint8Array) => zstdDecompressSync(bytes) }),
};

/** Rows of a Parquet file as they would stand in JSON Lines: integers as numbers, and what is null absent. */
export async function parquetRows(bytes: Buffer): Promise<Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = [];
  for await (const rows of parquetRowGroups(bytes)) all.push(...rows);
  return all;
}

/** Rows of a Parquet file as CSV would have them: every cell a text, empty where there is no value. */
export async function parquetCells(
  bytes: Buffer,
): Promise<{ readonly columns: readonly string[]; readonly rows: readonly Record<string, string>[] }> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const columns = parquetSchema(parquetMetadata(file)).children.map(({ element }) => element.name);
  const rows = await parquetRows(bytes);
  return {
    columns,
    rows: rows.map((row) => Object.fromEntries(columns.map((name) => [name, String(row[name] ?? '')]))),
  };
}

/** As `parquetRows`, a row group at a time. */
export async function* parquetRowGroups(bytes: Buffer): AsyncGenerator<Record<string, unknown>[]> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const metadata = parquetMetadata(file);
  let rowStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows);
    const rows = await parquetReadObjects({ file, compressors, metadata, rowStart, rowEnd });
    yield rows.map((row) =>
      Object.fromEntries(Object.entries(row).flatMap(([name, value]) => (value == null ? [] : [[name, plain(value)]]))),
    );
    rowStart = rowEnd;
  }
}

function plain(value: unknown): unknown {
  // A number of more than 53 bits is a name: rounded, two of them could become one.
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value as Iterable<unknown>, plain);
  if (typeof value === 'object' && value !== null && !(value instanceof Date))
    return Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, plain(inside)]));
  return value;
}
