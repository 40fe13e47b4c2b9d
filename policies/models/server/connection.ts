import { setTimeout } from 'node:timers/promises';
import { currentMeter } from '../../spending/meter.ts';
import type { Address } from './address.ts';
import { completionOfStream, isEventStream } from './completion.ts';
import {
  codeIn,
  DAILY,
  detailsIn,
  type Failed,
  failureIn,
  LOADING,
  QUOTA,
  resetMs,
  ServerFailure,
  saidIn,
  UNPAID,
} from './failure.ts';
import { claimOf, replyIn } from './request-cost.ts';
import {
  BROKEN_TRIES,
  backoffMs,
  FEW_TRIES,
  LONGEST_LOADING_MS,
  LONGEST_PAUSE_MS,
  type RetryOptions,
  retryAfterMs,
} from './retry.ts';
import { type Authorization, Secret } from './secret.ts';
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
  /** One line for the log. */
  readonly log?: (line: string) => void;
}

/** JSON over HTTP to one server: a limited number of requests at a time, repeated where that may help. */
export class Connection {
  readonly host: string;
  readonly #url: string;
  readonly #options: ConnectionOptions;
  readonly #secret: Secret;
  readonly #slots: Slots;
  /** When the server may be asked again, in ms since 1970: one request that has to wait makes all wait. */
  #resumeAt = 0;
  /** Since when the server has been loading its model, and when that was said last, in ms since 1970. */
  #loading: { readonly since: number; said: number } | undefined;

