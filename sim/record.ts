import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UnderstudyError } from '../env/error.ts';
import type { Scenario } from '../env/scenario.ts';
import type { RecordingMark } from '../workspace/checkpoint.ts';
import { GROUPS } from '../workspace/parquet/growing-parquet.ts';
import { writeFileAtomically } from '../workspace/write-file.ts';
import { CsvTables } from './record-csv.ts';
import {
  besides,
  clearGrowing,
  clearUp,
  KEPT,
  keep,
  replaceFolder,
  requireRecording,
  sha256Of,
  targetOf,
} from './record-folder.ts';
import { ParquetTables } from './record-parquet.ts';
import type { RunTables, TableName } from './record-tables.ts';
import type { Watched } from './record-ticks.ts';
import type { RunSummary } from './run.ts';
import type { Simulation } from './simulation.ts';
import type { TickRecord } from './tick-record.ts';

export interface RecorderOptions {
  /** A run of cohorts has no agents: only what ticks come to is recorded. */
  readonly cohorts?: boolean;
  /** Ticks between two rows of an agent in panel.csv; default: no panel. */
  readonly panel?: number;
  /** What the run is watched for: columns of the table of ticks. */
  readonly watched?: Watched;
  /** Writes Parquet files, with the columns that this scenario gives them, in place of CSV. */
  readonly parquet?: Scenario;
  /** The recording of a checkpoint to go on with, in the same format; what was recorded after it is cut off. */
  readonly from?: KeptRecording;
  /** The checkpoint that the recording is kept for, so that whatever ends the run, it can go on. */
  readonly checkpoint?: string;
}

/** A recording as a checkpoint keeps it. */
export interface KeptRecording {
  readonly record: RecordingMark;
  /** By table: the rows that stand in no file yet; absent if there are none. */
  readonly rows?: readonly Uint8Array[];
}

/**
 * Writes a run to a folder: ticks.csv (one row a tick: world, policy, counts, mean probabilities, reward, measures),
 * actions.csv (one row for each action other than the default), agents.csv (the traits of each agent), on request panel.csv
 * (every agent's state and action, every few ticks), and run.json (its summary, with the SHA-256 of each file). A run of
 * cohorts has no agents: of these files it has ticks.csv. Or the same tables as Parquet files, by typed columns.
 *
 * The folder is one run's and holds it whole. The run grows in a hidden folder beside it, which takes the name when the
 * run is over; until then a run that was recorded there before stays as it is, whatever ends this one.
 */
export class Recorder {
  readonly #directory: string;
  /** Where the run grows. */
  readonly #growing: string;
  readonly #tables: RunTables;
  /** Ticks between two rows of an agent in the panel. */
  readonly panel: number | undefined;
  #kept = false;
  #closed = false;

  private constructor(directory: string, growing: string, tables: RunTables, panel?: number) {
    this.#directory = directory;
    this.#growing = growing;
    this.#tables = tables;
    this.panel = panel;
  }

  /**
   * @param directory does not exist, is empty or holds a run that was recorded before
   * @throws {UnderstudyError} SIMULATION_ARGUMENT for a folder with anything else in it, or that cannot be made;
   *   SIMULATION_RECORD if the recording of the checkpoint is not there any more
   */
  static async open(directory: string, options: RecorderOptions = {}): Promise<Recorder> {
    const { cohorts = false, from, panel = from?.record.panel, watched, parquet, checkpoint } = options;
    try {
      const target = await targetOf(directory);
      await mkdir(dirname(target), { recursive: true });
      await requireRecording(target, directory);
      await clearUp(target);
      const names: TableName[] = ['ticks'];
      if (!cohorts) names.push('actions', 'agents');
      if (!cohorts && panel !== undefined) names.push('panel');
      const growing = await folderFor(target, from?.record);
      await clearGrowing(growing);
      if (checkpoint !== undefined) await keep(growing, checkpoint);
      const mark = from && { bytes: from.record.bytes, ...(from.rows && { rows: from.rows }) };
      const tabled = { ...(panel !== undefined && { panel }), ...(watched && { watched }) };
      const tables = parquet
        ? await ParquetTables.open(growing, names, parquet, tabled, mark)
        : await CsvTables.open(growing, names, tabled, mark);
      const recorder = new Recorder(target, growing, tables, panel);
      recorder.#kept = checkpoint !== undefined && from?.record.growing === growing;
      return recorder;
    } catch (error) {
      if (error instanceof UnderstudyError) throw error;
      throw new UnderstudyError(
        from ? 'SIMULATION_RECORD' : 'SIMULATION_ARGUMENT',
        `cannot record in ${directory}: ${(error as Error).message}; name a folder whose parent can be written to`,
        { cause: error },
      );
    }
  }

