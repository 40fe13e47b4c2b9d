import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { asyncBufferFromFile, parquetMetadataAsync, type RowGroup } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { GrowingFile } from '../growing-file.ts';
import { ColumnBuffer, type GrowingColumn } from './column-buffer.ts';

/** What Parquet files begin and end with. */
export const MAGIC = 'PAR1';

/** Who wrote a file, in its footer. */
export const CREATED_BY = 'understudy';

/** What the name of a table is followed by in that of the file where its row groups are noted while it grows. */
export const GROUPS = '.groups';

/** A row group that is on the disk. */
interface Group {
  readonly rows: number;
  readonly columns: readonly {
    readonly at: number;
    /** Where its data page begins, after its dictionary if it has one. */
    readonly dataAt: number;
    readonly bytes: number;
    /** Least and greatest value. */
    readonly range?: readonly [number, number];
  }[];
}

/** How far a table is. */
export interface TableMark {
  /** Bytes of its file and of the notes on its row groups. */
  readonly bytes: number;
  readonly groups: number;
}

/**
 * A Parquet file that grows by row groups of a fixed number of rows, whatever happens in between; memory holds one of them.
 * Its bytes depend on its rows alone. What its footer says of each group is noted beside it until it is finished.
 */
export class GrowingParquet {
  readonly columns: readonly ColumnBuffer[];
  /** Rows of a group. */
  readonly size: number;
  /** Rows of the group that grows. */
  rows = 0;
  readonly #file: GrowingFile;
  readonly #groups: GrowingFile;

  private constructor(file: GrowingFile, groups: GrowingFile, columns: readonly GrowingColumn[], size: number) {
    this.#file = file;
    this.#groups = groups;
    this.columns = columns.map((column) => new ColumnBuffer(column, size));
    this.size = size;
  }

  static async create(path: string, columns: readonly GrowingColumn[], size: number): Promise<GrowingParquet> {
    const file = await GrowingFile.create(path);
    await file.text(MAGIC);
    return new GrowingParquet(file, await GrowingFile.create(path + GROUPS), columns, size);
  }

  /**
   * Goes on with a table, finished or not; what was added after the mark is cut off.
   * @param rows what `pending` gave there
   * @throws {RangeError} if the file is shorter
   */
  static async resume(
    path: string,
    columns: readonly GrowingColumn[],
    size: number,
    mark: TableMark,
    rows: Uint8Array,
  ): Promise<GrowingParquet> {
    if (!existsSync(path + GROUPS)) await writeFile(path + GROUPS, await groupsIn(path));
    const file = await GrowingFile.resume(path, mark.bytes);
    const table = new GrowingParquet(file, await GrowingFile.resume(path + GROUPS, mark.groups), columns, size);
    table.#restore(rows);
    return table;
  }

  get path(): string {
    return this.#file.path;
  }

  get isEmpty(): boolean {
    return this.rows === 0 && this.#groups.length === 0;
  }

  /** Rows that the group has room for. */
  get room(): number {
    return this.size - this.rows;
  }

  /** Whoever has written rows into the columns, from `rows` on, says how many. */
  async added(rows: number): Promise<void> {
    this.rows += rows;
    if (this.rows === this.size) await this.#writeGroup();
  }

