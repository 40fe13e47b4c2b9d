import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import type { Redis } from 'ioredis';
import { UnderstudyError } from '../env/error.ts';
import { sha256 } from '../workspace/hash.ts';
import { PREFIX } from './connection.ts';

const [compress, expand] = [promisify(brotliCompress), promisify(brotliDecompress)];

/** Seconds that what is not fetched is kept: a week. */
export const KEPT_SECONDS = 7 * 24 * 3600;

/** A value of the server holds this many bytes at most; larger files are several values. */
const PART_BYTES = 16 << 20;

const keyOf = (hash: string, part: number) => `${PREFIX}:file:${hash}:${part}`;

/**
 * Keeps bytes under their SHA-256, each content once, for a week after it was last put there.
 * @returns the SHA-256 in lower-case hex
 */
export async function putFile(server: Redis, bytes: Uint8Array, partBytes = PART_BYTES): Promise<string> {
  const hash = sha256(bytes);
  const parts = Math.max(1, Math.ceil(bytes.length / partBytes));
  // The first part says that all are there: it is written last.
  for (let part = parts - 1; part >= 0; part--) {
    const key = keyOf(hash, part);
    if ((await server.expire(key, KEPT_SECONDS)) === 1) continue;
    const slice = bytes.subarray(part * partBytes, (part + 1) * partBytes);
    await server.set(key, await packed(slice, parts), 'EX', KEPT_SECONDS);
  }
  return hash;
}

/** A part as it is kept: the number of all parts in four bytes, then what it holds, compressed. */
async function packed(part: Uint8Array, parts: number): Promise<Buffer> {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(parts);
  return Buffer.concat([head, await compress(part, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })]);
}

/** @throws {UnderstudyError} QUEUE_JOB if it is not there any more, or damaged */
export async function getFile(server: Redis, hash: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let part = 0, parts = 1; part < parts; part++) {
    const value = await server.getBuffer(keyOf(hash, part));
    if (!value) throw lost(hash, 'is not on the server any more: it is kept for a week');
    parts = value.readUInt32BE(0);
    pieces.push(await expand(value.subarray(4)));
  }
  const bytes = Buffer.concat(pieces);
  if (sha256(bytes) !== hash) throw lost(hash, 'came back changed');
  return bytes;
}

/** Forgets a file. */
export async function removeFile(server: Redis, hash: string): Promise<void> {
  const first = await server.getBuffer(keyOf(hash, 0));
  const parts = first?.readUInt32BE(0) ?? 0;
  for (let part = 0; part < parts; part++) await server.del(keyOf(hash, part));
}

const lost = (hash: string, what: string) =>
  new UnderstudyError('QUEUE_JOB', `the file ${hash.slice(0, 12)} of the job ${what}; run the command again`);
