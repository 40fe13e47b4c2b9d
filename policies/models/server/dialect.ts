/** Names of the forms in which a server is asked for JSON, in the order in which they are tried. */
const FORMS = [
  'response_format json_schema',
  'response_format json_object with a schema',
  'guided_json',
  'response_format json_object',
  'no form',
] as const;
type Form = (typeof FORMS)[number];

/**
 * Settings that are not OpenAI's, each off: a server's or a model's own defaults would cut the distribution that is
 * drawn from (llama-server's top_k 40 and min_p .05, vLLM's from the model's generation_config) or let it think aloud
 * first.
 */
const EXTRAS: Readonly<Record<string, unknown>> = {
  top_k: -1,
  min_p: 0,
  repetition_penalty: 1,
  chat_template_kwargs: { enable_thinking: false },
};

/** Most alternatives a token that OpenAI and vLLM list, unless told otherwise. */
const MOST_LOGPROBS = 20;
const FEW_LOGPROBS = 5;

/** Fields that a complaint may be about, and words that any complaint may hold. */
const OPTIONAL = ['response_format', 'guided_json', 'logprobs', 'top_logprobs', 'model', 'messages', 'stream'];

/** What a server has been found to understand. */
export interface Dialect {
  readonly form: Form;
  /** OpenAI's newer models know the limit by its newer name only. */
  readonly limit: 'max_tokens' | 'max_completion_tokens';
  readonly extras: Readonly<Record<string, unknown>>;
  /** Alternatives a token; 0 where the server lists none. */
  readonly logprobs: number;
}

export const firstDialect: Dialect = {
  form: FORMS[0],
  limit: 'max_tokens',
  extras: EXTRAS,
  logprobs: MOST_LOGPROBS,
};

/**
 * JSON schema of a reply: a number from 0 to 1 for each action but the first, then the explanation. Questions ask for
 * an explanation in words, and a model that is not allowed to begin one after its number goes on with further decimals
 * instead; so if none is asked for it is still there, and can only be empty.
 */
export function replySchema(actions: readonly string[], explain: boolean): object {
  const names = actions.slice(1);
  return {
    type: 'object',
    properties: {
      ...Object.fromEntries(names.map((name) => [name, { type: 'number', minimum: 0, maximum: 1 }])),
      explanation: explain ? { type: 'string' } : { type: 'string', enum: [''] },
    },
    required: [...names, 'explanation'],
    additionalProperties: false,
  };
}

/** The fields of a request that ask for replies of a schema. */
export function formFields(form: Form, schema: object): object {
  switch (form) {
    case 'response_format json_schema':
      return { response_format: { type: 'json_schema', json_schema: { name: 'reply', strict: true, schema } } };
    case 'response_format json_object with a schema':
      return { response_format: { type: 'json_object', schema } };
    case 'guided_json':
      return { guided_json: schema };
    case 'response_format json_object':
      return { response_format: { type: 'json_object' } };
    case 'no form':
      return {};
  }
}

/**
 * What to try after a server refused a request (status 400 or 422): the dialect without what it complains of.
 * @param said the server's words
 * @param sent names of the request's fields
 * @returns undefined where it complains of something that cannot be left out
 */
export function stepDown(dialect: Dialect, said: string, sent: readonly string[]): Dialect | undefined {
  const { form, limit, extras, logprobs } = dialect;
  // Without one of the others it would be another question.
  const optional = [...OPTIONAL, limit, ...Object.keys(extras)];
  if (sent.some((name) => !optional.includes(name) && new RegExp(`\\b${name}\\b`).test(said))) return undefined;
  if (limit === 'max_tokens' && /max_completion_tokens/.test(said))
    return { ...dialect, limit: 'max_completion_tokens' };
  if (sent.includes('logprobs') && /logprobs/i.test(said)) {
    const allowed = [...said.matchAll(/\d+/g)].map(Number).filter((n) => n > 0 && n < logprobs);
    return { ...dialect, logprobs: Math.max(...allowed, logprobs > FEW_LOGPROBS ? FEW_LOGPROBS : 0) };
  }
  const named = Object.keys(extras).filter((name) => said.includes(name));
  if (named.length > 0) return { ...dialect, extras: without(extras, named) };
  const formed = sent.includes('response_format') || sent.includes('guided_json');
  if (formed && /response_format|json|guided|schema|grammar|structured/i.test(said))
    return { ...dialect, form: FORMS[FORMS.indexOf(form) + 1]! };
  const unknown =
    /unrecogni[sz]ed|unknown|unexpected|unsupported|not (?:supported|permitted|allowed)|additional propert/i;
  if (!unknown.test(said)) return undefined;
  // Which field it means it does not say: first what OpenAI does not know itself.
  if (Object.keys(extras).length > 0) return { ...dialect, extras: {} };
  return formed ? { ...dialect, form: FORMS[FORMS.indexOf(form) + 1]! } : undefined;
}

const without = (extras: Dialect['extras'], names: readonly string[]) =>
  Object.fromEntries(Object.entries(extras).filter(([name]) => !names.includes(name)));

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
