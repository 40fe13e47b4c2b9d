import { setTimeout as wait } from 'node:timers/promises';
import { UnderstudyError } from '../../../env/error.ts';
import { HUB } from '../catalog.ts';

interface PatienceOptions {
  readonly signal?: AbortSignal;
  /** One line for the log. */
  readonly log?: (line: string) => void;
  /** How often in a row, without a byte of progress between, something is tried again; default 4. */
  readonly retries?: number;
  /** Before the first retry, in milliseconds, doubled before each further one; default 1,000. */
  readonly backoffMs?: number;
  /** The longest wait that a server may ask for, in milliseconds; default ten minutes. */
  readonly patienceMs?: number;
}

/** What may pass by itself: a broken connection, a server that is busy or out of order. */
export class PassingError extends UnderstudyError {
  /** What happened, without what to do. */
  readonly what: string;
  /** How long the server asks to wait. */
  readonly retryAfterMs?: number;

  constructor(
    code: 'PULL_NETWORK' | 'PULL_BUSY',
    what: string,
    { advice, retryAfterMs, cause }: { advice?: string; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(code, advice ? `${what}; ${advice}` : what, { cause });
    this.what = what;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}

/** Decides after each failure whether it is tried again, and waits until it may be. */
export class Patience {
  readonly #options: PatienceOptions;
  #failures = 0;

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /**
   * Returns when it is time to try again.
   * @param progressed whether anything arrived since the last failure
   * @throws the failure, where it will not pass, has come too often, or the server asks for too long a wait; the
   *   signal's reason when aborted
   */
  async after(failure: unknown, progressed = false): Promise<void> {
    const { signal, log, retries = 4, backoffMs = 1000, patienceMs = 600_000 } = this.#options;
    signal?.throwIfAborted();
    if (!(failure instanceof PassingError)) throw failure;
    this.#failures = progressed ? 1 : this.#failures + 1;
    const { what, retryAfterMs: asked } = failure;
    if (asked !== undefined && asked > patienceMs)
      throw new UnderstudyError(
        failure.code,
        `${what} and asks to come back in ${span(asked)}, at ${moment(Date.now() + asked)}; run the same command again then; it resumes where it stopped`,
        { cause: failure },
      );
    if (this.#failures > retries) throw failure;
    // Spread a little: clients that were cut off together should not come back together.
    const ms = asked ?? backoffMs * 2 ** (this.#failures - 1) * (0.75 + Math.random() / 2);
    log?.(
      asked !== undefined
        ? `${what} and asks to wait ${span(ms)}: waiting until ${moment(Date.now() + ms)}`
        : `${what}; trying again in ${span(ms)}`,
    );
    await wait(ms, undefined, { signal }).catch((error) => {
      signal?.throwIfAborted();
      throw error;
    });
  }

  /** Runs `attempt` until it succeeds. @throws as `after` does */
  async keepTrying<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        await this.after(error);
      }
    }
  }
}

/** A wait as people say it, rounded up: "1 s", "90 s", "5 min", "3 h". */
function span(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const minutes = Math.ceil(seconds / 60);
  if (seconds < 120) return `${seconds} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}

/** A moment, in the place's own time: "12 Nov 2026, 14:05:33". */
function moment(at: number): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' }).format(at);
}

export interface RequestOptions extends PatienceOptions {
  /** Sent as a bearer token to the hub's own origin and to no other, redirected to or not. */
  readonly token?: string;
  /** Origin of the hub, for tests and mirrors. */
  readonly hub?: string;
  /** Milliseconds without a byte after which a connection counts as broken; default 60,000. */
  readonly stallMs?: number;
}

/**
 * One request; what answers is returned whatever its status.
 * @throws {PassingError} PULL_NETWORK if there is no answer; the signal's reason when aborted
 */
export async function request(
  url: URL,
  init: { method?: 'HEAD' | 'GET'; redirect?: 'manual'; headers?: Record<string, string> },
  options: RequestOptions,
): Promise<Response> {
  const { signal, stallMs = 60_000 } = options;
  const token = tokenFor(url, options);
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), stallMs);
  try {
    return await fetch(url, {
      ...init,
      // A compressed answer would have other bytes to count and to go on from.
      headers: { 'accept-encoding': 'identity', ...init.headers, ...(token && { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.any(signal ? [signal, stalled.signal] : [stalled.signal]),
    });
  } catch (error) {
    signal?.throwIfAborted();
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
    const why = stalled.signal.aborted
      ? `no answer within ${stallMs / 1000} s`
      : reason(cause?.code, cause?.message ?? (error as Error).message);
    throw new PassingError('PULL_NETWORK', `cannot reach ${url.host}: ${why}`, {
      advice: 'check the connection, or fetch the file on another machine and use --from FILE',
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Why a connection failed, in words where the system's code is a common one. */
function reason(code: string | undefined, message: string): string {
  const words: Record<string, string> = {
    ENOTFOUND: 'its address was not found',
    EAI_AGAIN: 'its address was not found',
    ECONNREFUSED: 'it refused the connection',
    ECONNRESET: 'it closed the connection',
    UND_ERR_SOCKET: 'it closed the connection',
    UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  };
  const said = code === undefined ? undefined : words[code];
  return said ? `${said} (${code})` : (code ?? message);
}

/** The promise, or a PULL_NETWORK error when it takes longer. */
export async function withinTime<T>(promise: Promise<T>, ms: number, signal?: AbortSignal): Promise<T> {
  const over = new AbortController();
  const late = wait(ms, undefined, { signal: signal ? AbortSignal.any([signal, over.signal]) : over.signal }).then(
    () => {
      throw new PassingError('PULL_NETWORK', `no byte came for ${ms / 1000} s`);
    },
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    over.abort();
    late.catch(() => {});
  }
}

const tokenFor = (url: URL, { token, hub = HUB }: RequestOptions) =>
  url.origin === new URL(hub).origin ? token : undefined;

/** What an answer of 400 or more to a request for `url` means, and what to do. */
export function refusal(url: URL, response: Response, options: RequestOptions): UnderstudyError {
  const { status, statusText, headers } = response;
  const where = `${url.origin}${url.pathname}`;
  // The hub does not tell a stranger whether a repository exists: 401 with this code.
  const hidden = status === 401 && headers.get('x-error-code') === 'RepoNotFound';
  if (status === 404 || status === 410 || (hidden && tokenFor(url, options) === undefined))
    return new UnderstudyError(
      'PULL_MISSING',
      `${where} does not exist (${status}); check the address, or use --from URL`,
    );
  const again = { advice: 'run the same command again later; it resumes where it stopped' };
  if (status === 403 && response.redirected && new URL(response.url).origin !== url.origin)
    // A link with a signature that has run out: the next try is given a new one.
    return new PassingError('PULL_NETWORK', `${new URL(response.url).host} refused a link of its own (403)`, again);
  if (status === 401 || status === 403) return denied(url, status, options);
  const retryAfterMs = retryAfter(headers);
  if (status === 429)
    return new PassingError('PULL_BUSY', `${url.host} has had too many requests (429)`, { ...again, retryAfterMs });
  const what = `${where} answered ${`${status} ${statusText}`.trim()}`;
  if (status === 408 || status >= 500) return new PassingError('PULL_NETWORK', what, { ...again, retryAfterMs });
  return new UnderstudyError('PULL_MISSING', `${what}; check the address, or use --from URL`);
}

function denied(url: URL, status: number, options: RequestOptions): UnderstudyError {
  const say = (message: string) => new UnderstudyError('PULL_DENIED', message);
  const hub = new URL(options.hub ?? HUB);
  if (url.origin !== hub.origin)
    return say(`${url.host} asks for a login (${status}); fetch the file by other means and use --from FILE`);
  const repository = url.pathname.split('/').slice(1, 3).join('/');
  const page = `${HUB}/${repository}`;
  const tokens = `${HUB}/settings/tokens`;
  if (options.token === undefined)
    return say(
      `${repository} asks for a login (${status}): accept its terms at ${page}, make a token at ${tokens}, then run the same command with HF_TOKEN=hf_… before it${hub.origin === HUB ? '' : ', and without HF_ENDPOINT: a mirror is sent no token'}`,
    );
  if (status === 401)
    return say(`${hub.host} does not know HF_TOKEN (401): it is mistyped, expired or revoked; make one at ${tokens}`);
  return say(
    `HF_TOKEN may not read ${repository} (403): accept its terms at ${page} with the account that the token belongs to; a fine-grained token also needs read access to gated repositories`,
  );
}

/**
 * How long a server asks to wait, in milliseconds, counted from now; undefined where it does not say.
 * `Retry-After` in seconds or as a date (RFC 9110, 2022, 10.2.3), otherwise the `t` of `RateLimit`, by which the
 * Hugging Face hub tells when its window ends.
 */
export function retryAfter(headers: Headers, now = Date.now()): number | undefined {
  const asked = headers.get('retry-after')?.trim();
  if (asked && /^\d+$/.test(asked)) return Number(asked) * 1000;
  const date = asked ? Date.parse(asked) : Number.NaN;
  if (!Number.isNaN(date)) {
    // By the server's own clock, which need not be this machine's.
    const there = Date.parse(headers.get('date') ?? '');
    return Math.max(0, date - (Number.isNaN(there) ? now : there));
  }
  const reset = /;\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  return reset === undefined ? undefined : Number(reset) * 1000;
}
