import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UnderstudyError } from '../../../env/error.ts';
import type { WorkOptions } from '../../../workspace/progress.ts';
import { append, requireSpace } from './disk.ts';
import { requireBeginning, requireModel } from './magic.ts';

/** How large a file is. @throws {UnderstudyError} PULL_MISSING where there is none */
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
 * @throws {UnderstudyError} PULL_MISSING, PULL_DAMAGED for what is no GGUF file, PULL_SPACE
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
