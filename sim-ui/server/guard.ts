import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Why a request is refused, or undefined if it may pass. A page of another site must not reach this server by letting
 * its own name point to the loopback address (DNS rebinding), nor by connecting to it from its own origin.
 */
export function refusal({ host, origin }: Pick<IncomingHttpHeaders, 'host' | 'origin'>): string | undefined {
  const name = hostName(`http://${host ?? ''}`);
  if (name === undefined || !LOOPBACK.includes(name))
    return `host "${host ?? ''}" is not a loopback name (${LOOPBACK.join(', ')})`;
  if (origin !== undefined && origin !== `http://${host}`) return `origin "${origin}" is not http://${host}`;
  return undefined;
}

function hostName(url: string): string | undefined {
  try {
    return new URL(url).hostname;
  } catch {
    return undefined;
  }
}

/** Compares in a time that does not depend on where they differ. */
export function sameToken(given: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

/** Headers of every reply: the page runs only what this server sends, and no other page may frame or read it. */
export const SECURITY_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    // Students are computed by WebAssembly.
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-cache',
} as const;
