import { UnderstudyError } from '../../env/error.ts';
import type { WorkOptions } from '../../env/work.ts';
import type { DecimalMark } from '../../workspace/tables/numbers.ts';
import { type ColumnKind, columnKinds } from './kinds.ts';

export interface ImportOptions extends WorkOptions {
  /** A table: CSV with any delimiter, JSON Lines, a JSON array or Parquet; UTF-8 or UTF-16, plain or gzip. */
  readonly table: string;
  /** The column that says what was decided (a probability, 0 or 1, an action's name), or one probability for each action. */
  readonly label: string | readonly string[];
  /** Default `.`. */
  readonly workspace?: string;
  /** Seed of the split; default 0. */
  readonly seed?: number;
  /** NAME of each action, the default first, or VALUE=NAME by the label's values. */
  readonly actions?: readonly string[];
  /** Columns about people; default: those that the others are not. */
  readonly traits?: readonly string[];
  /** Columns about situations; default: those of alternatives, and those that differ within a unit. */
  readonly contexts?: readonly string[];
  /** Column whose rows stay together in the split; null for none. Default: an identifier that has several rows. */
  readonly unit?: string | null;
  readonly weight?: string;
  /** Labels of others beside it, such as a model's. */
  readonly compare?: readonly string[];
  /** Beginnings or ends of the names of columns about alternatives; empty for none. Default: what the names show. */
  readonly pairs?: readonly string[];
  /** Column that the rows of one choice share, or several, in a table with a row for each alternative. */
  readonly key?: string | readonly string[];
  /** With `key`: column that says which alternative a row is; null for none. Default: one whose values never change place. */
  readonly alternative?: string | null;
  readonly drop?: readonly string[];
  /** What columns are, where it is not what it looks like. */
  readonly kinds?: Readonly<Record<string, ColumnKind>>;
  /** Bins of a numeric column; default 5. */
  readonly bins?: number;
  /** Most levels of a column of text; default 30. */
  readonly levels?: number;
  /** What stands before decimals: for all columns, or by column. */
  readonly decimal?: DecimalMark | Readonly<Record<string, DecimalMark>>;
  readonly delimiter?: string;
  /** Rows below the header that are not data. */
  readonly skip?: number;
  /** VALUE or COLUMN=VALUE that counts as missing, beside empty cells and NA. */
  readonly missing?: readonly string[];
  /** Whether values that differ only in case, spaces or invisible characters are one. */
  readonly fold?: boolean;
  /** Whether 50 in the label is one half. */
  readonly percent?: boolean;
  /** Share of the units, or observations, that go to the test; default 0.2. */
  readonly testShare?: number;
  /** Id of the vocabulary; default: from the table's name. */
  readonly id?: string;
  /** Bytes that are read at a time; default 1 MiB. */
  readonly chunkBytes?: number;
}

const wrong = (message: string) => new UnderstudyError('DISTILL_ARGUMENT', message);

/** @throws {UnderstudyError} DISTILL_ARGUMENT for options that cannot be, before the table is read */
export function requireImportOptions(options: ImportOptions): void {
  const { label, bins = 5, levels = 30, testShare = 0.2, kinds = {}, key, alternative, pairs } = options;
  if (label.length === 0) throw wrong('label: name the column that says what was decided');
  if (!(Number.isInteger(bins) && bins >= 2 && bins <= 100)) throw wrong(`bins must be 2 to 100, got ${bins}`);
  if (!(Number.isInteger(levels) && levels >= 2 && levels <= 1000))
    throw wrong(`levels must be 2 to 1000, got ${levels}`);
  if (!(testShare > 0 && testShare < 1)) throw wrong(`testShare must be between 0 and 1, got ${testShare}`);
  for (const [column, kind] of Object.entries(kinds))
    if (!columnKinds.includes(kind))
      throw wrong(`kind of ${column}: expected one of ${columnKinds.join(', ')}, got ${kind}`);
  if (alternative !== undefined && key === undefined) throw wrong('alternative needs key: which rows are one choice');
  if (key !== undefined && pairs !== undefined) throw wrong('key and pairs exclude each other: leave one out');
  if (key !== undefined && typeof label !== 'string' && label.length > 1)
    throw wrong('with key the label is one column, which says which alternative was taken');
}
