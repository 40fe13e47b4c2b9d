import { setTimeout } from 'node:timers/promises';
import { UnderstudyError } from '../../../env/error.ts';
import { backoffMs, type RetryOptions, retryAfterMs } from '../server/retry.ts';
import { type Authorization, Secret } from '../server/secret.ts';

/** Tries of what may be repeated without harm. */
const TRIES = 6;
const TIMEOUT_MS = 120_000;

/** Why a request to a batch API failed. */
export class BatchFailure extends Error {
  /** Absent where no answer came: the request may have been taken, or not. */
  readonly status: number | undefined;
  constructor(message: string, status: number | undefined, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

/** A batch API over HTTP. */
export class BatchHttp {
  readonly host: string;
  readonly #root: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #secret: Secret;
  readonly #retry: RetryOptions;

  /** @param root address of the API, without a slash at its end */
  constructor(root: string, authorization: Authorization, retry: RetryOptions = {}) {
    this.#root = root;
    this.host = new URL(root).host;
    const key = authorization && 'header' in authorization ? authorization : undefined;
    this.#headers = { ...(key && { authorization: key.header }), ...key?.more };
    this.#secret = new Secret(key?.header.split(' ')[1]);
    this.#retry = retry;
  }

  /** What is read may be read again: repeated where that may help. */
  async get(path: string, signal: AbortSignal): Promise<string> {
    for (let attempt = 1; ; attempt++)
      try {
        return await this.#once('GET', path, undefined, signal);
      } catch (error) {
        signal.throwIfAborted();
        const { status } = error as BatchFailure;
        const passing = status === undefined || status === 408 || status === 429 || status >= 500;
        if (!(error instanceof BatchFailure) || !passing || attempt === (this.#retry.tries ?? TRIES))
          throw errorOf(error);
        await setTimeout(backoffMs(attempt, this.#retry, Math.random()), undefined, { signal });
      }
  }

  async getJson(path: string, signal: AbortSignal): Promise<Json> {
    return parse(await this.get(path, signal), this.host);
  }

  /**
   * What makes something is sent once.
   * @throws {BatchFailure} with a status if the server did not take it
   */
  async post(path: string, body: object | FormData, signal: AbortSignal): Promise<Json> {
    return parse(await this.#once('POST', path, body, signal), this.host);
  }

  async #once(method: string, path: string, body: object | FormData | undefined, signal: AbortSignal): Promise<string> {
    const form = body instanceof FormData;
    let response: Response;
    let text: string;
    try {
      response = await fetch(/^https?:/.test(path) ? path : this.#root + path, {
        method,
        headers: { ...this.#headers, ...(body && !form && { 'content-type': 'application/json' }) },
        ...(body && { body: form ? body : JSON.stringify(body) }),
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      text = this.#secret.hide(await response.text());
    } catch (cause) {
      signal.throwIfAborted();
      throw new BatchFailure(
        `${this.host} gave no answer to ${method} ${path}: ${(cause as Error).message}`,
        undefined,
        cause,
      );
    }
    if (response.ok) return text;
    const wait = retryAfterMs(response.headers.get('retry-after'), Date.now());
    if (wait !== undefined && response.status === 429) await setTimeout(Math.min(wait, 60_000), undefined, { signal });
    throw new BatchFailure(
      `${this.host} refused ${method} ${path} (${response.status}: ${text.slice(0, 300)})`,
      response.status,
    );
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what three services answer is read field by field
export type Json = any;

function parse(text: string, host: string): Json {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BatchFailure(`${host} answered with something else than JSON ("${text.slice(0, 60)}")`, undefined, cause);
  }
}

/** A failure for people, with what stays. */
export function errorOf(error: unknown): unknown {
  if (!(error instanceof BatchFailure)) return error;
  return new UnderstudyError(
    'TEACHER_CRASHED',
    `${error.message}; what was submitted is in data/batches.jsonl: the same command goes on with it`,
    { cause: error },
  );
}
