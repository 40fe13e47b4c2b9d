import { UnderstudyError } from '../../../env/error.ts';
import { addressOf, type ServerName } from './address.ts';
import type { Authorization } from './secret.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A service that is known by its name, and asked as OpenAI's is. */
interface Provider {
  /** Where it is, without the path of its API. */
  readonly url: string;
  /** The path of its OpenAI-compatible API. */
  readonly path: string;
  /** Where the environment may name another address. */
  readonly address: string;
  /** Where the environment has its key; absent for one that wants none. */
  readonly key?: string;
  /** Headers beside `authorization: Bearer KEY`. */
  readonly headers?: (key: string) => Readonly<Record<string, string>>;
  /** A model to name in errors. */
  readonly example: string;
}

export const providers = {
  openai: {
    url: 'https://api.openai.com',
    path: '/v1',
    address: 'OPENAI_BASE_URL',
    key: 'OPENAI_API_KEY',
    example: 'gpt-4o-mini',
  },
  anthropic: {
    url: 'https://api.anthropic.com',
    path: '/v1',
    address: 'ANTHROPIC_BASE_URL',
    key: 'ANTHROPIC_API_KEY',
    // Its list of models is not a part of its OpenAI-compatible API.
    headers: (key) => ({ 'x-api-key': key, 'anthropic-version': '2023-06-01' }),
    example: 'claude-haiku-4-5',
  },
  gemini: {
    url: 'https://generativelanguage.googleapis.com',
    path: '/v1beta/openai',
    address: 'GEMINI_BASE_URL',
    key: 'GEMINI_API_KEY',
    example: 'gemini-2.5-flash',
  },
  ollama: { url: 'http://localhost:11434', path: '/v1', address: 'OLLAMA_HOST', example: 'gemma3:4b' },
} as const satisfies Readonly<Record<string, Provider>>;

export type ProviderName = keyof typeof providers;

/** `openai:gpt-4o-mini` in its parts; undefined for a name of another kind. */
export function providerIn(name: string): { readonly provider: ProviderName; readonly model: string } | undefined {
  const cut = name.indexOf(':');
  const provider = name.slice(0, cut);
  if (cut < 0 || !Object.hasOwn(providers, provider)) return undefined;
  return { provider: provider as ProviderName, model: name.slice(cut + 1).trim() };
}

/**
 * Where a hosted model is asked.
 * @param env may name another address, for a gateway or a test
 * @throws {UnderstudyError} POLICY_ARGUMENT for a name without a model
 */
export function hostedName(
  { provider, model }: { provider: ProviderName; model: string },
  env: Environment,
): ServerName {
  const { url, path, address, example }: Provider = providers[provider];
  if (model === '')
    throw new UnderstudyError(
      'POLICY_ARGUMENT',
      `${provider}: names no model; write for example ${provider}:${example}`,
    );
  const given = env[address]?.trim().replace(/\/+$/, '') || url;
  // Ollama's own variable has neither a protocol nor a path, and often every address of the machine.
  const whole = (/^https?:\/\//.test(given) ? given : `http://${given}`).replace('://0.0.0.0', '://127.0.0.1');
  const at = /^https?:\/\/[^/]+$/.test(whole) ? `${whole}${path}` : whole;
  return { addresses: [addressOf(at)], model };
}

/**
 * What a hosted model is asked with: its own key from the environment, and no other.
 * @throws {UnderstudyError} POLICY_ARGUMENT if there is none, or it could be read on the way
 */
export function hostedAuthorization(
  provider: ProviderName,
  { addresses }: ServerName,
  env: Environment,
): Authorization {
  const { key: name, headers }: Provider = providers[provider];
  if (name === undefined) return undefined;
  const key = env[name]?.trim();
  const wrong = (what: string) => new UnderstudyError('POLICY_ARGUMENT', what);
  if (!key)
    throw wrong(
      `${provider} wants a key: put it into the environment as ${name}, the only place where it is looked for`,
    );
  const [{ confidential, host }] = addresses;
  if (!confidential) throw wrong(`${name} is not sent to ${host}: over http it could be read on the way; use https`);
  return { header: `Bearer ${key}`, from: name, ...(headers && { more: headers(key) }) };
}