  /** Give it to run() as onTick. */
  readonly record = async (tick: TickRecord, simulation: Simulation): Promise<void> => {
    try {
      await this.#tables.write(tick, simulation);
    } catch (error) {
      throw this.#failed(`cannot record tick ${tick.tick}`, error);
    }
  };

  /** Waits until all that was recorded is on the disk, and says how far it is. The recording stays if the run is not closed. */
  async mark(): Promise<KeptRecording> {
    try {
      const { bytes, rows } = await this.#tables.mark();
      this.#kept = true;
      const { panel } = this;
      return {
        record: {
          directory: this.#directory,
          growing: this.#growing,
          bytes,
          ...(panel !== undefined && { panel }),
        },
        ...(rows && { rows }),
      };
    } catch (error) {
      throw this.#failed('cannot keep what was recorded', error);
    }
  }

  /**
   * Ends the recording: the folder now holds this run and nothing of another.
   * @param plan what the run was begun with, for whoever repeats it
   * @throws {UnderstudyError} SIMULATION_RECORD if it cannot be put in its place, naming where it lies
   */
  async close(summary: RunSummary, plan: object = {}): Promise<void> {
    const files: Record<string, { readonly bytes: number; readonly sha256: string }> = {};
    try {
      for (const { name, path, bytes } of await this.#tables.finish())
        files[name] = { bytes, sha256: await sha256Of(path) };
      // How long it took is no part of what happened.
      const { agentStepsPerSecond: _, ...facts } = summary;
      const text = JSON.stringify({ ...facts, ...plan, files }, undefined, 2);
      await writeFileAtomically(join(this.#growing, 'run.json'), `${text}\n`);
      await rm(join(this.#growing, KEPT), { force: true });
    } catch (error) {
      throw this.#failed('cannot complete the recording', error);
    }
    this.#closed = true;
    try {
      await requireRecording(this.#directory, this.#directory);
      await replaceFolder(this.#directory, this.#growing);
    } catch (error) {
      throw new UnderstudyError(
        'SIMULATION_RECORD',
        `the run is complete and recorded, but it cannot be moved to ${this.#directory}: ${(error as Error).message}; it is in ${this.#growing}`,
        { cause: error },
      );
    }
  }

  /** Forgets a recording that was not closed and that no checkpoint keeps; what was recorded there before stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#tables.close();
    if (!this.#kept) await rm(this.#growing, { recursive: true, force: true });
  }

  #failed(what: string, cause: unknown): UnderstudyError {
    const { message } = cause as Error;
    return new UnderstudyError(
      'SIMULATION_RECORD',
      `${what} beside ${this.#directory}: ${message}; make room there, or name a folder elsewhere (a run recorded there before is unchanged)`,
      { cause },
    );
  }
}

/** The folder that a recording grows in: a new one, with what a checkpoint goes on from if it grew for another place. */
async function folderFor(target: string, from: RecordingMark | undefined): Promise<string> {
  const names = Object.keys(from?.bytes ?? {});
  const isThere = (folder: string) => stat(join(folder, names[0]!)).then(Boolean, () => false);
  if (from && from.directory === target && (await isThere(from.growing))) return from.growing;
  const source = !from || (await isThere(from.growing)) ? from?.growing : from.directory;
  if (source !== undefined && !(await isThere(source)))
    throw new UnderstudyError(
      'SIMULATION_RECORD',
      `the recording that the checkpoint goes on from is neither in ${from!.growing} nor in ${source}; begin the run again, or resume it without a recording`,
    );
  const growing = await mkdtemp(besides(target, 'recording'));
  // A temporary folder is its owner's alone; a recorded run is for whoever may read what is made here.
  await chmod(growing, 0o777 & ~process.umask());
  // A finished table tells of its row groups itself.
  for (const name of names)
    if (!name.endsWith(GROUPS) || existsSync(join(source!, name)))
      await copyFile(join(source!, name), join(growing, name));
  return growing;
}
