import { UnderstudyError } from '../../../env/error.ts';

/** Why a request brought no answer that can be read, after its retries. */
export class ServerFailure extends Error {
  /**
   * `unreachable`: no or half an answer. `timeout`: none in time. `loading`: 503 while the model loads. `quota`: 402, or
   * 429 for a limit that no pause lifts. `busy`: 408, 429, other 5xx. `refused`: any other status. `unreadable`: an answer
   * that is not what the API says.
   */
  readonly kind: 'unreachable' | 'timeout' | 'loading' | 'quota' | 'busy' | 'refused' | 'unreadable';
  readonly host: string;
  readonly status?: number;
  /** What the server said, without anything secret. */
  readonly said?: string;
  /** The error's own code or type: content_filter. */
  readonly code?: string;
  /** The variable that the key came from, if it is not UNDERSTUDY_API_KEY. */
  readonly keyName?: string;
  /** How long the server wants to be left alone. */
  readonly retryAfterMs?: number;
  constructor(
    kind: ServerFailure['kind'],
    host: string,
    message: string,
    more: {
      status?: number;
      said?: string;
      code?: string;
      keyName?: string;
      retryAfterMs?: number;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'ServerFailure';
    this.kind = kind;
    this.host = host;
    if (more.status !== undefined) this.status = more.status;
    if (more.said !== undefined) this.said = more.said;
    if (more.code !== undefined) this.code = more.code;
    if (more.keyName !== undefined) this.keyName = more.keyName;
    if (more.retryAfterMs !== undefined) this.retryAfterMs = more.retryAfterMs;
  }
}

/** What servers say of a question that a filter does not let through or that is too long. */
const FILTERED =
  /content[_ ]?(?:filter|management|policy)|responsible ?ai|safety|moderation|prompt (?:was |has been )?blocked|guardrail|inappropriate|data_inspection|harmful|flagged/i;
const TOO_LONG =
  /context[_ ]length|context (?:window|size)|maximum context|(?:prompt|input|request|message)s? .{0,30}too (?:long|large|many tokens)|exceeds? .{0,40}context/i;

/** Whether a failure is about one question, whatever becomes of others. */
export const isAboutQuestion = ({ kind, status = 0, said = '', code = '' }: ServerFailure): boolean =>
  kind === 'refused' &&
  // OpenRouter's moderation answers 403, which otherwise is about who asks.
  ([400, 413, 422, 451].includes(status) ? [FILTERED, TOO_LONG] : status === 403 ? [FILTERED] : []).some((pattern) =>
    pattern.test(`${said} ${code}`),
  );

/** Whether a failure may be about one question: the server answered, and another question may fare better. */
export const mayBeAboutQuestion = ({ kind, status = 0 }: ServerFailure): boolean =>
  (kind === 'refused' && [400, 413, 422, 451].includes(status)) ||
  (kind === 'busy' && status === 500) ||
  kind === 'unreadable';

/** Whether one question may have brought down what stands behind the server: a gateway says so, or the connection is cut. */
export const mayBreakServer = ({ kind, status = 0 }: ServerFailure): boolean =>
  kind === 'unreachable' || (kind === 'busy' && status > 500 && ![503, 529].includes(status));

/** The error of a failure that no retry and no other question mends, with what to do. */
export function policyError({ kind, status, host, message, said, keyName, cause }: ServerFailure): UnderstudyError {
  const told = said ? `: ${said}` : '';
  if (kind === 'unreachable' || kind === 'timeout')
    return new UnderstudyError(
      'TEACHER_CRASHED',
      `${message}; check that the server runs, that its address is right and that it can be reached from here`,
      { cause },
    );
  if (kind === 'quota')
    return new UnderstudyError(
      'TEACHER_CRASHED',
      `${message}; the answers so far are kept: raise the limit or wait until it is lifted, then run the same command again`,
      { cause },
    );
  if (kind === 'loading') return new UnderstudyError('TEACHER_CRASHED', message, { cause });
  switch (status) {
    case 401:
    case 403:
      // The server's own words are left out: some repeat the key.
      return new UnderstudyError(
        'POLICY_ARGUMENT',
        `${host} does not accept who asks (${status}); ${keyName === undefined ? 'put its API key into UNDERSTUDY_API_KEY, which is sent over https or to this machine only' : `check the key in ${keyName}, and what it is allowed`}`,
      );
    case 404:
      return new UnderstudyError(
        'POLICY_ARGUMENT',
        `${host} has no such address or model (404${told}); check the path, usually /v1, and the model's name`,
      );
    default:
      return new UnderstudyError(kind === 'busy' ? 'TEACHER_CRASHED' : 'TEACHER_UNSUPPORTED', message, { cause });
  }
}

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
