/**
 * How long a server asks to wait, in milliseconds, counted from now; undefined where it does not say.
 * `Retry-After` in seconds or as a date (RFC 9110, 2022, 10.2.3), else the `t` of `RateLimit`, by which the Hugging Face
 * hub tells when its window ends.
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
