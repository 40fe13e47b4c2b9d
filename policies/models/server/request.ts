import { type Dialect, formFields } from './dialect.ts';

/** How a reply is drawn: at temperature 0, or at random with a seed of its own. */
export type Sampling = { readonly temperature: number; readonly seed: number } | undefined;

/** A message of a chat. */
export interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** A request for a chat completion, before it is put into a server's dialect. */
export interface Ask {
  readonly messages: readonly Message[];
  readonly sampling?: Sampling;
  /** Most tokens of the reply. */
  readonly limit: number;
  /** Whether each token comes with what could have stood in its place. */
  readonly logprobs?: boolean;
  readonly schema?: object;
  readonly more?: Readonly<Record<string, unknown>>;
}

/** The request's body in a server's dialect. */
export function requestBody(
  model: string,
  { messages, sampling, limit, logprobs, schema, more }: Ask,
  dialect: Dialect,
): object {
  return {
    model,
    messages,
    // Some servers stream by default.
    stream: false,
    ...(sampling ? { temperature: sampling.temperature, top_p: 1, seed: sampling.seed } : { temperature: 0 }),
    [dialect.limit]: limit,
    ...(logprobs && { logprobs: true, top_logprobs: dialect.logprobs }),
    ...(schema && formFields(dialect.form, schema)),
    ...dialect.extras,
    ...more,
  };
}
