import { type ErrorCode, UnderstudyError } from '../env/error.ts';

/**
 * @param what what the address names, with its verb: "a queue is named"
 * @throws {UnderstudyError} of this code for what is not redis://HOST:PORT/DB
 */
export function requireRedisAddress(url: string, what: string, code: ErrorCode): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const right = parsed && ['redis:', 'rediss:'].includes(parsed.protocol) && parsed.hostname !== '';
  if (!right || !/^\/?\d*$/.test(parsed.pathname))
    throw new UnderstudyError(code, `${what} redis://HOST:PORT/DB (rediss:// with TLS), got ${withoutPassword(url)}`);
}

/** The address as it may be shown: without user and password. */
export function withoutPassword(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/]*@/i, '$1');
}

/**
 * Why a server cannot be used.
 * @param elsewhere how to name another: "name another with --queue"
 */
export function unreachable(url: string, reason: Error, elsewhere: string, code: ErrorCode): UnderstudyError {
  const shown = withoutPassword(url);
  // The reason may repeat the address; a password in it stays here.
  const why = (reason as NodeJS.ErrnoException).code ?? withoutPassword(reason.message);
  const denied = /^(?:NOAUTH|WRONGPASS|NOPERM|ERR AUTH|ERR invalid password)/.test(reason.message);
  return new UnderstudyError(
    code,
    denied
      ? `the server at ${shown} wants another user or password (${reason.message.split(/[\s:]/)[0]}): rediss://USER:PASSWORD@HOST:PORT/DB`
      : `no Redis or Valkey server answers at ${shown} (${why}); start one there, or ${elsewhere}`,
  );
}
