import type { SchemaElement } from 'hyparquet';
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
