import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir, platform } from 'node:os';
import { join } from 'node:path';
import { sha256 } from './hash.ts';

/** Files kept of one kind; those that were not used for the longest time go first. */
const KEPT = 64;

/**
 * The folder of this user for what can be made again: `UNDERSTUDY_CACHE`, otherwise the system's own.
 * @returns undefined if `UNDERSTUDY_CACHE` is set and empty: nothing is kept
 */
export function cacheFolder(): string | undefined {
  const { UNDERSTUDY_CACHE: chosen, XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = process.env;
  if (chosen !== undefined) return chosen === '' ? undefined : chosen;
  if (platform() === 'win32') return join(local || join(homedir(), 'AppData', 'Local'), 'understudy', 'Cache');
  if (platform() === 'darwin') return join(homedir(), 'Library', 'Caches', 'understudy');
  return join(xdg || join(homedir(), '.cache'), 'understudy');
}

/** Bytes of the SHA-256 that goes before the content. */
const DIGEST = 32;

/**
 * What the cache holds under a key.
 * @param kind a folder in the cache
 * @param key a file name that says everything the content depends on
 * @returns undefined if there is nothing, or what is there is damaged; reading never fails
 */
export async function readCached(kind: string, key: string): Promise<Uint8Array | undefined> {
  const folder = cacheFolder();
  if (folder === undefined) return undefined;
  try {
    const path = join(folder, kind, key);
    const bytes = await readFile(path);
    const content = bytes.subarray(DIGEST);
    if (bytes.toString('hex', 0, DIGEST) !== sha256(content)) return undefined;
    const now = new Date();
    await utimes(path, now, now).catch(() => {});
    return content;
  } catch {
    return undefined;
  }
}

/** Keeps content under a key, in one step; a cache that cannot be written is done without. */
export async function writeCached(kind: string, key: string, content: Uint8Array): Promise<void> {
  const folder = cacheFolder();
  if (folder === undefined) return;
  const path = join(folder, kind, key);
  const part = `${path}.${process.pid}.part`;
  try {
    await mkdir(join(folder, kind), { recursive: true });
    await writeFile(part, Buffer.concat([Buffer.from(sha256(content), 'hex'), content]));
    await rename(part, path);
    await prune(join(folder, kind));
  } catch {
    await rm(part, { force: true }).catch(() => {});
  }
}

async function prune(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.length <= KEPT) return;
  const files = await Promise.all(
    names.map(async (name) => ({ name, used: (await stat(join(folder, name)).catch(() => undefined))?.mtimeMs ?? 0 })),
  );
  files.sort((a, b) => b.used - a.used);
  for (const { name } of files.slice(KEPT)) await rm(join(folder, name), { force: true });
}
