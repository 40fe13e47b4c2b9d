import { extname } from 'node:path';
import type { Phrases } from '../../env/observation.ts';
import { parseRow, quoted } from '../json-text.ts';
import { FileProblem, joined, peek, readTableFile } from './bytes.ts';
import { rowOfCells } from './cells.ts';
import { delimitedRows, delimiterOf } from './delimited.ts';
import { Elements } from './elements.ts';
import { LineProblem, Lines } from './lines.ts';

/** A row as it stands in a file. */
export interface FileRow {
  /** Where: "line 3", or "row 3" in a file that has no lines. */
  readonly place: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** The line itself, in JSON Lines. */
  readonly text?: string;
}

export interface ReadRowsOptions {
  /** Phrases that a cell of a CSV may hold. */
  readonly known: Phrases;
  /** Bytes that are read at a time; default 1 MiB. */
  readonly chunkBytes?: number;
}

/**
 * Reads a file of rows, whatever it is: JSON Lines, a JSON array, CSV (with commas, semicolons or tabs) and Parquet;
 * text in UTF-8 or UTF-16, with or without a byte order mark; plain or gzip. The content decides, not the name. JSON is
 * read piece by piece and may be of any size.
 * @param take called with each row, in the order of the file; what it throws ends the reading
 * @returns SHA-256 of the file's bytes in lower-case hex
 * @throws {UnderstudyError} POLICY_FILE naming the file, the line if there is one, and what can be done
 */
export async function readRows(
  path: string,
  { known, chunkBytes = 1 << 20 }: ReadRowsOptions,
  take: (row: FileRow) => void,
): Promise<{ readonly sha256: string }> {
  const reading = { path, known, take };
  const sha256 = await readTableFile(path, chunkBytes, 'understudy dataset makes such a file', {
    text: (bytes) => readText(bytes, reading),
    parquet: (bytes) => readParquet(bytes, reading),
  });
  return { sha256 };
}

interface Reading extends Pick<ReadRowsOptions, 'known'> {
  readonly path: string;
  readonly take: (row: FileRow) => void;
}

/** UTF-8: JSON Lines, a JSON array or delimited values. */
async function readText(source: AsyncIterable<Buffer>, reading: Reading): Promise<void> {
  const { head, bytes } = await peek(source);
  const start = head.toString('utf8').replace(/^\uFEFF/, '');
  const [first] = start.trimStart();
  if (first === '[') return readArray(bytes, reading);
  const table = /\.[ct]sv(\.gz)?$/i.test(reading.path) ? ',' : undefined;
  const delimiter = first === '{' ? undefined : (delimiterOf(start) ?? table);
  if (delimiter !== undefined && first !== undefined) return readDelimited(await joined(bytes), delimiter, reading);
  return readLines(bytes, reading);
}

/** A row; or why not, in a sentence without a subject. */
function rowOf(text: string): Record<string, unknown> | string {
  const row = parseRow(text);
  if (typeof row === 'string') return row;
  // JSON.parse keeps the last of two values with one name.
  const twice = Object.keys(row).find((name) => times(text, name) > 1);
  return twice === undefined ? row : `has ${quoted(twice)} more than once; keep the right one`;
}

/** How many values of a JSON object's text have a name, those of objects inside it not counted. */
function times(text: string, name: string): number {
  const key = JSON.stringify(name);
  // Nearly always once: then there is nothing to count.
  if (text.indexOf(key) === text.lastIndexOf(key)) return 1;
  let [count, depth] = [0, 0];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && token.endsWith(':') && JSON.parse(token.slice(0, -1)) === name) count++;
  }
  return count;
}

/** Rows of JSON Lines. @throws {LineProblem} */
export async function readLines(
  bytes: AsyncIterable<Buffer>,
  { path, take }: Pick<Reading, 'path' | 'take'>,
): Promise<void> {
  const lines = new Lines((text, line) => {
    if (text.trim() === '') return;
    const values = rowOf(text);
    if (typeof values !== 'string') return take({ place: `line ${line}`, values, text });
    if (line === 1 && text.trim() === '{')
      throw new LineProblem(line, 'begins a row that continues in the next line; write one row per line (`jq -c .`)');
    const other = extname(path) === '.json' ? ' (a .json file of rows is a list in brackets)' : '';
    throw new LineProblem(line, values + other);
  });
  for await (const chunk of bytes) lines.push(chunk);
  lines.end();
}

/** Rows of a JSON array. @throws {LineProblem} */
export async function readArray(bytes: AsyncIterable<Buffer>, { take }: Pick<Reading, 'take'>): Promise<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const elements = new Elements((text, line) => {
    const values = rowOf(text);
    if (typeof values === 'string') throw new LineProblem(line, values);
    take({ place: `line ${line}`, values });
  });
  const decode = (chunk?: Buffer) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new FileProblem('is not valid UTF-8 throughout; save it as UTF-8');
    }
  };
  for await (const chunk of bytes) elements.push(decode(chunk));
  elements.push(decode());
  elements.end();
}

function readDelimited(bytes: Buffer, delimiter: string, { known, take }: Reading): void {
  if (bytes.length > LARGEST_TABLE)
    throw new FileProblem(`is a table of more than ${LARGEST_TABLE >> 20} MiB; write it as JSON Lines`);
  // Names the line that is not UTF-8.
  const check = new Lines(() => {});
  check.push(bytes);
  check.end();
  for (const { line, cells } of delimitedRows(bytes.toString('utf8'), delimiter))
    take({ place: `line ${line}`, values: rowOfCells(cells, known) });
}

/** A string holds 512 MiB at most. */
const LARGEST_TABLE = 400 << 20;

async function readParquet(bytes: Buffer, { take }: Reading): Promise<void> {
  const { parquetRows } = await import('./parquet.ts');
  let rows: readonly Record<string, unknown>[];
  try {
    rows = await parquetRows(bytes);
  } catch (error) {
    throw new FileProblem(`is Parquet that cannot be read (${quoted((error as Error).message).slice(1, -1)})`);
  }
  rows.forEach((values, i) => take({ place: `row ${i + 1}`, values }));
}
