import type { Address } from './address.ts';

/** The Authorization header for a server, or why none is sent. */
export type Authorization = { readonly header: string } | { readonly withheld: string } | undefined;

/**
 * The key of the environment: UNDERSTUDY_API_KEY, otherwise OPENAI_API_KEY; withheld if others on the way could read
 * it.
 */
export function authorizationOf(
  { confidential, host }: Address,
  env: Readonly<Record<string, string | undefined>>,
): Authorization {
  const name = ['UNDERSTUDY_API_KEY', 'OPENAI_API_KEY'].find((candidate) => env[candidate]?.trim());
  if (name === undefined) return undefined;
  return confidential
    ? { header: `Bearer ${env[name]!.trim()}` }
    : { withheld: `${name} is not sent to ${host}: over http it could be read on the way; use https or a tunnel` };
}
