import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { Redis } from 'ioredis';
import { UnderstudyError } from '../env/error.ts';
import { parseShardName, shardNames } from '../policies/models/gguf/shards.ts';
import { releaseLock, takeLock } from '../workspace/file-lock.ts';
import { workspace as pathsOf } from '../workspace/paths.ts';
import { getFile, putFile } from './files.ts';
import type { Parcel, ShardResult } from './job.ts';
import { modelOf, type OwnModel } from './models.ts';

/** The folder of a workspace in which shards leave what they found. */
const SHARDS = 'shards';
/** How the folders of jobs are called. */
const PREFIX = 'understudy-job-';
/** The file beside a folder that says whose it is. */
const lockOf = (root: string): string => `${root}.lock`;

/** The files of a parcel in a temporary folder, which one process at a time works in. */
export class Unpacked implements AsyncDisposable {
  readonly run: string;
  readonly parcel: Parcel;
  readonly #root: string;

  private constructor(root: string, run: string, parcel: Parcel) {
    this.#root = root;
    this.run = run;
    this.parcel = parcel;
  }

  /**
   * Fetches the files of a parcel, and puts the worker's own models where the command looks for them.
   * @param workspace the worker's, which has its pulled models
   * @throws {UnderstudyError} QUEUE_JOB for a file that is not to be had, or that would lie outside the folder
   */
  static async of(
    { run, parcel, models, workspace }: { run: string; parcel: Parcel; models: readonly OwnModel[]; workspace: string },
    server: Redis,
  ): Promise<Unpacked> {
    const root = await mkdtemp(join(tmpdir(), PREFIX));
    takeLock(lockOf(root));
    const unpacked = new Unpacked(root, run, parcel);
    try {
      for (const { path, sha256 } of parcel.files) {
        const at = unpacked.#within(path);
        await mkdir(dirname(at), { recursive: true });
        await writeFile(at, await getFile(server, sha256));
      }
      await mkdir(unpacked.directory, { recursive: true });
      await mkdir(join(unpacked.workspace, 'models'), { recursive: true });
      const { teachers } = pathsOf(workspace);
      if (existsSync(teachers)) await symlink(teachers, pathsOf(unpacked.workspace).teachers, 'junction');
      await unpacked.#linkModels(models);
      return unpacked;
    } catch (error) {
      await unpacked[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Where the command is run. */
  get directory(): string {
    return this.#within(this.parcel.directory);
  }

  get workspace(): string {
    return this.#within(this.parcel.workspace);
  }

  /** The workspace as the command names it. */
  get fromDirectory(): string {
    return relative(this.directory, this.workspace) || '.';
  }

  /** Takes what a shard left to the server. */
  async results(index: number, of: number, server: Redis): Promise<ShardResult['files']> {
    const folder = join(this.workspace, SHARDS);
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(`.${index}-of-${of}.jsonl`));
    const files: { name: string; sha256: string }[] = [];
    for (const name of names.sort()) {
      files.push({ name, sha256: await putFile(server, await readFile(join(folder, name))) });
      await rm(join(folder, name));
    }
    return files;
  }

  /** A model file that the command names by a path of its own lies elsewhere on this machine. */
  async #linkModels(models: readonly OwnModel[]): Promise<void> {
    const written = this.parcel.args.flatMap((arg) => [...arg.matchAll(/gguf:([^,]+)/g)].map(([, path]) => path!));
    for (const path of new Set(written)) {
      const own = models.find(({ model }) => model === modelOf(`gguf:${path}`, '.'));
      const at = resolve(this.directory, path);
      if (!own?.path || existsSync(at)) continue;
      this.#requireInside(at, path);
      await mkdir(dirname(at), { recursive: true });
      const parts = parseShardName(own.path);
      for (const file of parts ? shardNames(parts) : [own.path])
        await symlink(resolve(file), parts ? join(dirname(at), basename(file)) : at);
    }
  }

  #within(path: string): string {
    const at = resolve(this.#root, path);
    this.#requireInside(at, path);
    return at;
  }

  /** A parcel comes from whoever can write to the server. */
  #requireInside(at: string, path: string): void {
    if (at !== this.#root && !at.startsWith(this.#root + sep))
      throw new UnderstudyError('QUEUE_JOB', `the job has a file outside its folder: ${path}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#root, { recursive: true, force: true });
    releaseLock(lockOf(this.#root));
  }
}

/** Removes the folders of this machine's workers that were killed. */
export async function removeLeftFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const lock = join(tmpdir(), name);
    const root = lock.slice(0, -lockOf('').length);
    if (!name.startsWith(PREFIX) || lockOf(root) !== lock) continue;
    try {
      if (takeLock(lock)) continue;
      await rm(root, { recursive: true, force: true });
      releaseLock(lock);
    } catch (error) {
      // Another user's.
      if (!['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}