  constructor(address: Address, options: ConnectionOptions) {
    const { authorization, slots } = options;
    this.#url = address.url;
    this.host = address.host;
    this.#options = options;
    this.#secret = new Secret(
      authorization && 'header' in authorization ? authorization.header.split(' ')[1] : undefined,
    );
    this.#slots = new Slots(slots);
  }

  /**
   * What the server answers, parsed: POST if there is a body, otherwise GET.
   * @param patient whether it is worth trying more than twice while the server cannot be reached
   * @throws {ServerFailure} after the retries; the signal's reason where it was aborted
   */
  async ask(path: string, body: object | undefined, signal: AbortSignal, patient = true): Promise<unknown> {
    const stop = AbortSignal.any([signal, this.#options.closed]);
    return this.#slots.use(() => this.#retried(path, body, stop, patient), stop);
  }

  /** A text without the key that was sent to the server. */
  hide(text: string): string {
    return this.#secret.hide(text);
  }

  async #retried(path: string, body: object | undefined, stop: AbortSignal, patient: boolean): Promise<unknown> {
    const { retry } = this.#options;
    const { tries = 6 } = retry;
    let loads = 0;
    for (let attempt = 1; ; attempt++) {
      await this.#pause(this.#resumeAt - Date.now(), stop);
      try {
        const answer = await this.#metered(path, body, stop);
        this.#loading = undefined;
        return answer;
      } catch (error) {
        stop.throwIfAborted();
        if (!(error instanceof ServerFailure)) throw error;
        if (error.kind === 'loading') {
          this.#waitForLoading(error);
          // A pause of its own each, so that not all come back at once; it does not count as a try.
          await this.#pause(
            Math.max(error.retryAfterMs ?? 0, backoffMs(++loads, retry, 0.5 + Math.random() / 2)),
            stop,
          );
          attempt--;
          continue;
        }
        const { kind, message, status, retryAfterMs: wait } = error;
        const few = kind === 'timeout' || (!patient && kind !== 'busy');
        const most =
          kind === 'refused' || kind === 'quota' || status === 501
            ? 1
            : few
              ? FEW_TRIES
              : status === 500 || kind === 'unreadable'
                ? BROKEN_TRIES
                : tries;
        if (attempt >= Math.min(most, tries) || (wait ?? 0) > LONGEST_PAUSE_MS)
          throw attempt === 1 ? error : new ServerFailure(kind, this.host, `${message}, ${attempt} times`, error);
        this.#resumeAt = Math.max(this.#resumeAt, Date.now() + (wait ?? 0));
        await this.#pause(backoffMs(attempt, retry, Math.random()), stop);
      }
    }
  }

  /** @throws {ServerFailure} the failure, after the longest that a model may take to load */
  #waitForLoading(failure: ServerFailure): void {
    const now = Date.now();
    const loading = (this.#loading ??= { since: now, said: 0 });
    const minutes = Math.round((now - loading.since) / 60_000);
    if (now - loading.since > LONGEST_LOADING_MS)
      throw new ServerFailure('loading', this.host, `${failure.message}, for ${minutes} minutes`, failure);
    if (now - loading.said < 60_000) return;
    loading.said = now;
    this.#options.log?.(
      `${this.host} is loading its model; waiting for it${minutes > 0 ? ` (${minutes} min so far)` : ''}`,
    );
  }

  /** One request, held within the budget of whoever asks: what an error comes to is nothing, and what may have been done counts. */
  async #metered(path: string, body: object | undefined, stop: AbortSignal): Promise<unknown> {
    const claim = body && (await currentMeter()?.claim(claimOf(body), stop));
    if (!claim) return this.#once(path, body, stop);
    try {
      const answer = await this.#once(path, body, stop);
      claim.settle(replyIn(answer));
      return answer;
    } catch (error) {
      const unsent = error instanceof ServerFailure && error.kind === 'unreachable' && isUnsent(error);
      const answered = error instanceof ServerFailure && !['timeout', 'unreachable'].includes(error.kind);
      if (unsent || answered) claim.settle(undefined);
      else claim.lost();
      throw error;
    }
  }

  async #once(path: string, body: object | undefined, stop: AbortSignal): Promise<unknown> {
    const { timeoutMs, authorization } = this.#options;
    const late = AbortSignal.timeout(timeoutMs);
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.#url + path, {
        method: body ? 'POST' : 'GET',
        headers: {
          accept: 'application/json',
          ...(body && { 'content-type': 'application/json' }),
          ...(authorization &&
            'header' in authorization && { authorization: authorization.header, ...authorization.more }),
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
    return this.#read(path, response, text);
  }

  /** The body of a good answer; a failure for every other. The key is in neither. */
  #read(path: string, { status, headers, ok }: Response, written: string): unknown {
    const streamed = ok && isEventStream(headers.get('content-type'), written);
    const text = this.#secret.hide(written);
    const body = this.#secret.hideIn(streamed ? completionOfStream(text) : parsed(text));
    const failed = ok
      ? failureIn(body)
      : { status, said: saidIn(body) ?? text, code: codeIn(body), details: detailsIn(body) };
    if (failed) throw this.#failure(failed, status, headers);
    if (body !== undefined) return body;
    if (streamed)
      throw new ServerFailure(
        'unreachable',
        this.host,
        `${this.host} ended an event stream before its reply was complete`,
      );
    throw new ServerFailure(
      'unreadable',
      this.host,
      `${this.host} answered ${path} with ${notJson(text)}; check the path of its address, usually /v1`,
    );
  }

  #failure({ status, said: words, code, details = '' }: Failed, httpStatus: number, headers: Headers): ServerFailure {
    const location = httpStatus >= 300 && httpStatus < 400 ? headers.get('location') : null;
    if (location !== null)
      return new ServerFailure('refused', this.host, `${this.host} has moved (${httpStatus}); use its new address`, {
        status: httpStatus,
      });
    const said = this.#secret.hide(words).trim().slice(0, 300);
    const told = `${status}${said ? `: ${said}` : ''}`;
    const about = `${said} ${code ?? ''} ${details}`;
    const { authorization } = this.#options;
    const keyName = authorization && 'from' in authorization ? authorization.from : undefined;
    const more = { status, said, ...(code !== undefined && { code }), ...(keyName !== undefined && { keyName }) };
    const wait = retryAfterMs(headers.get('retry-after'), Date.now()) ?? resetMs(headers, said);
    if (status === 402 || (status === 429 && QUOTA.test(about)) || ([400, 403].includes(status) && UNPAID.test(about)))
      return new ServerFailure(
        'quota',
        this.host,
        `${this.host} reports that the account's quota is used up (${told})`,
        more,
      );
    if (status === 429 && DAILY.test(about))
      return new ServerFailure(
        'quota',
        this.host,
        `${this.host} reports that the daily limit is reached (${told})`,
        more,
      );
    if (status === 429 && (wait ?? 0) > LONGEST_PAUSE_MS)
      return new ServerFailure(
        'quota',
        this.host,
        `${this.host} asks to be called again in ${Math.ceil(wait! / 60_000)} minutes (${told})`,
        more,
      );
    if (status === 503 && LOADING.test(about))
      return new ServerFailure('loading', this.host, `${this.host} is still loading its model (${told})`, {
        ...more,
        ...(wait !== undefined && { retryAfterMs: wait }),
      });
    const busy = status === 408 || status === 429 || status >= 500;
    return new ServerFailure(
      busy ? 'busy' : 'refused',
      this.host,
      `${this.host} ${busy ? 'is busy or broken' : 'refused the request'} (${told})`,
      { ...more, ...(wait !== undefined && { retryAfterMs: wait }) },
    );
  }

  async #pause(ms: number, stop: AbortSignal): Promise<void> {
    if (ms <= 0) return;
    try {
      await setTimeout(ms, undefined, { signal: stop });
    } catch {
      stop.throwIfAborted();
    }
  }
}

/** What stands where an OpenAI-compatible server writes JSON. */
function notJson(text: string): string {
  const start = text.trim().slice(0, 60);
  if (start === '') return 'nothing, where JSON belongs';
  return `${start.startsWith('<') ? 'HTML' : 'something else'} instead of JSON ("${start}")`;
}

function parsed(text: string): unknown {
  try {
    // Some servers begin with a byte order mark.
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    // Python writes numbers that JSON does not have: −∞ is a probability of 0, the others are not numbers.
    if (!/Infinity|NaN/.test(text)) return undefined;
  }
  try {
    return JSON.parse(
      text.replace(/([:[,]\s*)-Infinity\b/g, '$1null').replace(/([:[,]\s*)(NaN|Infinity)\b/g, '$1"$2"'),
    );
  } catch {
    return undefined;
  }
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

/** Failures before anything was sent. */
const UNSENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT'];
const isUnsent = ({ cause }: ServerFailure): boolean => UNSENT.includes(codeOf(cause) ?? '');
