import { UnderstudyError } from '../../env/error.ts';
import { joinPhrases } from '../csv.ts';
import { quoted } from '../json-text.ts';
import { FileProblem, peek, readTableFile } from './bytes.ts';
import { DelimitedRecords } from './delimited-records.ts';
import { LineProblem, Lines } from './lines.ts';
import { readArray, readLines } from './read-rows.ts';

/** A row of a table. */
export interface TableRecord {
  /** Where: "line 3", or "row 3" in a file that has no lines. */
  readonly place: string;
  /** By column; undefined, as what lies behind the end, where a row has no value. */
  readonly cells: readonly (string | undefined)[];
}

export interface ReadRecordsOptions {
  /** Between the cells; default: what the first lines show. */
  readonly delimiter?: string;
  /** Rows below the header that are not data. */
  readonly skip?: number;
  /** Bytes that are read at a time; default 1 MiB. */
  readonly chunkBytes?: number;
  /** Told how many bytes were read. */
  readonly onBytes?: (bytes: number) => void;
}

/** What there is to know of a table beside its rows. */
export interface TableFacts {
  /** Names of the columns; a JSON table may have further ones in later rows. */
  readonly columns: readonly string[];
  /** Absent for JSON and Parquet, whose numbers are numbers. */
  readonly delimiter?: string;
  readonly sha256: string;
  /** What was passed over beside rows. */
  readonly notes: readonly string[];
}

/**
 * Reads any table record by record, in memory that does not grow with it: delimited text with a header (comma, semicolon,
 * tab or bar, quoted cells with line ends in them), JSON Lines, a JSON array, Parquet; UTF-8 or UTF-16; plain or gzip.
 * Numbers of JSON and Parquet are written as JavaScript writes them, lists as `joinPhrases` does.
 * @param take called with each record and the columns known by then; what it throws ends the reading
 * @throws {UnderstudyError} POLICY_FILE naming the file, the line, and what can be done
 */
export async function readRecords(
  path: string,
  options: ReadRecordsOptions,
  take: (record: TableRecord, columns: readonly string[]) => void,
): Promise<TableFacts> {
  const columns: string[] = [];
  const facts: { delimiter?: string; notes: readonly string[] } = { notes: [] };
  const skip = { left: options.skip ?? 0 };
  const object = (values: Readonly<Record<string, unknown>>, place: string) => {
    if (skip.left-- > 0) return;
    const cells: (string | undefined)[] = [];
    for (const [name, value] of Object.entries(values)) {
      let c = columns.indexOf(name);
      if (c < 0) c = columns.push(name) - 1;
      cells[c] = cellOf(value);
    }
    take({ place, cells }, columns);
  };
  const sha256 = await readTableFile(
    path,
    options.chunkBytes ?? 1 << 20,
    'name a table that is there',
    {
      async text(bytes) {
        const peeked = await peek(bytes);
        const start = peeked.head.toString('utf8').replace(/^\uFEFF/, '');
        const [first] = start.trimStart();
        const rows = {
          path,
          take: ({
            place,
            values,
          }: {
            place: string;
            values: Record<string, unknown> | Readonly<Record<string, unknown>>;
          }) => object(values, place),
        };
        if (first === undefined) throw new FileProblem('is empty');
        if (first === '[') return readArray(peeked.bytes, rows);
        if (first === '{') return readLines(peeked.bytes, rows);
        const records = new DelimitedRecords(options, (record) => take(record, records.columns));
        const lines = new Lines((text, line) => records.push(text, line));
        for await (const chunk of peeked.bytes) lines.push(chunk);
        lines.end();
        records.end();
        columns.push(...records.columns);
        Object.assign(facts, { delimiter: records.delimiter, notes: records.notes });
      },
      async parquet(bytes) {
        const { parquetRowGroups } = await import('./parquet.ts');
        let row = 0;
        try {
          for await (const rows of parquetRowGroups(bytes)) for (const values of rows) object(values, `row ${++row}`);
        } catch (error) {
          if (error instanceof UnderstudyError || error instanceof LineProblem) throw error;
          throw new FileProblem(`is Parquet that cannot be read (${quoted((error as Error).message).slice(1, -1)})`);
        }
      },
    },
    options.onBytes,
  );
  return { columns, sha256, ...facts };
}

/** A value of JSON or Parquet as a cell would say it. */
function cellOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) return joinPhrases(value.map((item) => cellOf(item) ?? ''));
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object') return JSON.stringify(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return undefined;
  const text = String(value).trim();
  return text === '' ? undefined : text;
}
