import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { replyDistribution } from '../../../env/known-rule.ts';
import { fromPhrases, orderOf } from '../../../env/observation.ts';
import { sequence } from '../../../env/random.ts';
import { iceCreamRule } from '../../../scenarios/ice-cream-v1/rule.ts';
import { iceCream } from '../../../scenarios/ice-cream-v1/scenario.ts';
import { LETTER_REQUEST } from './letter-route.ts';

/** What a request asked for, as far as the tests read it. */
export interface FakeRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  // biome-ignore lint/suspicious/noExplicitAny: whatever a client sends
  readonly body: any;
}

/** What the server does instead of answering. */
export type Fault =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | 'cut'
  | 'hang'
  | undefined;

export interface FakeOptions {
  /** Whose API is played: its fields, its errors, its way of going on with a reply. Default llama-server. */
  readonly kind?: 'llama-server' | 'vllm' | 'ollama' | 'openai' | 'anthropic' | 'gemini';
  readonly models?: readonly string[];
  /** Forms of structured output that are understood; others are refused. Default: all. */
  readonly forms?: readonly ('json_schema' | 'json_object with schema' | 'guided_json' | 'json_object')[];
  /** Most alternatives that are listed; more are refused. Default 20. */
  readonly top?: number;
  /** Whether there are any. Default true. */
  readonly logprobs?: boolean;
  /** Cuts a number and what surrounds it into tokens. Default: digit by digit. */
  readonly cut?: (number: string) => string[];
  /** Every answer takes so long, in ms. */
  readonly latency?: number;
  readonly fault?: (request: FakeRequest, nth: number) => Fault;
  /** Whether its questions are those of the ice-cream town; of others, every number is as likely. Default true. */
  readonly iceCream?: boolean;
  /** The reply, where it is not what the oracle says. */
  readonly reply?: (request: FakeRequest, usual: string) => string;
  /**
   * The first token of a reply and what could stand in its place, where a choice is asked for and not a number. Default: it
   * would rather write a sentence.
   */
  readonly letters?: (request: FakeRequest) => readonly (readonly [token: string, probability: number])[];
  /** Changes an answer before it is sent. */
  // biome-ignore lint/suspicious/noExplicitAny: any answer can be played
  readonly change?: (answer: any, request: FakeRequest) => unknown;
}

const sentence: NonNullable<FakeOptions['letters']> = () => [
  ['The', 0.9],
  ['A', 0.1],
];

/** A server on 127.0.0.1 that answers as one of the known servers would, with what the oracle of the ice-cream town says. */
export class FakeServer implements AsyncDisposable {
  readonly requests: FakeRequest[] = [];
  /** Chat completions under way at the same time, at most. */
  most = 0;
  host = '';
  readonly #options: FakeOptions;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #under = 0;

  /** Chat completions under way now. */
  get under(): number {
    return this.#under;
  }
  #nth = 0;

  static async start(options: FakeOptions = {}): Promise<FakeServer> {
    const fake = new FakeServer(options);
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    fake.host = `127.0.0.1:${(fake.#server.address() as AddressInfo).port}`;
    return fake;
  }

  private constructor(options: FakeOptions) {
    this.#options = options;
  }

