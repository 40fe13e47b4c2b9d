import { UnderstudyError } from '../../../env/error.ts';

/** Where an OpenAI-compatible server listens. */
export interface Address {
  /** Without a slash at the end: http://localhost:8000/v1 */
  readonly url: string;
  /** With the port, as a person names it: localhost:8000 */
  readonly host: string;
  /** Whether what is sent cannot be read on the way: over https, or to this machine. */
  readonly confidential: boolean;
}

/** What `server:URL#MODEL` names. */
export interface ServerName {
  readonly addresses: readonly [Address, ...Address[]];
  /** As the servers call it. */
  readonly model: string;
}

const EXAMPLE = 'server:http://localhost:8000/v1#google/gemma-3-4b-it';

/**
 * Reads what follows `server:`. Several addresses, separated by commas, serve the same model; one without a path is
 * that of its /v1.
 * @throws {UnderstudyError} POLICY_ARGUMENT, with an example
 * @example parseServerName('http://a:8000,http://b:8000/v1#qwen').addresses[0].url // => 'http://a:8000/v1'
 */
export function parseServerName(name: string): ServerName {
  const cut = name.indexOf('#');
  const model = cut < 0 ? '' : name.slice(cut + 1).trim();
  // The name of a teacher is printed, and recorded with what it answers.
  if ((cut < 0 ? name : name.slice(0, cut)).includes('@'))
    throw wrong('an address holds no user and no password; put the key into UNDERSTUDY_API_KEY');
  if (model === '') throw wrong(`server:${name} names no model after a "#"`);
  if (/,\s*https?:\/\//i.test(model)) throw wrong('a model is named once, after all addresses');
  const all = name.slice(0, cut).split(',').map(addressOf);
  const [first, ...others] = all.filter(({ url }, i) => all.findIndex((other) => other.url === url) === i);
  return { addresses: [first!, ...others], model };
}

/** @throws {UnderstudyError} POLICY_ARGUMENT for what is not an http or https address */
export function addressOf(text: string): Address {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    throw wrong(`"${text.trim()}" is not an address`);
  }
  const { protocol, host, hostname, pathname, search } = url;
  if (protocol !== 'http:' && protocol !== 'https:') throw wrong(`"${text.trim()}" is not an http or https address`);
  if (search) throw wrong(`the address of ${host} ends in a query, which is not sent`);
  const path = pathname.replace(/\/+$/, '');
  return {
    url: `${protocol}//${host}${path || '/v1'}`,
    host,
    confidential: protocol === 'https:' || isLoopback(hostname),
  };
}

function isLoopback(hostname: string): boolean {
  return /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/i.test(hostname);
}

const wrong = (what: string) => new UnderstudyError('POLICY_ARGUMENT', `${what}; write for example ${EXAMPLE}`);