  /** Waits until all whole groups are on the disk. */
  async sync(): Promise<TableMark> {
    return { bytes: await this.#file.sync(), groups: await this.#groups.sync() };
  }

  /** The rows that are in no whole group, for `resume`. */
  pending(): Uint8Array {
    const head = Buffer.from(JSON.stringify({ rows: this.rows, texts: this.columns.map(({ texts }) => texts) }));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(head.length);
    return Buffer.concat([length, head, ...this.columns.map(({ values }) => bytesOf(values.subarray(0, this.rows)))]);
  }

  /** Writes the last rows and what every Parquet file ends with. @returns bytes of the file */
  async finish(): Promise<number> {
    if (this.rows > 0) await this.#writeGroup();
    await this.#groups.sync();
    const noted = (await readFile(this.#groups.path, 'utf8')).split('\n').slice(0, -1);
    const writer = new ByteWriter();
    const footer = new ParquetWriter({
      writer,
      schema: [{ name: 'schema', num_children: this.columns.length }, ...this.columns.map(({ element }) => element)],
      createdBy: CREATED_BY,
    });
    for (const line of noted) footer.row_groups.push(this.#rowGroup(JSON.parse(line) as Group));
    footer.num_rows = footer.row_groups.reduce((sum, { num_rows }) => sum + num_rows, 0n);
    await footer.finish();
    await this.#file.append(writer.getBytes().subarray(MAGIC.length));
    const bytes = await this.#file.sync();
    await this.close();
    await rm(this.#groups.path);
    return bytes;
  }

  async close(): Promise<void> {
    await this.#file.close();
    await this.#groups.close();
  }

  async #writeGroup(): Promise<void> {
    const { rows } = this;
    const columns: Group['columns'][number][] = [];
    for (const column of this.columns) {
      const at = this.#file.length;
      const dictionary = column.dictionary();
      if (dictionary) {
        const { bytes, count } = dictionary;
        await this.#writePage(bytes, {
          type: 'DICTIONARY_PAGE',
          dictionary_page_header: { num_values: count, encoding: 'PLAIN' },
        });
      }
      const dataAt = this.#file.length;
      const { encoding, bytes, nulls, levels } = column.page(rows);
      await this.#writePage(bytes, {
        type: 'DATA_PAGE_V2',
        data_page_header_v2: {
          num_values: rows,
          num_nulls: nulls,
          num_rows: rows,
          encoding,
          definition_levels_byte_length: levels,
          repetition_levels_byte_length: 0,
          is_compressed: false,
        },
      });
      const range = column.range(rows);
      columns.push({ at, dataAt, bytes: this.#file.length - at, ...(range && { range }) });
      column.begin();
    }
    this.rows = 0;
    await this.#groups.text(noteOf({ rows, columns }));
  }

  async #writePage(bytes: Uint8Array, header: Omit<Parameters<typeof writePageHeader>[1], `${string}_page_size`>) {
    const writer = new ByteWriter();
    writePageHeader(writer, { ...header, uncompressed_page_size: bytes.length, compressed_page_size: bytes.length });
    await this.#file.append(writer.getBytes());
    await this.#file.append(bytes);
  }

  #rowGroup({ rows, columns }: Group): RowGroup {
    const sizes = BigInt(columns.reduce((sum, { bytes }) => sum + bytes, 0));
    return {
      num_rows: BigInt(rows),
      total_byte_size: sizes,
      total_compressed_size: sizes,
      columns: columns.map(({ at, dataAt, bytes, range }, c) => {
        const { name, type } = this.columns[c]!.element;
        return {
          file_offset: BigInt(at),
          meta_data: {
            type: type!,
            encodings: this.columns[c]!.encodings,
            path_in_schema: [name],
            codec: 'UNCOMPRESSED',
            num_values: BigInt(rows),
            total_compressed_size: BigInt(bytes),
            total_uncompressed_size: BigInt(bytes),
            data_page_offset: BigInt(dataAt),
            ...(dataAt > at && { dictionary_page_offset: BigInt(at) }),
            ...(range && { statistics: { min_value: range[0], max_value: range[1], null_count: 0n } }),
          },
        };
      }),
    };
  }

  #restore(pending: Uint8Array): void {
    const bytes = Buffer.from(pending.buffer, pending.byteOffset, pending.length);
    const end = 4 + bytes.readUInt32LE(0);
    const { rows, texts } = JSON.parse(bytes.toString('utf8', 4, end)) as { rows: number; texts: string[][] };
    let at = end;
    this.columns.forEach((column, c) => {
      const own = bytesOf(column.values.subarray(0, rows));
      own.set(bytes.subarray(at, (at += own.length)));
      column.begin(texts[c]);
    });
    this.rows = rows;
  }
}

const noteOf = (group: Group): string => `${JSON.stringify(group)}\n`;

/** What is noted on the row groups of a table that is finished. */
async function groupsIn(path: string): Promise<string> {
  const { row_groups } = await parquetMetadataAsync(await asyncBufferFromFile(path));
  const notes = row_groups.map(({ num_rows, columns }) =>
    noteOf({
      rows: Number(num_rows),
      columns: columns.map(({ meta_data }) => {
        const { dictionary_page_offset, data_page_offset, total_compressed_size, statistics } = meta_data!;
        return {
          at: Number(dictionary_page_offset ?? data_page_offset),
          dataAt: Number(data_page_offset),
          bytes: Number(total_compressed_size),
          ...(statistics && { range: [Number(statistics.min_value), Number(statistics.max_value)] as const }),
        };
      }),
    }),
  );
  return notes.join('');
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