  /** Chat completions that were asked for. */
  get chats(): FakeRequest[] {
    return this.requests.filter(({ path }) => path.endsWith('/chat/completions'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += chunk;
    // Gemini's API has a path of its own.
    const path = request.url!.replace(/^\/v1beta\/openai\//, '/v1/');
    const asked = { path, headers: request.headers, body: text ? JSON.parse(text) : undefined };
    this.requests.push(asked);
    const chat = asked.path === '/v1/chat/completions';
    this.#under += chat ? 1 : 0;
    this.most = Math.max(this.most, this.#under);
    if (chat && this.#options.latency) await setTimeout(this.#options.latency);
    const fault = this.#options.fault?.(asked, this.#nth++);
    // Before the answer leaves, or the next request could be there before this one counts as done.
    this.#under -= chat ? 1 : 0;
    if (fault === 'cut') return void response.destroy();
    if (fault === 'hang') return;
    const { status, body, headers } = fault ?? this.#answer(asked);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
  }

  #answer(request: FakeRequest): { status: number; body: unknown; headers?: Readonly<Record<string, string>> } {
    const { kind = 'llama-server', models = ['gemma'], change } = this.#options;
    if (request.path === '/v1/models')
      return {
        status: kind === 'anthropic' && !request.headers['anthropic-version'] ? 400 : 200,
        body: {
          object: 'list',
          data: models.map((id) => ({ id: kind === 'gemini' ? `models/${id}` : id, object: 'model' })),
        },
      };
    if (request.path !== '/v1/chat/completions') return { status: 404, body: errorOf(kind, 404, 'File Not Found') };
    if (kind === 'anthropic') {
      // What it knows nothing of it passes over.
      const { logprobs: _, response_format: __, ...known } = request.body;
      return { status: 200, body: this.#completion({ ...request, body: known }) };
    }
    const complaint = this.#complaint(request.body);
    if (complaint) return { status: 400, body: errorOf(kind, 400, complaint) };
    const chosen = request.body.messages[0].content.includes(LETTER_REQUEST);
    const body = this.#options.letters || chosen ? this.#letter(request) : this.#completion(request);
    return { status: 200, body: change ? change(body, request) : body };
  }

  /** What is not understood of a request, in the words of the server that is played. */
  #complaint(body: FakeRequest['body']): string | undefined {
    const { kind = 'llama-server', forms, top = 20, logprobs = true } = this.#options;
    if (kind === 'openai') {
      const known =
        /^(model|messages|stream|temperature|top_p|seed|max_completion_tokens|logprobs|top_logprobs|response_format)$/;
      if ('max_tokens' in body)
        return "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
      const unknown = Object.keys(body).filter((name) => !known.test(name));
      if (unknown.length > 0) return `Unrecognized request arguments supplied: ${unknown.join(', ')}`;
    }
    if (kind === 'gemini') {
      const unknown = ['top_k', 'min_p', 'repetition_penalty', 'chat_template_kwargs'].filter((name) => name in body);
      if (unknown.length > 0)
        return `Invalid JSON payload received. ${unknown.map((name) => `Unknown name "${name}": Cannot find field.`).join(' ')}`;
    }
    if (kind === 'vllm' && body.continue_final_message && body.add_generation_prompt !== false)
      return 'Cannot set both `continue_final_message` and `add_generation_prompt` to True.';
    const format = body.response_format?.type;
    const form = body.guided_json ? 'guided_json' : body.response_format?.schema ? `${format} with schema` : format;
    if (forms && form && !forms.includes(form)) return `response_format of type ${form} is not available here`;
    if (body.logprobs && !logprobs && kind === 'openai')
      return 'You are not allowed to request logprobs from this model';
    if (body.top_logprobs > top)
      return `Requested sample logprobs of ${body.top_logprobs}, which is greater than max allowed: ${top}`;
    return undefined;
  }

  #letter(request: FakeRequest) {
    const { logprobs = true, letters = sentence } = this.#options;
    const { model, top_logprobs: top } = request.body;
    const listed = [...letters(request)]
      .sort(([, p], [, q]) => q - p)
      .slice(0, top)
      .map(([token, p]) => ({ token, logprob: Math.log(p) }));
    const [first] = listed;
    return {
      object: 'chat.completion',
      model,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: first!.token },
          finish_reason: 'length',
          logprobs: logprobs ? { content: [{ ...first, top_logprobs: listed }] } : null,
        },
      ],
      usage: { prompt_tokens: 60, completion_tokens: 1 },
    };
  }

