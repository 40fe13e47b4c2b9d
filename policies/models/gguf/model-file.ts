import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { UnderstudyError } from '../../../env/error.ts';
import { type GgufHeader, HeaderDamage, readGgufHeader } from './header.ts';
import { identityOfShards, misfit, parseShardName, shardNames, shardOf } from './shards.ts';

export interface ModelFile {
  /** The file, or the first shard of several. */
  readonly path: string;
  /** All shards together. */
  readonly bytes: number;
  /** Lower-case hex: of the file; of a model in shards as `identityOfShards` says. */
  readonly sha256: string;
  /** Every shard of a model that comes in several files. */
  readonly shards?: readonly ModelShard[];
}

export interface ModelShard {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface ReadModelOptions {
  /** SHA-256 that the model must have. */
  readonly expected?: string;
  /** What to do about a file that is missing or damaged. */
  readonly remedy: string;
  readonly signal?: AbortSignal;
}

/**
 * Reads a GGUF model through once, with all its shards: its SHA-256, after a look at what it is. llama.cpp loads corrupted
 * weights without a word and aborts the process on other damage, so this comes before it.
 * @throws {UnderstudyError} POLICY_FILE saying which file, what is wrong and what to do; the signal's reason when aborted
 */
export async function readModelFile(path: string, options: ReadModelOptions): Promise<ModelFile> {
  const { expected, remedy, signal } = options;
  const looked = await look(path, options);
  const { header } = looked;
  // A file whose hash is known is what it should be, whatever is thought of its header.
  if (expected === undefined) requireSound(looked, remedy);
  const shards = header && shardOf(header) ? await lookAtShards({ ...looked, header }, options) : undefined;
  const files = shards ?? [looked];
  const hashed: ModelShard[] = [];
  for (const { path, bytes } of files) hashed.push({ path, bytes, sha256: await hashFile(path, remedy, signal) });
  const sha256 = shards ? identityOfShards(hashed.map(({ sha256 }) => sha256)) : hashed[0]!.sha256;
  if (expected !== undefined && sha256 !== expected)
    throw wrong(path, `is damaged or another version: its SHA-256 is ${sha256}, expected ${expected}`, remedy);
  return { path, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), sha256, ...(shards && { shards: hashed }) };
}

interface Looked {
  readonly path: string;
  readonly bytes: number;
  /** Undefined where it is damaged. */
  readonly header?: GgufHeader;
  readonly damage?: string;
}

/** Every shard of the model of which the first is given. */
async function lookAtShards(first: Looked & { header: GgufHeader }, options: ReadModelOptions): Promise<Looked[]> {
  const { path, header } = first;
  const { remedy } = options;
  const { number, count } = shardOf(header)!;
  const name = parseShardName(path);
  const [due] = shardNames({ stem: name?.stem ?? 'NAME', count });
  if (number !== 1)
    throw wrong(
      path,
      name?.number === 1
        ? `is named shard 1 of ${name.count} and holds shard ${number} of ${count}`
        : `is shard ${number} of ${count} of a model`,
      name?.number === 1 ? remedy : `name the first one, ${due}, and the others are found beside it`,
    );
  if (name === undefined || name.count !== count || name.number !== 1)
    throw wrong(
      path,
      `is shard 1 of ${count} of a model, and its name does not say where the others are`,
      `name the shards as they were made, the first one ${basename(due!)}`,
    );
  const others: (Looked & { header: GgufHeader })[] = [];
  for (const other of shardNames(name).slice(1)) {
    const looked = await look(other, options, `, shard ${others.length + 2} of ${count},`);
    requireSound(looked, remedy);
    others.push(looked);
  }
  requireSound(first, remedy);
  const shards = [first, ...others];
  const unfit = misfit(shards);
  if (unfit) throw wrong(unfit.path, unfit.what, remedy);
  return shards;
}

function requireSound(looked: Looked, remedy: string): asserts looked is Looked & { header: GgufHeader } {
  if (looked.damage !== undefined) throw wrong(looked.path, `is damaged: ${looked.damage}`, remedy);
}

/** Looks at what a file is, and at its header. */
async function look(path: string, { remedy, signal }: ReadModelOptions, which = ''): Promise<Looked> {
  try {
    signal?.throwIfAborted();
    const bytes = await requireGguf(path, remedy);
    try {
      const header = await readGgufHeader(path);
      if (header.end <= bytes) return { path, bytes, header };
      const joined = /\.part\d*of\d+$|-split-[a-z]+$/i.test(path)
        ? '; it is a part that has to be joined to the others (cat)'
        : '';
      const damage = `it is cut off: its weights end at byte ${header.end}, the file at byte ${bytes}${joined}`;
      return { path, bytes, header, damage };
    } catch (error) {
      if (error instanceof HeaderDamage) return { path, bytes, damage: error.message };
      throw error;
    }
  } catch (error) {
    throw unreadable(`${path}${which}`, error, remedy, signal);
  }
}

/** @returns the size of a file that begins as a GGUF model does */
async function requireGguf(path: string, remedy: string): Promise<number> {
  const file = await open(path);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw wrong(path, 'is not a file', remedy);
    if (stat.size === 0) throw wrong(path, 'is empty', remedy);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    const start = buffer.subarray(0, bytesRead).toString('latin1');
    if (/^\s*<(!doctype|html|\?xml|head)/i.test(start))
      throw wrong(path, 'is a web page, not a GGUF model: the server answered the download with a page', remedy);
    if (start.startsWith('version https://git-lfs'))
      throw wrong(path, 'is a Git LFS pointer, not the GGUF model itself', remedy);
    if (!start.startsWith('GGUF'))
      throw wrong(path, `is not a GGUF model: it begins with ${JSON.stringify(start.slice(0, 8))}, not "GGUF"`, remedy);
    return stat.size;
  } finally {
    await file.close();
  }
}

async function hashFile(path: string, remedy: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal })) hash.update(chunk as Buffer);
  } catch (error) {
    throw unreadable(path, error, remedy, signal);
  }
  return hash.digest('hex');
}

const wrong = (path: string, what: string, remedy: string, cause?: unknown) =>
  new UnderstudyError('POLICY_FILE', `${path} ${what}; ${remedy}`, { cause });

/** An error of the file system in words. */
function unreadable(path: string, error: unknown, remedy: string, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  if (error instanceof UnderstudyError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return wrong(path, 'does not exist', remedy, error);
  if (code === 'EACCES') return wrong(path, 'may not be read by this user', remedy, error);
  return wrong(path, `cannot be read (${message})`, remedy, error);
}
