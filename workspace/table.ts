import { csvText, joinPhrases, parseCsv, splitPhrases } from './csv.ts';
import type { Workspace } from './paths.ts';
import { damaged, readText } from './result-file.ts';

/** How a value stands in a cell, and what a cell says. */
export interface Cell<T> {
  readonly write: (value: T) => string | number | undefined;
  /** @throws {SyntaxError} saying what was expected */
  readonly read: (cell: string) => T;
}

/** Text as it is. */
export const text: Cell<string> = { write: (value) => value, read: (cell) => cell };

/** A number; an empty cell, as other programs write what is not a number, is NaN. */
export const decimal: Cell<number> = {
  write: (value) => value,
  read: (cell) => (cell.trim() === '' ? Number.NaN : numberIn(cell)),
};

/** An integer from 0 on. */
export const count: Cell<number> = {
  write: (value) => value,
  read: (cell) => {
    const value = numberIn(cell);
    if (!Number.isSafeInteger(value) || value < 0) throw expected('an integer of 0 or more', cell);
    return value;
  },
};

export const flag: Cell<boolean> = {
  write: String,
  read: (cell) => {
    if (!/^(true|false)$/i.test(cell)) throw expected('true or false', cell);
    return cell.toLowerCase() === 'true';
  },
};

/** One of some words. */
export const oneOf = <T extends string>(words: readonly T[]): Cell<T> => ({
  write: (value) => value,
  read: (cell) => {
    const word = words.find((one) => one === cell);
    if (word === undefined) throw expected(words.join(' or '), cell);
    return word;
  },
});

/** Phrases in one cell. */
export const phrases: Cell<readonly string[]> = { write: joinPhrases, read: splitPhrases };

/** A cell that is empty if there is no value. */
export const optional = <T>({ write, read }: Cell<T>): Cell<T | undefined> => ({
  write: (value) => (value === undefined ? undefined : write(value)),
  read: (cell) => (cell === '' ? undefined : read(cell)),
});

const expected = (what: string, cell: string) => new SyntaxError(`expected ${what}, got ${JSON.stringify(cell)}`);

/** As JavaScript and Python write numbers; not 0x10, and not an empty cell, which `Number` takes for 0. */
function numberIn(cell: string): number {
  const trimmed = cell.trim();
  if (/^nan$/i.test(trimmed)) return Number.NaN;
  if (/^[+-]?inf(inity)?$/i.test(trimmed)) return trimmed.startsWith('-') ? -Infinity : Infinity;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) throw expected('a number', cell);
  return Number(trimmed);
}

/** A column: its name in the file, what its cells hold, and whether files of earlier versions may lack it. */
export type Column<T> = readonly [name: string, cell: Cell<T>, lacking?: 'may lack'];
// biome-ignore lint/suspicious/noExplicitAny: a table has columns of several types
export type Columns = Readonly<Record<string, Column<any>>>;

// biome-ignore lint/suspicious/noExplicitAny: as above
type Value<C> = C extends readonly [string, Cell<infer T>, any?] ? T : never;
type Empty<C extends Columns> = { [K in keyof C]: undefined extends Value<C[K]> ? K : never }[keyof C];
type Lacking<C extends Columns> = {
  [K in keyof C]: C[K] extends readonly [...unknown[], 'may lack'] ? K : never;
}[keyof C];
type Row<C extends Columns, Optional> = { readonly [K in Exclude<keyof C, Optional>]: Value<C[K]> } & {
  readonly [K in Extract<keyof C, Optional>]?: Value<C[K]>;
};

/** A row as it is written; a value that may be undefined may be left out. */
export type RowOf<C extends Columns> = Row<C, Empty<C>>;
/** A row as it is read, perhaps from a file of an earlier version. */
export type EarlierRowOf<C extends Columns> = Row<C, Empty<C> | Lacking<C>>;

/** The text of a table of these columns, in their order. */
export function tableText<C extends Columns>(columns: C, rows: readonly RowOf<C>[]): string {
  const all = Object.entries(columns);
  return csvText([
    all.map(([, [name]]) => name),
    ...rows.map((row) => all.map(([key, [, cell]]) => cell.write((row as Record<string, unknown>)[key]))),
  ]);
}

/**
 * The rows of a table of these columns, whatever others it has; undefined where the file is not there.
 * @param verb which makes the file
 * @throws {UnderstudyError} DISTILL_FILE naming the column, and the line where a cell does not hold what it should
 */
export async function readTable<C extends Columns>(
  paths: Workspace,
  path: string,
  verb: string,
  columns: C,
): Promise<EarlierRowOf<C>[] | undefined> {
  const content = await readText(paths, path, verb);
  if (content === undefined) return undefined;
  try {
    return rowsIn(content, columns);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw damaged(paths, path, verb, error.message, error);
  }
}

/** @throws {SyntaxError} */
function rowsIn<C extends Columns>(content: string, columns: C): EarlierRowOf<C>[] {
  const { columns: names, rows } = parseCsv(content);
  if (names.length === 0) throw new SyntaxError('it is empty');
  // The first digits of a number are a number too.
  if (!/[\r\n]$/.test(content)) throw new SyntaxError('its last line has no line end, so it may be cut off');
  const all = Object.entries(columns);
  const missing = all.find(([, [name, , lacking]]) => !lacking && !names.includes(name));
  if (missing) {
    const [[only = '']] = [names];
    const other = names.length === 1 && [';', '\t'].find((separator) => only.includes(separator));
    throw new SyntaxError(
      `it has no column ${missing[1][0]}${other ? `: its cells are separated by ${other === ';' ? 'semicolons' : 'tabs'}, not commas` : ''}`,
    );
  }
  const present = all.filter(([, [name]]) => names.includes(name));
  return rows.map(({ line, cells }) => {
    const row: Record<string, unknown> = {};
    for (const [key, [name, cell]] of present) {
      try {
        const value: unknown = cell.read(cells[name]!);
        if (value !== undefined) row[key] = value;
      } catch (error) {
        throw new SyntaxError(`line ${line}, column ${name}: ${(error as Error).message}`);
      }
    }
    return row as EarlierRowOf<C>;
  });
}