  #completion(request: FakeRequest) {
    const { kind = 'llama-server', logprobs = true, iceCream = true, reply } = this.#options;
    const { body } = request;
    const messages = body.messages as { role: string; content: string }[];
    const prompt = messages[0]!.content;
    const last = messages.at(-1)!;
    const goesOn =
      last.role === 'assistant' && (kind === 'llama-server' || (kind === 'vllm' && body.continue_final_message));
    // Chat templates strip a message.
    const head = goesOn ? last.content.trimEnd() : '';
    const distribution = iceCream ? oracleNumbers(prompt) : new Float64Array(101).fill(1 / 101);
    const random = sequence(body.seed ?? 0, 'sampling');
    const number = body.temperature > 0 ? drawn(distribution, random()) : likeliest(distribution, numberIn(head));
    const empty = JSON.stringify(body.response_format ?? body.guided_json ?? {}).includes('"enum":[""]');
    const usual = `{"buy": ${number}, "explanation": "${empty ? '' : 'It is what the rule says.'}"}`;
    const text = reply ? reply(request, usual) : usual;
    const all = this.#tokens(text);
    const skipped = this.#tokens(usual.slice(0, head.length)).length;
    const rest = goesOn ? this.#tokens(usual.slice(head.length)) : all;
    const limit = body.max_tokens ?? body.max_completion_tokens ?? rest.length;
    const written = rest.slice(0, limit);
    return {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      model: body.model,
      system_fingerprint: kind === 'ollama' ? 'fp_ollama' : kind === 'llama-server' ? 'b1-0000000' : null,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: written.join('') },
          finish_reason: written.length < rest.length ? 'length' : 'stop',
          logprobs:
            body.logprobs && logprobs
              ? { content: this.#listed(written, head, distribution, body.top_logprobs) }
              : null,
        },
      ],
      usage: { prompt_tokens: 60 + skipped, completion_tokens: written.length },
    };
  }

  /** Tokens written, each with the likeliest of its place. */
  #listed(written: readonly string[], head: string, distribution: Float64Array, top: number) {
    let before = head;
    return written.map((token) => {
      const alternatives = this.#alternatives(before, distribution) ?? new Map([[token, 1]]);
      before += token;
      const entry = (text: string, p: number) => ({ token: text, logprob: Math.log(p), bytes: [...Buffer.from(text)] });
      return {
        ...entry(token, alternatives.get(token) ?? 1e-9),
        top_logprobs: [...alternatives]
          .sort(([, p], [, q]) => q - p)
          .slice(0, top)
          .map(([text, p]) => entry(text, p)),
      };
    });
  }

  /** Chances of the next token within a number, by what all numbers would be cut into; undefined outside of a number. */
  #alternatives(before: string, distribution: Float64Array): Map<string, number> | undefined {
    const found = /"buy":(.*)$/s.exec(before);
    if (!found) return undefined;
    const chances = new Map<string, number>();
    let total = 0;
    distribution.forEach((p, value) => {
      const after = found[1]!;
      const text = ` ${(value / 100).toFixed(2)},`;
      if (p === 0 || !text.startsWith(after) || text === after) return;
      const token = this.#tokens(text.slice(after.length))[0]!;
      chances.set(token, (chances.get(token) ?? 0) + p);
      total += p;
    });
    if (total === 0) return undefined;
    return new Map([...chances].map(([token, p]) => [token, p / total]));
  }

  #tokens(text: string): string[] {
    const { cut = (number: string) => [...number] } = this.#options;
    return (text.match(/ ?[\d.]+|[^\d. ]+| /g) ?? []).flatMap((piece) => (/\d/.test(piece) ? cut(piece) : [piece]));
  }
}

/** Error bodies as these servers write them. */
function errorOf(kind: NonNullable<FakeOptions['kind']>, code: number, message: string): unknown {
  if (kind === 'vllm') return { object: 'error', message, type: 'BadRequestError', param: null, code };
  if (kind === 'gemini') return [{ error: { code, message, status: 'INVALID_ARGUMENT' } }];
  if (kind === 'ollama') return { error: { message, type: 'api_error', param: null, code: null } };
  return { error: { code, message, type: 'invalid_request_error' } };
}

/**
 * What the oracle would reply to a prompt of the ice-cream town, over 0.00 to 1.00. Values of less than a hundred-thousandth
 * are left out, so that a reader that does not follow all of them can still be held against it exactly.
 */
export function oracleNumbers(prompt: string): Float64Array {
  const forms = [
    /^A person: (?<traits>.*)\. Right now: (?<contexts>.*)\. How likely/,
    /^Imagine someone who is described as (?<traits>.*)\. The situation: (?<contexts>.*)\. Will they/,
    /^Situation: (?<contexts>.*)\. Person: (?<traits>.*)\. Estimate/,
  ];
  const paraphrase = forms.findIndex((form) => form.test(prompt));
  const { traits, contexts } = forms[paraphrase]!.exec(prompt)!.groups!;
  const list = (text: string) => (text.startsWith('nothing') ? [] : text.split(', '));
  const shown = fromPhrases(iceCream, [{ traits: list(traits!), context: list(contexts!) }]);
  const distribution = replyDistribution(iceCreamRule, orderOf(shown, 0), paraphrase);
  const kept = distribution.map((p) => (p < 1e-5 ? 0 : p));
  const total = kept.reduce((sum, p) => sum + p, 0);
  return kept.map((p) => p / total);
}

/** The likeliest number that begins so. */
function likeliest(distribution: Float64Array, begun: string): string {
  const fits = (value: number) => (value / 100).toFixed(2).startsWith(begun);
  let best = -1;
  distribution.forEach((p, value) => {
    if (fits(value) && (best < 0 || p > distribution[best]!)) best = value;
  });
  return (Math.max(0, best) / 100).toFixed(2);
}

function drawn(distribution: Float64Array, uniform: number): string {
  let left = uniform;
  const value = distribution.findIndex((p) => {
    left -= p;
    return left < 0;
  });
  return ((value < 0 ? 100 : value) / 100).toFixed(2);
}

const numberIn = (head: string) => /"buy":\s*([\d.]*)$/.exec(head)?.[1] ?? '';
