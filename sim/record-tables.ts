import type { Watched } from './record-ticks.ts';
import type { Simulation } from './simulation.ts';
import type { TickRecord } from './tick-record.ts';

/** How the tables of a recording are written. */
export const recordFormats = ['csv', 'parquet'] as const;
export type RecordFormat = (typeof recordFormats)[number];

/** @param names of the files of a recording */
export const formatOf = (names: readonly string[]): RecordFormat =>
  names.includes('ticks.parquet') ? 'parquet' : 'csv';

/** The tables that a recording can have. */
export type TableName = 'ticks' | 'actions' | 'agents' | 'panel';

/** How far the tables are, by the names of their files; and the rows that stand in no file yet. */
export interface TablesMark {
  readonly bytes: Record<string, number>;
  readonly rows?: readonly Uint8Array[];
}

export interface TablesOptions {
  /** Ticks between two rows of an agent in the panel; absent without one. */
  readonly panel?: number;
  /** What the run is watched for. */
  readonly watched?: Watched;
}

export interface RecordedFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

/** The tables of a run while it is recorded. */
export interface RunTables {
  readonly write: (tick: TickRecord, simulation: Simulation) => Promise<void>;
  /** Waits until all that was written is on the disk or in the mark. */
  readonly mark: () => Promise<TablesMark>;
  /** Completes and closes the files. */
  readonly finish: () => Promise<readonly RecordedFile[]>;
  /** What is not on the disk is lost. */
  readonly close: () => Promise<void>;
}
