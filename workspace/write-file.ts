import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UnderstudyError } from '../env/error.ts';

/** Files by path with what they are to hold; undefined for one that is to be there no more. */
export type Contents = Readonly<Record<string, string | Uint8Array | undefined>>;

/**
 * Writes a file in one step: a reader finds the old one or the whole new one, also after a power cut.
 * @throws {UnderstudyError} DISTILL_FILE where it cannot be written
 */
export function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  return writeTogether({ [path]: content });
}

/**
 * Writes a file that is not there yet.
 * @throws {UnderstudyError} DISTILL_FILE if there is one already, or it cannot be written
 */
export async function writeNewFile(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, content, { flag: 'wx' });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'exists already; choose another name' : `cannot be written (${code})`;
    throw new UnderstudyError('DISTILL_FILE', `${path} ${why}`, { cause });
  }
}

/** Tells writings of one process apart. */
let writings = 0;

/** The name of the file that one by this name was to become; undefined for one that nobody was writing. */
export const partOf = (name: string): string | undefined => /^(.+)\.\d+\.\d+\.part$/.exec(name)?.[1];

/** Removes what processes left that died while they wrote this file. Nobody else may be writing it now. */
export async function clearParts(path: string): Promise<void> {
  const folder = dirname(path);
  for (const name of await readdir(folder).catch(() => []))
    if (partOf(name) === basename(path)) await rm(join(folder, name), { force: true });
}

/**
 * Writes files that belong together: all of them are whole on the disk before the first takes the place of an old one,
 * so that a full disk, an error or a kill leaves the old ones. They change places in the order given, one at once after
 * the other. The one that says what the others are comes last, and its old content goes first: killed in just this
 * moment, files of two writings lie there without it, and are known to be unfinished.
 * @throws {UnderstudyError} DISTILL_FILE where one of them cannot be written
 */
export async function writeTogether(contents: Contents): Promise<void> {
  const files = Object.entries(contents);
  for (const [path] of files)
    if ((await stat(path).catch(() => undefined))?.isDirectory())
      throw new UnderstudyError('DISTILL_FILE', `${path} is a folder where a file is to be written; move it away`);
  const parts = new Map<string, string>();
  const suffix = `${process.pid}.${writings++}.part`;
  try {
    for (const [path, content] of files) {
      if (content === undefined) continue;
      parts.set(path, `${path}.${suffix}`);
      await writeToDisk(parts.get(path)!, content).catch((error: NodeJS.ErrnoException) => {
        const what = `${path} cannot be written (${error.code ?? error.message}); it is unchanged`;
        throw new UnderstudyError('DISTILL_FILE', what, { cause: error });
      });
    }
    const [manifest] = files.length > 1 ? files.at(-1)! : [];
    if (manifest !== undefined) await rm(manifest, { force: true });
    for (const [path] of files) {
      const part = parts.get(path);
      if (part === undefined) await rm(path, { force: true });
      else await rename(part, path);
    }
  } catch (error) {
    for (const part of parts.values()) await rm(part, { force: true }).catch(() => {});
    throw error;
  }
}

/** Writes a file in a folder that may not be there yet, and waits until it is on the disk. */
async function writeToDisk(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}
