import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UnderstudyError } from '../../../env/error.ts';
import type { WorkOptions } from '../../../env/work.ts';

/** A size as people say it: "482 kB", "2.49 GB". */
export function size(bytes: number): string {
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

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
      `${size(bytes)} are still to be fetched and ${directory} has ${size(free)} free; free some space, or put the study elsewhere with --workspace DIR`,
    );
}

/** Appends to a file. @throws {UnderstudyError} PULL_SPACE when the disk is full */
export async function append(file: FileHandle, bytes: Uint8Array): Promise<void> {
  try {
    await file.appendFile(bytes);
  } catch (error) {
    if (['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw new UnderstudyError('PULL_SPACE', 'the disk is full; free some space and run the same command to resume', {
        cause: error,
      });
    throw error;
  }
}

/** What every GGUF file begins with. */
const MAGIC = Buffer.from('GGUF');

/**
 * Checks a file by its beginning while it arrives: gigabytes of something else are not worth waiting for.
 * @param bytes what lies at offset `at` of the file
 * @throws {UnderstudyError} PULL_DAMAGED
 */
export function requireModel(bytes: Uint8Array, at: number, source: string): void {
  const due = MAGIC.subarray(at, at + bytes.length);
  const found = Buffer.from(bytes.subarray(0, MAGIC.length));
  if (!found.subarray(0, due.length).equals(due))
    throw new UnderstudyError(
      'PULL_DAMAGED',
      `${source} is not a GGUF model: it ${at === 0 ? `begins with ${JSON.stringify(found.toString('latin1'))}` : 'begins with something else'}`,
    );
}

/** @throws {UnderstudyError} PULL_DAMAGED for a file that is too short to begin as a model does */
export function requireBeginning(size: number, source: string): void {
  if (size < MAGIC.length)
    throw new UnderstudyError('PULL_DAMAGED', `${source} is not a GGUF model: it has ${size} bytes`);
}

/** How large a file is. @throws {UnderstudyError} PULL_MISSING if there is none */
export async function sizeOf(path: string): Promise<number> {
  try {
    const found = await stat(path);
    if (found.isFile()) return found.size;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      throw new UnderstudyError('PULL_MISSING', `${path} cannot be read: ${message}`, { cause });
    throw new UnderstudyError('PULL_MISSING', `${path} does not exist; --from takes a URL or the path of a GGUF file`, {
      cause,
    });
  }
  throw new UnderstudyError('PULL_MISSING', `${path} is not a file; --from takes a URL or the path of a GGUF file`);
}

/**
 * Copies a GGUF file and hashes it on the way.
 * @throws {UnderstudyError} PULL_MISSING, PULL_DAMAGED for anything but a GGUF file, PULL_SPACE
 */
export async function copyModel(
  from: string,
  to: string,
  { signal, progress }: WorkOptions,
): Promise<{ size: number; sha256: string }> {
  const of = await sizeOf(from);
  await requireSpace(dirname(to), of);
  const file = await open(to, 'w');
  try {
    const hash = createHash('sha256');
    let done = 0;
    for await (const chunk of createReadStream(from, { highWaterMark: 1 << 20, signal })) {
      requireModel(chunk as Buffer, done, from);
      await append(file, chunk as Buffer);
      hash.update(chunk as Buffer);
      done += (chunk as Buffer).length;
      progress?.({ stage: 'copying', done, of, unit: 'bytes' });
    }
    requireBeginning(done, from);
    await file.sync();
    return { size: done, sha256: hash.digest('hex') };
  } finally {
    await file.close();
  }
}
