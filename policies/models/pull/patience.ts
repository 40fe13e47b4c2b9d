import { setTimeout as wait } from 'node:timers/promises';
import { UnderstudyError } from '../../../env/error.ts';

export interface PatienceOptions {
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
