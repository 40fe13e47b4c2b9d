import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UnderstudyError } from '../../../env/error.ts';
import type { WorkOptions } from '../../../env/work.ts';
import { append, hashOf, requireBeginning, requireModel, requireSpace, size } from './disk.ts';
import type { RemoteFile } from './inspect.ts';
import { PassingError, Patience, type RequestOptions, refusal, request, withinTime } from './request.ts';

export interface DownloadOptions extends WorkOptions, RequestOptions {}

export interface Downloaded {
  /** In bytes. */
  readonly size: number;
  /** SHA-256 of the whole file, lower-case hex. */
  readonly sha256: string;
  /** Whether it was put together from what came over several connections. */
  readonly resumed: boolean;
}

/**
 * Fetches a GGUF file to `path`, taking up `path` where an earlier download left it, and hashes it on the way.
 * What has arrived stays on the disk whatever happens.
 * @throws {UnderstudyError} PULL_NETWORK, PULL_DENIED, PULL_MISSING, PULL_BUSY, PULL_SPACE, PULL_CHANGED for another
 *   size than `remote` tells, PULL_DAMAGED for anything but a GGUF file; the signal's reason when aborted
 */
export async function download(remote: RemoteFile, path: string, options: DownloadOptions = {}): Promise<Downloaded> {
  const { progress, log } = options;
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'a+');
  try {
    const part = new Part(file);
    const here = (await file.stat()).size;
    if (remote.size !== undefined && here > remote.size) await part.clear();
    else if (here > 0) {
      part.take(await hashOf(path, options, 'checking what is already here'), here);
      log?.(`going on after ${size(here)}`);
    }
    if (remote.size !== undefined) await requireSpace(dirname(path), remote.size - part.size);

    const patience = new Patience(options);
    let furthest = part.size;
    for (let whole = part.size === remote.size; !whole; ) {
      try {
        whole = await goOn(remote, part, options);
      } catch (error) {
        // With a server that starts again each time, reaching the same byte as before is not progress.
        await patience.after(error, part.size > furthest);
      }
      furthest = Math.max(furthest, part.size);
    }
    requireBeginning(part.size, remote.url);
    await file.sync();
    progress?.({ stage: 'downloading', done: part.size, of: part.size, unit: 'bytes' });
    return { size: part.size, sha256: part.digest(), resumed: part.resumed };
  } finally {
    await file.close();
  }
}

/** What has arrived: file and hash always hold the same bytes. */
class Part {
  size = 0;
  /** Whether the bytes came over more than one connection. */
  resumed = false;
  readonly #file: FileHandle;
  #hash = createHash('sha256');

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Takes up what lies in the file already. */
  take(hash: Hash, size: number): void {
    this.#hash = hash;
    this.size = size;
    this.resumed = size > 0;
  }

  async add(bytes: Uint8Array): Promise<void> {
    await append(this.#file, bytes);
    this.#hash.update(bytes);
    this.size += bytes.length;
  }

  async clear(): Promise<void> {
    await this.#file.truncate(0);
    this.take(createHash('sha256'), 0);
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}

/**
 * One request for what is still missing.
 * @returns whether the file is whole now; false where the next request has to begin anew
 */
async function goOn(remote: RemoteFile, part: Part, options: DownloadOptions): Promise<boolean> {
  const url = new URL(remote.url);
  const from = part.size;
  const response = await request(url, { headers: from > 0 ? { range: `bytes=${from}-` } : {} }, options);
  const { status, headers } = response;
  const [, start, whole] = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
  try {
    if (status === 416 && remote.size === undefined && Number(whole) === from) return true;
    if (status >= 400 && status !== 416) throw refusal(url, response, options);
    const length = Number(headers.get('content-length') ?? Number.NaN);
    const of = Number(whole ?? (status === 200 ? length : Number.NaN));
    if (remote.size !== undefined && !Number.isNaN(of) && of !== remote.size) throw changed(remote, of);
    if (from > 0) {
      part.resumed = status === 206 && Number(start) === from;
      if (!part.resumed) {
        options.log?.('the server does not continue a download: starting again');
        await part.clear();
        // Only an answer of 200 holds the file from its first byte.
        if (status !== 200) return false;
      }
    } else if (status === 416) throw refusal(url, response, options);
    const total = remote.size ?? (Number.isNaN(of) ? undefined : of);
    await receive(response, part, remote, total, options);
    if (total !== undefined && part.size < total)
      throw new PassingError('PULL_NETWORK', `the connection ended after ${size(part.size)} of ${size(total)}`);
    return true;
  } finally {
    response.body?.cancel().catch(() => {});
  }
}

const changed = (remote: RemoteFile, bytes: number) =>
  new UnderstudyError(
    'PULL_CHANGED',
    `${new URL(remote.url).host} announced ${remote.size} bytes and sends ${bytes}: the file changed at its source, or something on the way changes it; run the same command again`,
  );

async function receive(
  response: Response,
  part: Part,
  remote: RemoteFile,
  total: number | undefined,
  { signal, progress, stallMs = 60_000 }: DownloadOptions,
): Promise<void> {
  if (!response.body) return;
  const reader = response.body.getReader();
  const read = () =>
    withinTime(reader.read(), stallMs, signal).catch((error) => {
      signal?.throwIfAborted();
      if (error instanceof UnderstudyError) throw error;
      const of = total === undefined ? '' : ` of ${size(total)}`;
      throw new PassingError('PULL_NETWORK', `the connection broke after ${size(part.size)}${of}`, { cause: error });
    });
  try {
    for (;;) {
      const { done, value } = await read();
      if (done) return;
      requireModel(value, part.size, remote.url);
      if (remote.size !== undefined && part.size + value.length > remote.size)
        throw changed(remote, part.size + value.length);
      await part.add(value);
      progress?.({ stage: 'downloading', done: part.size, of: total ?? part.size, unit: 'bytes' });
    }
  } finally {
    // A reader that waits for bytes is let go, not awaited: a stalled connection would not answer.
    reader.cancel().catch(() => {});
  }
}
