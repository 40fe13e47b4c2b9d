import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DistillError } from './distill-error.ts';
import type { WorkOptions } from './progress.ts';

/** What a server says about a file before it is fetched. */
export interface RemoteFile {
  readonly url: string;
  /** In bytes; undefined where the server does not say. */
  readonly size?: number;
  /** Lower-case hex; the Hugging Face hub announces it, most servers do not. */
  readonly sha256?: string;
  /** The hub's commit of the repository. */
  readonly revision?: string;
}

export interface DownloadOptions extends WorkOptions {
  /** Sent as a bearer token, to the first host only. */
  readonly token?: string;
  /** How often a connection that broke is taken up again without a byte of progress between; default 3. */
  readonly retries?: number;
  /** A connection without a byte for so long counts as broken; default 60,000. */
  readonly stallMs?: number;
  /** Before the first retry, doubled before each further one; default 1,000. */
  readonly backoffMs?: number;
}

const SHA256 = /^"?([0-9a-f]{64})"?$/i;
const HOPS = 5;

/**
 * What the server announces about a file. The hub answers with a redirection that carries the SHA-256 of large files
 * (`x-linked-etag`), so redirections are followed by hand until it is there.
 * @throws {DistillError} PULL_NETWORK, PULL_DENIED, PULL_MISSING, PULL_BUSY
 */
export async function inspect(url: string, options: DownloadOptions = {}): Promise<RemoteFile> {
  let at = new URL(url);
  let token = options.token;
  for (let hop = 0; hop < HOPS; hop++) {
    const response = await request(at.href, { method: 'HEAD', redirect: 'manual' }, { ...options, token });
    const sha256 = SHA256.exec(response.headers.get('x-linked-etag') ?? '')?.[1]?.toLowerCase();
    const size = Number(response.headers.get('x-linked-size') ?? response.headers.get('content-length') ?? Number.NaN);
    const revision = response.headers.get('x-repo-commit') ?? undefined;
    const location = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && location && sha256 === undefined) {
      const next = new URL(location, at);
      if (next.origin !== at.origin) token = undefined;
      at = next;
      continue;
    }
    // Some servers do not answer HEAD; the download itself then tells.
    if (response.status === 405 || response.status === 501) return { url };
    if (response.status >= 400) throw refusal(url, response, token !== undefined);
    return {
      url,
      ...(Number.isSafeInteger(size) && size > 0 && { size }),
      ...(sha256 && { sha256 }),
      ...(revision && { revision }),
    };
  }
  throw new DistillError('PULL_NETWORK', `${url} was redirected more than ${HOPS} times`);
}

/**
 * Fetches a file to `path`, taking up `path` where an earlier download left it, and hashes it on the way.
 * What has arrived stays on the disk whatever happens.
 * @returns size in bytes and SHA-256 of the whole file
 * @throws {DistillError} PULL_NETWORK, PULL_DENIED, PULL_MISSING, PULL_BUSY, PULL_SPACE; the signal's reason when aborted
 */
export async function download(
  remote: RemoteFile,
  path: string,
  options: DownloadOptions = {},
): Promise<{ size: number; sha256: string }> {
  const { signal, progress, log, retries = 3, backoffMs = 1000 } = options;
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'a+');
  try {
    let hash = createHash('sha256');
    let have = (await file.stat()).size;
    if (remote.size !== undefined && have > remote.size) have = 0;
    await file.truncate(have);
    let of = remote.size ?? have;
    if (have > 0) {
      hash = await hashOf(path, options, 'checking what is here already');
      log?.(`going on after ${(have / 1e6).toFixed(1)} MB`);
    }
    await requireSpace(dirname(path), of - have);

    let failures = 0;
    while (remote.size === undefined || have < remote.size) {
      const before = have;
      try {
        const response = await request(
          remote.url,
          { headers: have > 0 ? { range: `bytes=${have}-` } : {} },
          { ...options },
        );
        if (response.status === 416 && remote.size === undefined) break;
        if (response.status >= 400) {
          await response.body?.cancel();
          throw refusal(remote.url, response, options.token !== undefined);
        }
        const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
        if (have > 0 && (response.status !== 206 || Number(range?.[1]) !== have)) {
          log?.('the server does not continue a download: starting again');
          have = 0;
          hash = createHash('sha256');
          await file.truncate(0);
        }
        of = remote.size ?? (Number(range?.[2]) || have + Number(response.headers.get('content-length') ?? 0));
        have = await receive(response, file, hash, options, have, of);
        if (remote.size === undefined && (of === 0 || have >= of)) break;
        if (have < of) throw new DistillError('PULL_NETWORK', `the connection ended after ${have} of ${of} bytes`);
      } catch (error) {
        signal?.throwIfAborted();
        // What has been written is what has been hashed: receive() updates both before it can fail.
        have = (await file.stat()).size;
        failures = have > before ? 1 : failures + 1;
        if (!(error instanceof DistillError && error.code === 'PULL_NETWORK') || failures > retries) throw error;
        log?.(`${error.message}; trying again from ${have} bytes`);
        await wait(backoffMs * 2 ** (failures - 1), undefined, { signal });
      }
    }
    await file.sync();
    progress?.({ stage: 'downloading', done: have, of: have, unit: 'bytes' });
    return { size: have, sha256: hash.digest('hex') };
  } finally {
    await file.close();
  }
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

