import { UnderstudyError } from '../../../env/error.ts';
import { Patience, type RequestOptions, refusal, request } from './request.ts';

/** What a server says about a file before it is fetched. */
export interface RemoteFile {
  readonly url: string;
  /** In bytes; undefined where the server does not say. */
  readonly size?: number;
  /** Lower-case hex; the Hugging Face hub announces it, most servers do not. */
  readonly sha256?: string;
  /** The hub's commit of the repository. */
  readonly revision?: string;
  /** What changes when the file does: its ETag, otherwise its time of last modification. */
  readonly version?: string;
}

const SHA256 = /^"?([0-9a-f]{64})"?$/i;
const HOPS = 5;
/** Answers to HEAD of servers that would answer GET: links signed for GET alone get 403. */
const NO_HEAD = new Set([400, 403, 405, 501]);

/**
 * What the server announces about a file. The hub answers with a redirection that carries the SHA-256 of large files
 * (`x-linked-etag`), so redirections are followed by hand until it is there.
 * @throws {UnderstudyError} PULL_NETWORK, PULL_DENIED, PULL_MISSING, PULL_BUSY, PULL_DAMAGED for a web page
 */
export async function inspect(url: string, options: RequestOptions = {}): Promise<RemoteFile> {
  return new Patience(options).keepTrying(() => ask(url, options));
}

async function ask(url: string, options: RequestOptions): Promise<RemoteFile> {
  let at = new URL(url);
  let method: 'HEAD' | 'GET' = 'HEAD';
  for (let hop = 0; hop <= HOPS; hop++) {
    const range = method === 'GET' ? { range: 'bytes=0-0' } : undefined;
    const response = await request(at, { method, redirect: 'manual', headers: range }, options);
    await response.body?.cancel();
    const { status, headers } = response;
    if (method === 'HEAD' && NO_HEAD.has(status)) {
      method = 'GET';
      at = new URL(url);
      continue;
    }
    const sha256 = SHA256.exec(headers.get('x-linked-etag') ?? '')?.[1]?.toLowerCase();
    const location = headers.get('location');
    if (status >= 300 && status < 400 && location && sha256 === undefined) {
      at = new URL(location, at);
      continue;
    }
    if (status >= 400) throw refusal(at, response, options);
    if (sha256 === undefined && headers.get('content-type')?.startsWith('text/html'))
      throw new UnderstudyError(
        'PULL_DAMAGED',
        `${at.host} answers with a web page in place of the model: a page about it, or the network's login page; check the address in a browser`,
      );
    const size = sizeOf(headers, status);
    const revision = headers.get('x-repo-commit');
    const version = headers.get('etag') ?? headers.get('last-modified');
    return {
      url,
      ...(size !== undefined && { size }),
      ...(sha256 && { sha256 }),
      ...(revision && { revision }),
      ...(version && { version }),
    };
  }
  throw new UnderstudyError('PULL_NETWORK', `${url} was redirected more than ${HOPS} times`);
}

function sizeOf(headers: Headers, status: number): number | undefined {
  const whole =
    status === 206 ? /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1] : headers.get('content-length');
  const size = Number(headers.get('x-linked-size') ?? whole ?? Number.NaN);
  return Number.isSafeInteger(size) && size > 0 ? size : undefined;
}
