import { closeSync, fdatasync, fstatSync, fsyncSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const sync = promisify(fdatasync);

/** Appends text to a file and waits until it is on the disk; if that fails, the file ends where it ended before. */
export async function append(path: string, text: string): Promise<void> {
  if (text === '') return;
  const file = openSync(path, 'r+');
  try {
    const end = fstatSync(file).size;
    const bytes = Buffer.from(text);
    try {
      for (let written = 0; written < bytes.length; )
        written += writeSync(file, bytes, written, bytes.length - written, end + written);
      await sync(file);
    } catch (error) {
      ftruncateSync(file, end);
      throw error;
    }
  } finally {
    closeSync(file);
  }
}

/** Makes a file end at `end` if it is longer. */
export async function cut(path: string, end: number): Promise<void> {
  const file = openSync(path, 'r+');
  try {
    if (fstatSync(file).size === end) return;
    ftruncateSync(file, end);
    await sync(file);
  } finally {
    closeSync(file);
  }
}

/** Keeps bytes in a new file beside one that is about to lose them. @returns its path */
export function setAside(path: string, bytes: Uint8Array): string {
  for (let i = 1; ; i++) {
    const aside = `${path}.damaged-${i}`;
    try {
      writeFileSync(aside, bytes, { flag: 'wx', flush: true });
      syncDirectory(dirname(path));
      return aside;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** A new file survives a power cut only when its directory has reached the disk too. */
export function syncDirectory(path: string): void {
  try {
    const directory = openSync(path, 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  } catch (error) {
    // Windows has no handle on a directory.
    if (process.platform !== 'win32') throw error;
  }
}
