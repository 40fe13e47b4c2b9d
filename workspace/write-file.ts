import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Files by path with what they are to hold; undefined for one that is to be there no more. */
export type Contents = Readonly<Record<string, string | Uint8Array | undefined>>;

/** Writes a file in one step: whoever looks finds the old one or the whole new one, also after a power cut. */
export function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  return writeTogether({ [path]: content });
}

/** Tells writings of one process apart. */
let writings = 0;

/**
 * Writes files that belong together: all of them are whole on the disk before the first takes the place of an old one, so
 * that a full disk, an error or a wish to stop leaves the old ones. They change places in the order given, one at once
 * after the other: the one that says what the others are comes last.
 */
export async function writeTogether(contents: Contents): Promise<void> {
  const files = Object.entries(contents);
  const parts = new Map<string, string>();
  const suffix = `${process.pid}.${writings++}.part`;
  try {
    for (const [path, content] of files) {
      if (content === undefined) continue;
      await mkdir(dirname(path), { recursive: true });
      parts.set(path, `${path}.${suffix}`);
      const file = await open(parts.get(path)!, 'w');
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
    }
    for (const [path] of files) {
      const part = parts.get(path);
      if (part === undefined) await rm(path, { force: true });
      else await rename(part, path);
    }
  } catch (error) {
    for (const part of parts.values()) await rm(part, { force: true });
    throw error;
  }
}
