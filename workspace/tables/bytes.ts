import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { UnderstudyError } from '../../env/error.ts';
import { fileKind, HEAD_BYTES } from '../file-kind.ts';
import { LineProblem } from './lines.ts';

/** What is done with a table's bytes by what they are. */
export interface TableReader {
  /** UTF-8, whatever the file's encoding. */
  text(bytes: AsyncIterable<Buffer>): Promise<void>;
  parquet(bytes: Buffer): Promise<void>;
}

/** What can be said of a file that does not read: continues the file's name. */
export class FileProblem extends Error {}

/**
 * Reads a table's file, whatever it is: text in UTF-8 or UTF-16, with or without a byte order mark, or Parquet; plain or
 * gzip. The content decides, not the name.
 * @param chunkBytes read at a time
 * @param madeBy says how a missing file comes about
 * @returns SHA-256 of the file's bytes in lower-case hex
 * @throws {UnderstudyError} POLICY_FILE naming the file, the line if there is one, and what can be done
 */
export async function readTableFile(
  path: string,
  chunkBytes: number,
  madeBy: string,
  reader: TableReader,
  onBytes?: (bytes: number) => void,
): Promise<string> {
  const hash = createHash('sha256');
  const file = createReadStream(path, { highWaterMark: chunkBytes });
  try {
    await pipeline(file, hashing(hash, onBytes), (bytes: AsyncIterable<Buffer>) => readBytes(bytes, reader));
  } catch (error) {
    throw problemOf(path, madeBy, error);
  }
  return hash.digest('hex');
}

const hashing = (hash: Hash, onBytes?: (bytes: number) => void) =>
  new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      onBytes?.(chunk.length);
      done(undefined, chunk);
    },
  });

function problemOf(path: string, madeBy: string, error: unknown): unknown {
  const wrong = (what: string) => new UnderstudyError('POLICY_FILE', `${path}${what}`, { cause: error });
  if (error instanceof LineProblem) return wrong(`, line ${error.line}: ${error.message}`);
  if (error instanceof FileProblem) return wrong(` ${error.message}`);
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return wrong(` does not exist; ${madeBy}`);
  if (code === 'EISDIR') return wrong(' is a directory, not a file of decisions');
  if (code === 'Z_BUF_ERROR') return wrong(' is gzip that was cut off; make it again');
  if (code?.startsWith('Z_')) return wrong(` is gzip that is damaged (${message}); make it again`);
  // Only what the file system said: anything else is a fault of this program.
  return code?.startsWith('E') && 'syscall' in (error as object) ? wrong(` cannot be read: ${message}`) : error;
}

async function readBytes(source: AsyncIterable<Buffer>, reader: TableReader): Promise<void> {
  const { head, bytes } = await peek(source);
  const kind = fileKind(head);
  switch (kind.kind) {
    case 'other':
      throw new FileProblem(`is ${kind.what}; ${kind.remedy}`);
    case 'parquet':
      return reader.parquet(await joined(bytes));
    case 'gzip':
      return pipeline(Readable.from(bytes), createGunzip(), (inside: AsyncIterable<Buffer>) =>
        readBytes(inside, reader),
      );
    case 'text':
      return reader.text(kind.encoding === 'utf-8' ? bytes : recoded(bytes, kind.encoding));
  }
}

/** The first bytes, and all of them. */
export async function peek(source: AsyncIterable<Buffer>): Promise<{ head: Buffer; bytes: AsyncIterable<Buffer> }> {
  const iterator = source[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (head.length < HEAD_BYTES) {
    const { value, done } = await iterator.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  const bytes = (async function* () {
    if (head.length > 0) yield head;
    for (;;) {
      const { value, done } = await iterator.next();
      if (done) return;
      yield value;
    }
  })();
  return { head, bytes };
}

async function* recoded(bytes: AsyncIterable<Buffer>, encoding: string): AsyncIterable<Buffer> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    for await (const chunk of bytes) yield Buffer.from(decoder.decode(chunk, { stream: true }));
    yield Buffer.from(decoder.decode());
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new FileProblem(`is not valid ${encoding.toUpperCase()} throughout; save it as UTF-8`);
  }
}

export async function joined(bytes: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}
