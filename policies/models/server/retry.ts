/** How a request is repeated that met a busy or an unreachable server. */
export interface RetryOptions {
  /** Tries in all, the first included; default 6. */
  readonly tries?: number;
  /** Longest pause before the second try; it doubles with each. Default 1,000. */
  readonly baseMs?: number;
  /** Default 30,000. */
  readonly capMs?: number;
}

/**
 * Tries where more do not help: after a timeout, as the request may have been worked on all the while, and at the
 * start.
 */
export const FEW_TRIES = 2;
/** Tries where a server fails inside: one question may be what it fails at. */
export const BROKEN_TRIES = 3;
/** A model is loaded within this time, or never. */
export const LONGEST_LOADING_MS = 20 * 60_000;
/** A server that asks for a longer pause than this is taken for one that fails. */
export const LONGEST_PAUSE_MS = 60_000;

/**
 * A pause before try number `attempt` + 1, in ms: exponential backoff with full jitter (Brooker, "Exponential backoff
 * and jitter", AWS Architecture Blog, 2015), so that many that fail together do not come back together.
 * @param attempt tries so far, 1 or more
 * @param random a number from 0 to 1
 */
export function backoffMs(attempt: number, { baseMs = 1000, capMs = 30_000 }: RetryOptions, random: number): number {
  return random * Math.min(capMs, baseMs * 2 ** (attempt - 1));
}

/**
 * A Retry-After header in ms: seconds or a date (RFC 9110, section 10.2.3).
 * @param now ms since 1970
 * @returns undefined if there is none or it cannot be read
 * @example retryAfterMs('2', 0) // => 2000
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return 1000 * Number(header);
  // A date has letters; without them Date.parse takes "-5" for a year.
  const date = /[a-z]/i.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
