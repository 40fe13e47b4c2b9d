import { z } from 'zod';
import { list } from './result-file.ts';

/** How numbers of a column are written. */
const numbers = z.strictObject({
  /** What stands before the decimals. The other of the two, if it occurs, groups thousands. */
  decimal: z.enum(['point', 'comma']),
});

const column = {
  /** Its name in the table. */
  name: z.string(),
  as: z.enum(['traits', 'contexts']),
  /** What its cells can say. */
  phrases: list(z.string()),
  /** Rows that say so, by phrase. */
  counts: list(z.number()),
  /** Rows that say nothing. */
  missing: z.number(),
};

/** How a column's cells become phrases. */
const columnForm = z.discriminatedUnion('kind', [
  z.strictObject({
    ...column,
    /** One phrase for each value; they make a group. */
    kind: z.literal('levels'),
    group: z.string(),
    /** Values by phrase; numbers as JavaScript writes them. */
    values: list(z.string()),
    /** The phrase of every other value; it comes last. */
    other: z.string().optional(),
    numbers: numbers.optional(),
  }),
  z.strictObject({
    ...column,
    /** One phrase for each interval of numbers, then one for each code; they make a group. */
    kind: z.literal('bins'),
    group: z.string(),
    /** Ascending: a number belongs to the interval after the last edge that is not above it. */
    edges: list(z.number()),
    /** Numbers that are codes, not amounts: −99. */
    codes: list(z.number()),
    numbers,
  }),
  z.strictObject({
    ...column,
    /** One phrase, which holds where the cell says yes, or has this mark. */
    kind: z.literal('flag'),
    mark: z.string().optional(),
  }),
  z.strictObject({
    ...column,
    /** Any number of phrases in one cell, by value. */
    kind: z.literal('list'),
    separator: z.enum([';', '|', ',', 'json']),
    values: list(z.string()),
  }),
]);
export type ColumnForm = z.infer<typeof columnForm>;

/** What a label column says. */
const labelForm = z.strictObject({
  /** One column: P of the second action, or which action was taken. Several: P of each action. */
  columns: list(z.string()),
  kind: z.enum(['probability', 'choice']),
  /** Actions by the label's value, for choices in one column. */
  actions: z.record(z.string(), z.string()).optional(),
  /** Whether 50 is one half. */
  percent: z.boolean().optional(),
  numbers: numbers.optional(),
});
export type LabelForm = z.infer<typeof labelForm>;

const choices = z.strictObject({
  /** Column that the rows of a choice share, or several. */
  key: z.union([z.string(), list(z.string())]),
  /** Column that says which alternative a row is. Otherwise its place among the rows of the choice does. */
  alternative: z.string().optional(),
  alternatives: list(z.string()),
  /** Columns that differ within a choice. */
  attributes: list(z.string()),
});

/** How a table reads, as import understood it: further tables of the same form read in the same way. */
export const tableForm = z.strictObject({
  source: z.strictObject({ file: z.string(), sha256: z.string() }),
  /** Absent for JSON and Parquet. */
  delimiter: z.string().optional(),
  /** Rows below the header that are not data. */
  skip: z.number(),
  /** What counts as missing beside empty cells and NA, as VALUE or COLUMN=VALUE. */
  missing: list(z.string()),
  /** Whether values that differ only in case, spaces or invisible characters are one. */
  fold: z.boolean(),
  label: labelForm,
  /** Labels of others beside it, by name. */
  compare: z.record(z.string(), labelForm),
  unit: z.string().optional(),
  weight: z.string().optional(),
  /** How its numbers are written; absent in files of earlier versions: a point, or a comma where that cannot be. */
  weightNumbers: numbers.optional(),
  /** A table with a row for each alternative of a choice. */
  choices: choices.optional(),
  columns: list(columnForm),
  dropped: list(z.strictObject({ name: z.string(), why: z.string() })),
  split: z.strictObject({ by: z.string(), share: z.number(), seed: z.number() }),
  rows: z.strictObject({
    read: z.number(),
    train: z.number(),
    test: z.number(),
    /** Rows that were not used, by reason. */
    passedOver: z.record(z.string(), z.number()),
  }),
  /** SHA-256 of data/train.jsonl and data/test.jsonl. */
  files: z.strictObject({ train: z.string(), test: z.string() }),
});
export type TableForm = z.infer<typeof tableForm>;
