import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { UnderstudyError } from '../../../env/error.ts';

export interface ModelFile {
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/**
 * Reads a GGUF file through once: its SHA-256, after a look at what it is. llama.cpp loads corrupted weights without a
 * word and aborts the process on other damage, so this comes before it.
 * @param options.expected SHA-256 that the file must have
 * @param options.remedy what to do about a file that is missing or damaged
 * @throws {UnderstudyError} POLICY_FILE saying which file, what is wrong and what to do; the signal's reason when aborted
 */
export async function readModelFile(
  path: string,
  options: { expected?: string; remedy: string; signal?: AbortSignal },
): Promise<ModelFile> {
  const { expected, remedy, signal } = options;
  const wrong = (what: string, cause?: unknown) =>
    new UnderstudyError('POLICY_FILE', `${path} ${what}; ${remedy}`, { cause });
  let bytes = 0;
  let damage: string | undefined;
  try {
    const file = await open(path);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw wrong('is not a file');
      bytes = stat.size;
      if (bytes === 0) throw wrong('is empty');
      const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
      const start = buffer.subarray(0, bytesRead).toString('latin1');
      if (/^\s*<(!doctype|html|\?xml|head)/i.test(start))
        throw wrong('is a web page, not a GGUF model: the server answered the download with a page');
      if (start.startsWith('version https://git-lfs')) throw wrong('is a Git LFS pointer, not the GGUF model itself');
      if (!start.startsWith('GGUF'))
        throw wrong(`is not a GGUF model: it begins with ${JSON.stringify(start.slice(0, 8))}, not "GGUF"`);
      damage = headerDamage(buffer.subarray(0, bytesRead), bytes);
    } finally {
      await file.close();
    }
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal })) hash.update(chunk as Buffer);
    const sha256 = hash.digest('hex');
    if (expected !== undefined && sha256 !== expected)
      throw wrong(`is damaged or another version: its SHA-256 is ${sha256}, expected ${expected}`);
    if (expected === undefined && damage !== undefined) throw wrong(`is damaged: ${damage}`);
    return { path, bytes, sha256 };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof UnderstudyError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw wrong('does not exist', error);
    if (code === 'EACCES') throw wrong('may not be read by this user', error);
    throw wrong(`cannot be read (${message})`, error);
  }
}

/** What cannot be in a GGUF header: magic, version (u32), then how many tensors and how many metadata follow (u64 each). */
function headerDamage(header: Buffer, bytes: number): string | undefined {
  if (header.length < 24) return `it ends after ${header.length} bytes, within its header`;
  const version = header.readUInt32LE(4);
  if (version < 1 || version > 99) return `it names version ${version} of the format`;
  // Whoever believes such a number reads for ever.
  for (const [at, what] of [
    [8, 'tensors'],
    [16, 'metadata'],
  ] as const)
    if (header.readBigUInt64LE(at) > bytes)
      return `it announces ${header.readBigUInt64LE(at)} ${what} in ${bytes} bytes`;
  return undefined;
}
