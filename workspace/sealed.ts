import { createHash } from 'node:crypto';

/** What a sealed file holds: a header, and pieces of bytes whose meaning the header says. */
export interface Sealed {
  readonly header: unknown;
  readonly pieces: readonly Uint8Array[];
}

const HASH_BYTES = 32;
const LINE_FEED = 0x0a;

/**
 * Bytes that say what they are and whether they are whole: a line with their kind and version, a line of JSON, the pieces
 * one after the other, and the SHA-256 of all that.
 * @param kind a word: "snapshot"
 */
export function seal(kind: string, version: number, header: object, pieces: readonly Uint8Array[]): Uint8Array {
  const lengths = pieces.map(({ length }) => length);
  const head = Buffer.from(`${titleOf(kind, version)}\n${JSON.stringify({ lengths, header })}\n`);
  const sealed = new Uint8Array(lengths.reduce((sum, length) => sum + length, head.length + HASH_BYTES));
  sealed.set(head);
  let at = head.length;
  for (const piece of pieces) {
    sealed.set(piece, at);
    at += piece.length;
  }
  sealed.set(digest(sealed.subarray(0, at)), at);
  return sealed;
}

/**
 * What was sealed; the pieces are views of the bytes.
 * @throws {SyntaxError} saying what is wrong: "is not a snapshot of Understudy", "is damaged: …"
 */
export function unseal(kind: string, version: number, sealed: Uint8Array): Sealed {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const title = bytes.toString('latin1', 0, Math.max(0, bytes.subarray(0, 80).indexOf(LINE_FEED)));
  const [, found, number] = /^understudy (\S+) (\d+)$/.exec(title) ?? [];
  if (found !== kind) throw new SyntaxError(`is not a ${kind} of Understudy${found ? ` but a ${found}` : ''}`);
  if (Number(number) !== version)
    throw new SyntaxError(`is a ${kind} of version ${number}, and this version of Understudy reads ${version}`);
  const end = bytes.length - HASH_BYTES;
  const [whole, written] = [digest(bytes.subarray(0, end)), bytes.subarray(end)];
  if (!written.equals(whole))
    throw new SyntaxError(
      `is damaged: its SHA-256 is ${hex(whole)}… and ${hex(written)}… was written; it was cut off or changed`,
    );
  const json = bytes.indexOf(LINE_FEED, title.length + 1);
  const { lengths, header } = JSON.parse(bytes.toString('utf8', title.length + 1, json)) as {
    readonly lengths: readonly number[];
    readonly header: unknown;
  };
  let at = json + 1;
  return { header, pieces: lengths.map((length) => bytes.subarray(at, (at += length))) };
}

const titleOf = (kind: string, version: number): string => `understudy ${kind} ${version}`;

/** A hash takes less than 2 GiB at once. */
const CHUNK_BYTES = 2 ** 28;

function digest(bytes: Uint8Array): Buffer {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) hash.update(bytes.subarray(at, at + CHUNK_BYTES));
  return hash.digest();
}

const hex = (hash: Uint8Array): string => Buffer.from(hash).toString('hex', 0, 6);
