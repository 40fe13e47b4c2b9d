import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, stat, statfs } from 'node:fs/promises';
import { UnderstudyError } from '../../../env/error.ts';
import type { WorkOptions } from '../../../workspace/progress.ts';
import { size } from './words.ts';

/** SHA-256 of a file, still open for more. */
export async function hashOf(path: string, options: WorkOptions, stage: string): Promise<Hash> {
  const hash = createHash('sha256');
  const of = (await stat(path)).size;
  let done = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal: options.signal })) {
    hash.update(chunk as Buffer);
    done += (chunk as Buffer).length;
    options.progress?.({ stage, done, of, unit: 'bytes' });
  }
  return hash;
}

/** @throws {UnderstudyError} PULL_SPACE */
export async function requireSpace(directory: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  if (bytes > free)
    throw new UnderstudyError(
      'PULL_SPACE',
      `${size(bytes)} are still to come and ${directory} has ${size(free)} free; free some space, or put the study elsewhere with --workspace DIR`,
    );
}

/** Appends to a file. @throws {UnderstudyError} PULL_SPACE when the disk is full */
export async function append(file: FileHandle, bytes: Uint8Array): Promise<void> {
  try {
    await file.appendFile(bytes);
  } catch (error) {
    if (['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw new UnderstudyError('PULL_SPACE', 'the disk is full; free some space and run the same command to go on', {
        cause: error,
      });
    throw error;
  }
}
