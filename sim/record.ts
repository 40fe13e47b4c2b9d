import { createWriteStream, type WriteStream } from 'node:fs';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { UnderstudyError } from '../env/error.ts';
import { csvLine } from '../workspace/csv.ts';
import { writeFileAtomically } from '../workspace/write-file.ts';
import type { RunSummary } from './run.ts';
import type { Simulation, TickRecord } from './simulation.ts';

const ACTIONS_HEADER = 'tick,agent,action';

/**
 * Writes a run to a folder: ticks.csv (one row a tick: world, policy, counts, mean probabilities, reward, measures),
 * actions.csv (one row for each action other than the default: tick, agent, action; absent for cohorts, which have no
 * agents) and run.json (its summary).
 *
 * The folder is one run's and holds it whole. The run grows in a hidden folder beside it, which takes the name when the
 * run is over; until then a run that was recorded there before stays as it is, whatever ends this one.
 */
export class Recorder {
  readonly #directory: string;
  /** Where the run grows. */
  readonly #growing: string;
  readonly #ticks: WriteStream;
  readonly #actions: WriteStream | undefined;
  #headed = false;
  #closed = false;

  private constructor(directory: string, growing: string, withActions: boolean) {
    this.#directory = directory;
    this.#growing = growing;
    this.#ticks = createWriteStream(join(growing, 'ticks.csv'));
    this.#actions = withActions ? createWriteStream(join(growing, 'actions.csv')) : undefined;
  }

