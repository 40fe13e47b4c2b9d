import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

// The package is CommonJS whose export is the function itself; its typings say otherwise.
const serialise = canonicalize as unknown as (value: unknown) => string | undefined;

/** Canonical JSON (RFC 8785): equal values give equal text, whatever the order of their keys. */
export function canonicalJson(value: object): string {
  return serialise(value)!;
}

/** SHA-256 in lower-case hex; of a text, its UTF-8. */
export const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** SHA-256 of a value's canonical JSON, in lower-case hex. */
export const hashOf = (value: object): string => sha256(canonicalJson(value));
