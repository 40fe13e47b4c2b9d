import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { philox4x32 } from '../../env/random.ts';
import type { GrowingColumn } from './column-buffer.ts';
import { GrowingParquet, type TableMark } from './growing-parquet.ts';

const columns: readonly GrowingColumn[] = [
  { name: 'wild', type: 'integer' },
  { name: 'rising', type: 'rising' },
  { name: 'steps', type: 'rising' },
  { name: 'count', type: 'count' },
  { name: 'share', type: 'number' },
  { name: 'colour', type: ['red', 'grün', 'blue'] },
  { name: 'hour', type: [8, 12, 23] },
  { name: 'degrees', type: [-0.5, 2] },
  { name: 'name', type: 'text' },
  { name: 'alone', type: ['one'] },
];

const luck = (n: number): number => philox4x32([n, 0, 0, 0], [5, 0])[0];
/** What stands in row i, as a reader gives it. */
const rowAt = (i: number) => ({
  wild: i % 7 === 0 ? [-(2 ** 31), 2 ** 31 - 1][luck(i) & 1]! : luck(i) | 0,
  rising: 5 * i + (luck(i) & 3),
  steps: Math.floor(i / 300),
  count: BigInt(i % 3 === 0 ? Number.MAX_SAFE_INTEGER - i : i),
  share: i % 4 === 3 ? null : 1 / (i + 1),
  colour: ['red', 'grün', 'blue'][luck(i) % 3]!,
  hour: [8, 12, 23][Math.floor(i / 100) % 3]!,
  degrees: [-0.5, 2][luck(i) & 1]!,
  name: `somebody ${Math.floor(i / 40)}, "quoted"`,
  alone: 'one',
});

describe('a Parquet file that grows', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'understudy-parquet-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const fill = async (table: GrowingParquet, from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const row = rowAt(i);
      const cells = [
        ...[row.wild, row.rising, row.steps, Number(row.count), row.share ?? Number.NaN],
        ...[['red', 'grün', 'blue'].indexOf(row.colour), [8, 12, 23].indexOf(row.hour), [-0.5, 2].indexOf(row.degrees)],
        ...[table.columns[8]!.index(row.name), 0],
      ];
      cells.forEach((cell, c) => (table.columns[c]!.values[table.rows] = cell));
      await table.added(1);
    }
  };
  const read = async (path: string) => {
    const bytes = await readFile(path);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    return { metadata: parquetMetadata(file), rows: await parquetReadObjects({ file }) };
  };

  it.each([0, 1, 2, 129, 256, 257, 1000])('gives back %i rows as they are, in whole groups and a rest', async (n) => {
    const table = await GrowingParquet.create(join(folder, 'table'), columns, 256);
    await fill(table, 0, n);
    await table.finish();
    const { metadata, rows } = await read(table.path);
    expect(rows).toEqual(Array.from({ length: n }, (_, i) => rowAt(i)));
    expect(metadata.row_groups.map(({ num_rows }) => Number(num_rows))).toEqual(
      Array.from({ length: Math.ceil(n / 256) }, (_, g) => Math.min(256, n - 256 * g)),
    );
    expect(metadata.schema.slice(1).map(({ type }) => type)).toEqual(
      ['INT32', 'INT32', 'INT32', 'INT64', 'DOUBLE', 'BYTE_ARRAY', 'INT32', 'DOUBLE', 'BYTE_ARRAY', 'BYTE_ARRAY'], // biome-ignore format: one line
    );
    if (n > 0)
      expect(metadata.row_groups[0]!.columns[1]!.meta_data!.statistics).toMatchObject({
        min_value: rowAt(0).rising,
        max_value: rowAt(Math.min(n, 256) - 1).rising,
      });
    expect(await readdir(folder)).toEqual(['table']);
  });

  it('that is taken up anywhere again ends with the same bytes', async () => {
    const whole = await GrowingParquet.create(join(folder, 'whole'), columns, 64);
    await fill(whole, 0, 500);
    await whole.finish();
    let table = await GrowingParquet.create(join(folder, 'again'), columns, 64);
    for (const [stop, beyond] of [
      [0, 30],
      [63, 300],
      [64, 70],
      [200, 201],
      [500, 500],
    ] as const) {
      await fill(table, [0, 0, 63, 64, 200][[0, 63, 64, 200, 500].indexOf(stop)]!, stop);
      const mark: TableMark = await table.sync();
      const pending = table.pending();
      await fill(table, stop, beyond);
      await table.sync();
      await table.close();
      table = await GrowingParquet.resume(table.path, columns, 64, mark, pending);
    }
    await table.finish();
    expect(await readFile(table.path)).toEqual(await readFile(whole.path));
  });
});