  /**
   * @param directory does not exist, is empty or holds a run that was recorded before
   * @throws {UnderstudyError} SIMULATION_ARGUMENT for a folder with anything else in it, or that cannot be made
   */
  static async open(directory: string, { cohorts = false } = {}): Promise<Recorder> {
    const path = resolve(directory);
    try {
      await mkdir(dirname(path), { recursive: true });
      const target = await realpath(path).catch(() => path);
      if (target === path && (await lstat(path).catch(() => undefined))?.isSymbolicLink())
        throw new UnderstudyError(
          'SIMULATION_ARGUMENT',
          `${directory} is a symbolic link to ${await readlink(path)}, which does not exist; make that folder, or name another`,
        );
      await requireRecording(target, directory);
      await clearUp(target);
      const growing = await mkdtemp(besides(target, 'recording'));
      // A temporary folder is its owner's alone; a recorded run is for whoever may read what is made here.
      await chmod(growing, 0o777 & ~process.umask());
      const recorder = new Recorder(target, growing, !cohorts);
      if (recorder.#actions) await write(recorder.#actions, `${ACTIONS_HEADER}\n`);
      return recorder;
    } catch (error) {
      if (error instanceof UnderstudyError) throw error;
      throw new UnderstudyError(
        'SIMULATION_ARGUMENT',
        `cannot record in ${directory}: ${(error as Error).message}; name a folder whose parent can be written to`,
        { cause: error },
      );
    }
  }

  /** Give it to run() as onTick. */
  readonly record = async (tick: TickRecord, simulation: Simulation): Promise<void> => {
    try {
      await this.#write(tick, simulation);
    } catch (error) {
      throw new UnderstudyError(
        'SIMULATION_RECORD',
        `cannot record tick ${tick.tick} beside ${this.#directory}: ${(error as Error).message}; make room there, or name a folder elsewhere (a run recorded there before is unchanged)`,
        { cause: error },
      );
    }
  };

  async #write(tick: TickRecord, simulation: Simulation): Promise<void> {
    const row = rowOf(tick, simulation.scenario.actions);
    if (!this.#headed) await write(this.#ticks, `${csvLine(row.map(([name]) => name))}\n`);
    this.#headed = true;
    await write(this.#ticks, `${csvLine(row.map(([, value]) => value))}\n`);
    if (this.#actions) await recordActions(this.#actions, tick.tick, simulation);
  }

  /**
   * Ends the recording: the folder now holds this run and nothing of another.
   * @throws {UnderstudyError} SIMULATION_RECORD if it cannot be put in its place, naming where it lies
   */
  async close(summary: RunSummary): Promise<void> {
    for (const stream of this.#streams) {
      stream.end();
      await finished(stream);
      await sync(String(stream.path));
    }
    await writeFileAtomically(join(this.#growing, 'run.json'), `${JSON.stringify(summary, undefined, 2)}\n`);
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

  /** Forgets a recording that was not closed; what was recorded there before stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const stream of this.#streams) {
      stream.on('error', () => {});
      stream.destroy();
    }
    await rm(this.#growing, { recursive: true, force: true });
  }

  get #streams(): WriteStream[] {
    return this.#actions ? [this.#ticks, this.#actions] : [this.#ticks];
  }
}

/**
 * Columns of ticks.csv with their values. A factor or a measure that has the name of another column says what it is.
 */
function rowOf(tick: TickRecord, actions: readonly string[]): (readonly [string, string | number | undefined])[] {
  const before = [
    ['tick', tick.tick],
    ['day', tick.day],
  ] as const;
  const middle = [
    ['policy', tick.policy],
    ...actions.map((action, a) => [`agents_${action}`, tick.counts[a]] as const),
    ...actions.map(
      (action, a) => [`mean_p_${action}`, tick.decided > 0 ? tick.meanProbability[a] : undefined] as const,
    ),
    ['reward', tick.reward],
  ] as const;
  const after = [
    ['distinct_observations', tick.distinct],
    ['asked', tick.asked],
    ['failed', tick.failed],
  ] as const;
  const fixed = new Set<string>([...before, ...middle, ...after].map(([name]) => name));
  const world = Object.entries(tick.world).map(
    ([name, value]) => [fixed.has(name) || name in tick.measures ? `world_${name}` : name, value] as const,
  );
  const measures = Object.entries(tick.measures).map(
    ([name, value]) => [fixed.has(name) ? `measure_${name}` : name, value] as const,
  );
  return [...before, ...world, ...middle, ...measures, ...after];
}

async function recordActions(stream: WriteStream, tick: number, { actions, scenario }: Simulation): Promise<void> {
  let rows: string[] = [];
  for (let agent = 0; agent < actions.length; agent++) {
    if (actions[agent] === 0) continue;
    rows.push(`${csvLine([tick, agent, scenario.actions[actions[agent]!]])}\n`);
    if (rows.length === 10_000) {
      await write(stream, rows.join(''));
      rows = [];
    }
  }
  await write(stream, rows.join(''));
}

/** How each file of a recording begins. */
const beginnings: Readonly<Record<string, (text: string) => boolean>> = {
  'ticks.csv': (text) => text === '' || text.startsWith('tick,day,'),
  'actions.csv': (text) => text === '' || text.startsWith(`${ACTIONS_HEADER}\n`),
  'run.json': (text) => text.startsWith('{') && text.includes('"scenario"'),
  // Half-written summaries of interrupted runs, from versions that wrote in place.
  'run.json.part': () => true,
};

/** What in a folder does not belong to a recording; undefined if there is nothing of the kind. */
async function foreignIn(folder: string): Promise<string | undefined> {
  for (const name of await readdir(folder)) {
    const begins = Object.hasOwn(beginnings, name) ? beginnings[name] : undefined;
    if (!begins?.(await beginningOf(join(folder, name)))) return name;
  }
  return undefined;
}

async function beginningOf(path: string): Promise<string> {
  if (!(await stat(path)).isFile()) return '\0';
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

async function requireRecording(folder: string, name: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (!found) return;
  if (!found.isDirectory())
    throw new UnderstudyError('SIMULATION_ARGUMENT', `${name} is a file; name a folder to record in`);
  const foreign = await foreignIn(folder);
  if (foreign !== undefined)
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      `${name} holds ${foreign}, which is not part of a recorded run; name a new folder, or one that a run was recorded in`,
    );
}

/** Names of the folders that lie beside one while it is recorded or replaced; what follows is the process's number. */
const prefixOf = (target: string, why: 'recording' | 'replaced'): string =>
  join(dirname(target), `.${basename(target)}.${why}-${hostname().replaceAll(/[^A-Za-z0-9]/g, '_')}-`);

const besides = (target: string, why: 'recording' | 'replaced'): string => `${prefixOf(target, why)}${process.pid}-`;

async function replaceFolder(target: string, whole: string): Promise<void> {
  const before = await readdir(target).catch(() => undefined);
  if (before === undefined) return rename(whole, target);
  if (before.length === 0) {
    await rmdir(target);
    return rename(whole, target);
  }
  const aside = await mkdtemp(besides(target, 'replaced'));
  await rmdir(aside);
  await rename(target, aside);
  try {
    await rename(whole, target);
  } catch (error) {
    await rename(aside, target);
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

/**
 * Clears up what processes left that died while they recorded here: half a run goes; a run that was to be replaced, or
 * a whole one that was to take its place, gets the name back where nothing has it.
 */
async function clearUp(target: string): Promise<void> {
  const parent = dirname(target);
  const left: { readonly path: string; readonly whole: boolean }[] = [];
  for (const why of ['recording', 'replaced'] as const) {
    const prefix = basename(prefixOf(target, why));
    for (const name of await readdir(parent)) {
      const pid = name.startsWith(prefix) ? /^(\d+)-[A-Za-z0-9]{6}$/.exec(name.slice(prefix.length))?.[1] : undefined;
      if (pid === undefined || isAlive(Number(pid))) continue;
      const path = join(parent, name);
      if ((await foreignIn(path).catch(() => name)) !== undefined) continue;
      left.push({
        path,
        whole: (await readFile(join(path, 'run.json'), 'utf8').catch(() => '')).trimEnd().endsWith('}'),
      });
    }
  }
  for (const { path } of left.filter(({ whole }) => whole))
    if (!(await stat(target).catch(() => undefined))) await rename(path, target);
  for (const { path } of left.filter(({ whole }) => !whole)) await rm(path, { recursive: true, force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Waits until the stream takes the text, or tells why it cannot. */
const write = (stream: WriteStream, text: string): Promise<void> =>
  new Promise((resolve, reject) => stream.write(text, (error) => (error ? reject(error) : resolve())));
