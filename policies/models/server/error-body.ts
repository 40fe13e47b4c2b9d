/** An error as a server wrote it. */
export interface Failed {
  readonly status: number;
  readonly said: string;
  /** The error's own code. */
  readonly code?: string | undefined;
  /** What else it says of itself, as JSON: which limit, which rule. */
  readonly details?: string | undefined;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Gateways pass on the failure of a server behind them with status 200. */
export function failureIn(body: unknown): Failed | undefined {
  if (!isObject(body) || 'data' in body) return undefined;
  const [choice] = Array.isArray(body.choices) ? body.choices : [];
  // OpenRouter puts the failure of a reply that was begun into its choice.
  const failed = isObject(choice) && choice.error ? choice : body;
  if (!failed.error || (failed === body && choice !== undefined)) return undefined;
  const code = isObject(failed.error) ? Number(failed.error.code) : Number.NaN;
  return {
    status: code >= 400 && code < 600 ? code : 502,
    said: saidIn(failed) ?? '',
    code: codeIn(failed),
    details: detailsIn(failed),
  };
}

/** An error's code or type, in words. */
export function codeIn(given: unknown): string | undefined {
  const body = Array.isArray(given) ? given[0] : given;
  const error = isObject(body) && isObject(body.error) ? body.error : undefined;
  const inner = error && isObject(error.innererror) ? error.innererror.code : undefined;
  return [error?.code, error?.type, inner].find(
    (code): code is string => typeof code === 'string' && /[a-z]/i.test(code),
  );
}

/** What an error says beside its words, for programs: Google's list of violated limits, OpenRouter's metadata. */
export function detailsIn(given: unknown): string | undefined {
  const body = Array.isArray(given) ? given[0] : given;
  const error = isObject(body) && isObject(body.error) ? body.error : undefined;
  const more = error?.details ?? error?.metadata;
  return more === undefined ? undefined : JSON.stringify(more).slice(0, 2000);
}

/**
 * What an error says: OpenAI and llama-server {error: {message, param}}, Ollama {error}, older vLLM {message}, FastAPI
 * {detail}, a list of what is wrong where.
 */
export function saidIn(given: unknown): string | undefined {
  // Gemini writes a list of one.
  const body = Array.isArray(given) ? given[0] : given;
  if (!isObject(body)) return undefined;
  const { error, message, detail } = body;
  if (isObject(error)) {
    const param = typeof error.param === 'string' ? ` (${error.param})` : '';
    return typeof error.message === 'string' ? error.message + param : JSON.stringify(error);
  }
  for (const text of [error, message, detail]) if (typeof text === 'string') return text;
  if (!Array.isArray(detail)) return undefined;
  return detail
    .filter(isObject)
    .map(({ loc, msg }) => `${Array.isArray(loc) ? loc.join('.') : ''}: ${String(msg)}`)
    .join('; ');
}

/** What no pause mends: an account without money, or a limit that lasts until tomorrow. */
export const QUOTA =
  /insufficient[_ ]quota|exceeded your current quota|billing|credits?\b|payment|out of (?:funds|balance)|insufficient balance/i;
/** The same with a status that has other meanings too: Anthropic's 400, OpenAI's 403. */
export const UNPAID =
  /insufficient[_ ](?:quota|balance|funds|credits?)|credit balance is too low|exceeded your current quota/i;
export const DAILY = /per[ _-]?day|\bdaily\b|\b(?:rpd|tpd)\b|perday/i;
export const LOADING = /loading|load the model|warming up|starting up|is starting|initiali[sz]ing|not (?:yet )?ready/i;

/** When OpenAI's limits are lifted, from a header or the words of the error: "7m12s", "350ms". */
export function resetMs(headers: Headers, said: string): number | undefined {
  const words = /try again in ((?:\d+(?:\.\d+)?(?:ms|h|m|s))+)/i.exec(said)?.[1];
  const given = words ?? (/rate limit/i.test(said) ? headers.get('x-ratelimit-reset-requests') : null);
  if (!given) return undefined;
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  const spans = [...given.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/gi)];
  return spans.length === 0
    ? undefined
    : spans.reduce((sum, [, n, unit]) => sum + Number(n) * units[unit!.toLowerCase()]!, 0);
}
