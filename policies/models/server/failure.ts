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
  /** How long the server wants to be left alone. */
  readonly retryAfterMs?: number;
  constructor(
    kind: ServerFailure['kind'],
    host: string,
    message: string,
    more: { status?: number; said?: string; code?: string; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'ServerFailure';
    this.kind = kind;
    this.host = host;
    if (more.status !== undefined) this.status = more.status;
    if (more.said !== undefined) this.said = more.said;
    if (more.code !== undefined) this.code = more.code;
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
export function policyError({ kind, status, host, message, said, cause }: ServerFailure): UnderstudyError {
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
      `${message}; what was answered so far is kept: raise the limit or wait for it to be lifted, and run the same command again`,
      { cause },
    );
  if (kind === 'loading') return new UnderstudyError('TEACHER_CRASHED', message, { cause });
  switch (status) {
    case 401:
    case 403:
      // The server's own words are left out: some repeat the key.
      return new UnderstudyError(
        'POLICY_ARGUMENT',
        `${host} does not accept who asks (${status}); put its API key into UNDERSTUDY_API_KEY, which is sent over https or to this machine only`,
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
