import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { z } from 'zod';
import { UnderstudyError } from '../env/error.ts';
import { csvText, parseCsv } from './csv.ts';
import { list } from './result-file.ts';
import { parquetCells } from './tables/parquet.ts';

const numbers = z.record(z.string(), z.number());

/** What a folder of a sweep holds, and what its runs depend on. */
export const sweepManifest = z.strictObject({
  understudy: z.string(),
  /** Id of the world. */
  scenario: z.string(),
  /** Where it comes from: a name, or a file relative to the workspace. */
  source: z.string(),
  /** Of the world's compiled tables, with the parameters that no point sets. */
  sha256: z.string(),
  /** Parameters that no point sets. */
  parameters: numbers,
  design: z.strictObject({
    kind: z.enum(['grid', 'lhs', 'sobol', 'saltelli', 'file']),
    /** Names of the parameters that it sets. */
    parameters: list(z.string()),
    points: z.number(),
    samples: z.number().optional(),
    file: z.string().optional(),
  }),
  /** Ids of the policies by the names that the tables have. */
  policies: z.record(z.string(), z.string()),
  seed: z.number(),
  replications: z.number(),
  ticks: z.number(),
  cohorts: z.boolean(),
  people: z.enum(['drawn', 'exact']),
  onFailure: z.string(),
  /** SHA-256 of the world's compiled tables at each setting of the parameters, with each table of people. */
  settings: list(z.strictObject({ parameters: numbers, population: z.string().optional(), sha256: z.string() })),
  /** Numbers of runs in the table, and of those that failed. */
  runs: z.number(),
  failed: z.number(),
  /** SHA-256 of each table by its name. */
  files: z.record(z.string(), z.string()),
});
export type SweepManifest = z.infer<typeof sweepManifest>;

/** A table whose columns are known when it is written. */
export interface LooseTable {
  readonly columns: readonly LooseColumn[];
  readonly rows: readonly (readonly (string | number | undefined)[])[];
}

export interface LooseColumn {
  readonly name: string;
  readonly type: 'text' | 'number' | 'integer';
}

/** As CSV; what is undefined or not a number is an empty cell. */
export const looseCsv = ({ columns, rows }: LooseTable): string =>
  csvText([
    columns.map(({ name }) => name),
    ...rows.map((row) => row.map((cell) => (typeof cell === 'number' && !Number.isFinite(cell) ? undefined : cell))),
  ]);

/** As Parquet: strings, doubles and integers of 64 bits; what is undefined or not a number is null. */
export function looseParquet({ columns, rows }: LooseTable): Uint8Array {
  const columnData = columns.map(({ name, type }, c) => ({
    name,
    type: ({ text: 'STRING', number: 'DOUBLE', integer: 'INT64' } as const)[type],
    nullable: true,
    data: rows.map((row) => {
      const cell = row[c];
      if (cell === undefined || (typeof cell === 'number' && !Number.isFinite(cell))) return null;
      return type === 'integer' ? BigInt(cell) : cell;
    }),
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

/**
 * The table of the runs of a sweep, from runs.csv or runs.parquet, each cell as a text that is empty where there is no value;
 * undefined if the folder has neither.
 */
export async function readRunsTable(folder: string): Promise<
  | {
      readonly format: 'csv' | 'parquet';
      readonly columns: readonly string[];
      readonly rows: readonly Readonly<Record<string, string>>[];
    }
  | undefined
> {
  const csv = await readFile(join(folder, 'runs.csv'), 'utf8').catch(() => undefined);
  if (csv !== undefined) {
    const { columns, rows } = parseCsv(csv);
    return { format: 'csv', columns, rows: rows.map(({ cells }) => cells) };
  }
  const parquet = await readFile(join(folder, 'runs.parquet')).catch(() => undefined);
  if (parquet === undefined) return undefined;
  const { columns, rows } = await parquetCells(parquet);
  return { format: 'parquet', columns, rows };
}

/** What a sweep found out, as its folder has it. */
export interface SweepFiles {
  readonly manifest: SweepManifest;
  /** Lines of summary.csv and of sensitivity.csv by column. */
  readonly summary: readonly Readonly<Record<string, string>>[];
  readonly sensitivity: readonly Readonly<Record<string, string>>[];
}

/**
 * A sweep's manifest, summary and indices; undefined if the folder has none.
 * @throws {UnderstudyError} DISTILL_FILE for a file that is damaged
 */
export async function readSweep(folder: string): Promise<SweepFiles | undefined> {
  const text = (name: string) =>
    readFile(join(folder, name), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  const manifest = await text('sweep.json');
  if (manifest === undefined) return undefined;
  const table = async (name: string) => {
    const { rows } = parseCsv((await text(name)) ?? '');
    return rows.map(({ cells }) => cells);
  };
  try {
    return {
      manifest: sweepManifest.parse(JSON.parse(manifest)),
      summary: await table('summary.csv'),
      sensitivity: await table('sensitivity.csv'),
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    throw new UnderstudyError(
      'DISTILL_FILE',
      `the sweep in ${folder} is damaged (${(error as Error).message.split('\n')[0]}); run understudy sweep again`,
      { cause: error },
    );
  }
}
