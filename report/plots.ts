import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../workspace/write-file.ts';

/** What the folder's list of figures says: by file name, the SHA-256 of what was written. */
const listSchema = z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/));
const LIST = 'figures.json';
/** Where files go that would otherwise be overwritten, or that belong to an earlier state of the study. */
const ASIDE = 'earlier';

const hash = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');

/** results/plots, in which figures are replaced without losing a file that was made or changed by other means. */
export interface Plots {
  /**
   * Writes a file. One of that name that was not written by an earlier run, or was changed since, is moved aside first.
   * @returns its path
   */
  write(name: string, content: string | Uint8Array): Promise<string>;
  /**
   * Moves aside what earlier runs wrote and this one did not, and lists what it wrote. Files of others stay in place.
   * @returns paths of all files that were moved aside
   */
  finish(): Promise<readonly string[]>;
}

/**
 * Opens the folder; makes it if it is missing. Without a list that can be read, no file is taken for an earlier run's.
 */
export async function openPlots(folder: string): Promise<Plots> {
  await mkdir(folder, { recursive: true });
  const list = await listOf(join(folder, LIST));
  const before = list ?? new Map<string, string>();
  const now = new Map<string, string>();
  const moved: string[] = [];

  async function moveAside(name: string): Promise<void> {
    await mkdir(join(folder, ASIDE), { recursive: true });
    const taken = new Set(await readdir(join(folder, ASIDE)));
    const { name: stem, ext } = parse(name);
    let free = name;
    for (let i = 2; taken.has(free); i++) free = `${stem}-${i}${ext}`;
    await rename(join(folder, name), join(folder, ASIDE, free));
    moved.push(join(folder, ASIDE, free));
  }

  return {
    async write(name, content) {
      const path = join(folder, name);
      const present = await hashOf(path);
      const fresh = hash(content);
      if (present !== undefined && present !== fresh && present !== before.get(name)) await moveAside(name);
      if (present !== fresh) await writeFileAtomically(path, content);
      now.set(name, fresh);
      return path;
    },
    async finish() {
      for (const [name, sha256] of before)
        if (!now.has(name) && (await hashOf(join(folder, name))) === sha256) await moveAside(name);
      if (list === undefined && (await hashOf(join(folder, LIST))) !== undefined) await moveAside(LIST);
      const written = Object.fromEntries([...now].sort(([a], [b]) => (a < b ? -1 : 1)));
      await writeFileAtomically(join(folder, LIST), `${JSON.stringify(written, undefined, 2)}\n`);
      return moved;
    },
  };
}

/** Undefined if there is no list, or the file is something else. */
async function listOf(path: string): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const list = listSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    // A name with a folder in it was not written here.
    return new Map(Object.entries(list).filter(([name]) => parse(name).base === name && !/[\\/]/.test(name)));
  } catch {
    return undefined;
  }
}

/**
 * Undefined if there is no file of that name; a folder has the hash of nothing that is written, so it is moved aside.
 */
async function hashOf(path: string): Promise<string | undefined> {
  return readFile(path).then(hash, (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    if (error.code === 'EISDIR') return 'a folder';
    throw error;
  });
}