/** Appends the body to the file; hash and file always hold the same bytes. */
async function receive(
  response: Response,
  file: Awaited<ReturnType<typeof open>>,
  hash: Hash,
  { signal, progress, stallMs = 60_000 }: DownloadOptions,
  from: number,
  of: number,
): Promise<number> {
  let have = from;
  if (!response.body) return have;
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await withinTime(reader.read(), stallMs, signal);
      if (done) return have;
      await write(file, value);
      hash.update(value);
      have += value.length;
      progress?.({ stage: 'downloading', done: have, of: Math.max(of, have), unit: 'bytes' });
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof DistillError) throw error;
    throw new DistillError(
      'PULL_NETWORK',
      `the connection broke after ${have} of ${of || 'an unknown number of'} bytes`,
      {
        cause: error,
      },
    );
  } finally {
    // A reader that waits for bytes is let go, not awaited: a stalled connection would not answer.
    reader.cancel().catch(() => {});
  }
}

async function write(file: Awaited<ReturnType<typeof open>>, bytes: Uint8Array): Promise<void> {
  try {
    await file.appendFile(bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
      throw new DistillError('PULL_SPACE', 'the disk is full; free some space and run the same command to go on', {
        cause: error,
      });
    throw error;
  }
}

async function requireSpace(directory: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  if (bytes > free)
    throw new DistillError(
      'PULL_SPACE',
      `${directory} has ${gigabytes(free)} free, the download needs ${gigabytes(bytes)} more; free some space or use another --workspace`,
    );
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;

async function request(url: string, init: RequestInit, { token, signal, stallMs = 60_000 }: DownloadOptions) {
  const headers = { ...(init.headers as Record<string, string>), ...(token && { authorization: `Bearer ${token}` }) };
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), stallMs);
  try {
    const signals = signal ? [signal, stalled.signal] : [stalled.signal];
    return await fetch(url, {
      ...init,
      headers: { 'accept-encoding': 'identity', ...headers },
      signal: AbortSignal.any(signals),
    });
  } catch (error) {
    signal?.throwIfAborted();
    const { host } = new URL(url);
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
    const why = stalled.signal.aborted
      ? `no answer for ${stallMs / 1000} s`
      : (cause?.code ?? (error as Error).message);
    throw new DistillError(
      'PULL_NETWORK',
      `cannot reach ${host} (${why}); check the connection, or fetch the file on another machine and use --from FILE`,
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
}

function refusal(url: string, response: Response, token: boolean): DistillError {
  const { status } = response;
  if (status === 401 || status === 403)
    return new DistillError(
      'PULL_DENIED',
      token
        ? `${url} refuses HF_TOKEN (${status}); accept the model's terms on its page, or use a token that may read it`
        : `${url} asks for a login (${status}); accept the model's terms on its page and set HF_TOKEN to a token that may read it`,
    );
  if (status === 404 || status === 410)
    return new DistillError('PULL_MISSING', `${url} does not exist (${status}); check the address, or use --from URL`);
  if (status === 429) {
    const after = response.headers.get('retry-after');
    return new DistillError(
      'PULL_BUSY',
      `${new URL(url).host} asks to wait${after ? ` ${after} s` : ''} (429); run the same command again then, it goes on where it stopped`,
    );
  }
  return new DistillError(
    status >= 500 ? 'PULL_NETWORK' : 'PULL_MISSING',
    `${url} answered ${status} ${response.statusText}`.trim(),
  );
}

/** The promise, or a PULL_NETWORK error when it takes longer. */
async function withinTime<T>(promise: Promise<T>, ms: number, signal?: AbortSignal): Promise<T> {
  const over = new AbortController();
  const late = wait(ms, undefined, { signal: signal ? AbortSignal.any([signal, over.signal]) : over.signal }).then(
    () => {
      throw new DistillError('PULL_NETWORK', `no byte for ${ms / 1000} s`);
    },
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    over.abort();
    late.catch(() => {});
  }
}
