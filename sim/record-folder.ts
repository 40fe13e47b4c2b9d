import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdtemp, open, readdir, readFile, readlink, realpath, rename, rm, rmdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UnderstudyError } from '../env/error.ts';
import { CREATED_BY, GROUPS, MAGIC } from '../workspace/parquet/growing-parquet.ts';
import { clearParts, partOf, writeFileAtomically } from '../workspace/write-file.ts';

export const ACTIONS_HEADER = 'tick,agent,action';

/** In a recording that grows: the checkpoint that it can go on from. */
export const KEPT = 'kept.json';

/**
 * The folder that a recording is to take, links followed.
 * @throws {UnderstudyError} SIMULATION_ARGUMENT for a link to nothing
 */
export async function targetOf(directory: string): Promise<string> {
  const path = resolve(directory);
  const target = await realpath(path).catch(() => path);
  if (target === path && (await lstat(path).catch(() => undefined))?.isSymbolicLink())
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      `${directory} is a symbolic link to ${await readlink(path)}, which does not exist; make that folder, or name another`,
    );
  return target;
}

/** Removes half-written files that processes left in a recording that grows. */
export async function clearGrowing(growing: string): Promise<void> {
  for (const name of [KEPT, 'run.json']) await clearParts(join(growing, name));
}

/** Says in a recording that grows which checkpoint goes on from it. */
export const keep = (growing: string, checkpoint: string): Promise<void> =>
  writeFileAtomically(join(growing, KEPT), `${JSON.stringify({ checkpoint: resolve(checkpoint) })}\n`);

/** Whether a checkpoint is there that goes on from a recording that grows. */
async function isKept(growing: string): Promise<boolean> {
  try {
    const { checkpoint } = JSON.parse(await readFile(join(growing, KEPT), 'utf8')) as { checkpoint: string };
    return (await beginningOf(checkpoint, 2 ** 16)).includes(JSON.stringify(growing));
  } catch {
    return false;
  }
}

/** How each file of a recording begins. */
const beginnings: Readonly<Record<string, (text: string) => boolean>> = {
  'ticks.csv': (text) => text === '' || text.startsWith('tick,day,'),
  'actions.csv': (text) => text === '' || text.startsWith(`${ACTIONS_HEADER}\n`),
  'agents.csv': (text) => text === '' || text.startsWith('agent,kind,'),
  'panel.csv': (text) => text === '' || text.startsWith('tick,agent,kind,'),
  [KEPT]: (text) => text.startsWith('{"checkpoint":'),
  'run.json': (text) => text.startsWith('{') && text.includes('"scenario"'),
  // Half-written summaries of interrupted runs, from versions that wrote in place.
  'run.json.part': () => true,
};

/** Tables of a recording in Parquet, and what is noted on them while they grow. */
const parquetNames = new Set(
  ['ticks', 'actions', 'agents', 'panel'].flatMap((name) => [`${name}.parquet`, `${name}.parquet${GROUPS}`]),
);

/** What in a folder does not belong to a recording; undefined if there is nothing of the kind. */
async function foreignIn(folder: string): Promise<string | undefined> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    // Left by a process that died while it wrote.
    if (Object.hasOwn(beginnings, partOf(name) ?? '')) continue;
    const begins = Object.hasOwn(beginnings, name) ? beginnings[name] : undefined;
    const ours = parquetNames.has(name) ? await isOwnParquet(path) : begins?.(await beginningOf(path));
    if (!ours) return name;
  }
  return undefined;
}

/** Whether a file is a Parquet table of this package, whole or growing, or the notes on one. */
async function isOwnParquet(path: string): Promise<boolean> {
  const { size } = await stat(path);
  const begins = await beginningOf(path);
  if (path.endsWith(GROUPS)) return begins === '' || begins.startsWith('{"rows":');
  const end = await beginningOf(path, 1024, Math.max(0, size - 1024));
  return (
    begins === '' || (begins.startsWith(MAGIC) && (!end.endsWith(MAGIC) || size === 4 || end.includes(CREATED_BY)))
  );
}

async function beginningOf(path: string, bytes = 256, from = 0): Promise<string> {
  if (!(await stat(path)).isFile()) return '\0';
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, from);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** @throws {UnderstudyError} SIMULATION_ARGUMENT for a folder with anything in it that is not of a recording */
export async function requireRecording(folder: string, name: string): Promise<void> {
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

export const besides = (target: string, why: 'recording' | 'replaced'): string =>
  `${prefixOf(target, why)}${process.pid}-`;

/** Puts a whole recording in its place; an earlier one that is there goes. */
export async function replaceFolder(target: string, whole: string): Promise<void> {
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
 * a whole one that was to take its place, gets the name back where nothing has it. Half a run that a checkpoint goes on from
 * stays.
 */
export async function clearUp(target: string): Promise<void> {
  const parent = dirname(target);
  const left: { readonly path: string; readonly whole: boolean }[] = [];
  for (const why of ['recording', 'replaced'] as const) {
    const prefix = basename(prefixOf(target, why));
    for (const name of await readdir(parent)) {
      const pid = name.startsWith(prefix) ? /^(\d+)-[A-Za-z0-9]{6}$/.exec(name.slice(prefix.length))?.[1] : undefined;
      if (pid === undefined || isAlive(Number(pid))) continue;
      const path = join(parent, name);
      if (await isKept(path)) continue;
      if ((await foreignIn(path).catch(() => name)) !== undefined) continue;
      left.push({
        path,
        whole: (await readFile(join(path, 'run.json'), 'utf8').catch(() => '')).trimEnd().endsWith('}'),
      });
    }
  }
  for (const { path } of left.filter(({ whole }) => whole)) {
    await clearGrowing(path);
    if (!(await stat(target).catch(() => undefined))) await rename(path, target);
  }
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

/** SHA-256 of a file in lower-case hex, however large it is. @throws the system's error if it cannot be read */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest('hex');
}
