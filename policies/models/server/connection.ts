import { setTimeout } from 'node:timers/promises';
import type { Address } from './address.ts';
import type { Authorization } from './authorization.ts';
import { ServerFailure } from './failure.ts';
import { backoffMs, FEW_TRIES, LONGEST_PAUSE_MS, type RetryOptions, retryAfterMs } from './retry.ts';
import { Slots } from './slots.ts';

export interface ConnectionOptions {
  readonly authorization: Authorization;
  /** Requests on their way at the same time. */
  readonly slots: number;
  /** Until the whole of an answer is there. */
  readonly timeoutMs: number;
  readonly retry: RetryOptions;
  /** Aborted when the connection is not needed any more. */
  readonly closed: AbortSignal;
}

/** JSON over HTTP to one server: so many requests at a time, repeated where that may help. */
export class Connection {
  readonly host: string;
  private readonly url: string;
  /** Hidden from whatever prints objects. */
  readonly #options: ConnectionOptions;
  private readonly slots: Slots;
  /** When the server may be asked again, in ms since 1970: one request that is told to wait makes all wait. */
  private resumeAt = 0;

  constructor(address: Address, options: ConnectionOptions) {
    this.url = address.url;
    this.host = address.host;
    this.#options = options;
    this.slots = new Slots(options.slots);
  }

  /**
   * What the server answers, parsed: POST where there is a body, else GET.
   * @param patient whether it is worth trying more than twice while the server cannot be reached
   * @throws {ServerFailure} after the retries; the signal's reason where it was aborted
   */
  async ask(path: string, body: object | undefined, signal: AbortSignal, patient = true): Promise<unknown> {
    const stop = AbortSignal.any([signal, this.#options.closed]);
    return this.slots.use(() => this.retried(path, body, stop, patient), stop);
  }

  private async retried(path: string, body: object | undefined, stop: AbortSignal, patient: boolean): Promise<unknown> {
    const { retry } = this.#options;
    const { tries = 6 } = retry;
    for (let attempt = 1; ; attempt++) {
      await this.pause(this.resumeAt - Date.now(), stop);
      try {
        return await this.once(path, body, stop);
      } catch (error) {
        stop.throwIfAborted();
        if (!(error instanceof ServerFailure)) throw error;
        const { kind, message, retryAfterMs: wait } = error;
        const most = kind === 'refused' ? 1 : kind === 'timeout' || (!patient && kind !== 'busy') ? FEW_TRIES : tries;
        if (attempt >= Math.min(most, tries) || (wait ?? 0) > LONGEST_PAUSE_MS)
          throw attempt === 1 ? error : new ServerFailure(kind, this.host, `${message}, ${attempt} times`, error);
        this.resumeAt = Math.max(this.resumeAt, Date.now() + (wait ?? 0));
        await this.pause(backoffMs(attempt, retry, Math.random()), stop);
      }
    }
  }

  private async once(path: string, body: object | undefined, stop: AbortSignal): Promise<unknown> {
    const { timeoutMs, authorization } = this.#options;
    const late = AbortSignal.timeout(timeoutMs);
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.url + path, {
        method: body ? 'POST' : 'GET',
        headers: {
          accept: 'application/json',
          ...(body && { 'content-type': 'application/json' }),
          ...(authorization && 'header' in authorization && { authorization: authorization.header }),
        },
        ...(body && { body: JSON.stringify(body) }),
        // A redirected POST becomes a GET, and where to is for a person to judge.
        redirect: 'manual',
        signal: AbortSignal.any([stop, late]),
      });
      text = await response.text();
    } catch (cause) {
      if (stop.aborted) throw stop.reason;
      if (late.aborted || codeOf(cause) === 'UND_ERR_HEADERS_TIMEOUT')
        throw new ServerFailure('timeout', this.host, `${this.host} did not answer within ${timeoutMs / 1000} s`);
      throw new ServerFailure('unreachable', this.host, `${this.host} cannot be reached (${reasonOf(cause)})`, {
        cause,
      });
    }
    return this.read(path, response, text);
  }

  /** The body of a good answer; a failure for every other. */
  private read(path: string, { status, headers, ok }: Response, text: string): unknown {
    const body = parsed(text);
    const failed = ok ? failureIn(body) : { status, said: saidIn(body) ?? text };
    if (failed) {
      const said = this.concealed(failed.said).trim().slice(0, 300);
      const told = `${failed.status}${said ? `: ${said}` : ''}`;
      const busy = failed.status === 408 || failed.status === 429 || failed.status >= 500;
      const location = status >= 300 && status < 400 ? headers.get('location') : null;
      if (location !== null)
        throw new ServerFailure('refused', this.host, `${this.host} has moved (${status}); name its new address`, {
          status,
        });
      throw new ServerFailure(
        busy ? 'busy' : 'refused',
        this.host,
        `${this.host} ${busy ? 'is busy or broken' : 'refused the request'} (${told})`,
        { status: failed.status, said, retryAfterMs: retryAfterMs(headers.get('retry-after'), Date.now()) },
      );
    }
    if (body === undefined)
      throw new ServerFailure(
        'unreadable',
        this.host,
        `${this.host} answered ${path} with ${/^\s*</.test(text) ? 'HTML' : 'something'} that is no JSON ("${this.concealed(text).trim().slice(0, 60)}"), as no OpenAI-compatible server does; check the path of its address, usually /v1`,
      );
    return body;
  }

  /** A text of the server without what it was told in confidence. */
  private concealed(text: string): string {
    const { authorization } = this.#options;
    if (!authorization || !('header' in authorization)) return text;
    return text.replaceAll(authorization.header.split(' ')[1]!, '…');
  }

  private async pause(ms: number, stop: AbortSignal): Promise<void> {
    if (ms <= 0) return;
    try {
      await setTimeout(ms, undefined, { signal: stop });
    } catch {
      stop.throwIfAborted();
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Gateways pass on the failure of a server behind them with status 200. */
function failureIn(body: unknown): { status: number; said: string } | undefined {
  if (!isObject(body) || !body.error || 'choices' in body || 'data' in body) return undefined;
  const code = isObject(body.error) ? Number(body.error.code) : Number.NaN;
  return { status: code >= 400 && code < 600 ? code : 502, said: saidIn(body) ?? '' };
}

/**
 * What an error says: OpenAI and llama-server {error: {message, param}}, Ollama {error}, older vLLM {message}, FastAPI
 * {detail}, a list of what is wrong where.
 */
function saidIn(body: unknown): string | undefined {
  if (!isObject(body)) return undefined;
  const { error, message, detail } = body;
  if (isObject(error)) {
    const param = typeof error.param === 'string' ? ` (${error.param})` : '';
    return typeof error.message === 'string' ? error.message + param : JSON.stringify(error);
  }
  for (const text of [error, message, detail]) if (typeof text === 'string') return text;
  if (!Array.isArray(detail)) return undefined;
  return detail
    .filter(isObject)
    .map(({ loc, msg }) => `${Array.isArray(loc) ? loc.join('.') : ''}: ${String(msg)}`)
    .join('; ');
}

/** Node's fetch puts the reason into the cause of a TypeError. */
function codeOf(error: unknown): string | undefined {
  const cause = (error as { cause?: { code?: unknown } } | undefined)?.cause;
  return typeof cause?.code === 'string' ? cause.code : undefined;
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection cut',
  UND_ERR_SOCKET: 'connection cut',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'no such host',
  ETIMEDOUT: 'no connection',
  UND_ERR_CONNECT_TIMEOUT: 'no connection',
};

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  return code ? (reasons[code] ?? code) : (error as Error).message;
}
