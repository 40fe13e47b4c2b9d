import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeBatchesOptions {
  readonly shape: 'openai' | 'anthropic' | 'gemini';
  /** What becomes of a question in the nth batch that it is in, from 1, by its place there; default it is answered. */
  readonly fate?: (nth: number, place: number) => 'ok' | 'expired' | 'error';
  /** Looks at a batch until it is over; default 2. */
  readonly looks?: number;
  /** What happens to a request that would make something: nothing, its answer is lost after it was taken, or it is refused. */
  readonly fault?: (path: string, nth: number) => 'lost' | number | undefined;
  /** Batches in a page of the list; default 2. */
  readonly page?: number;
}

interface Batch {
  readonly id: string;
  readonly name: string | undefined;
  readonly created: string;
  readonly requests: readonly { readonly key: string; readonly fate: 'ok' | 'expired' | 'error' }[];
  looks: number;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever a client sends
type Json = any;

/** A server on 127.0.0.1 that takes batches as one of three services does, and counts what it would bill. */
export class FakeBatches implements AsyncDisposable {
  readonly batches: Batch[] = [];
  /** Times that each question was worked on, which is what is paid for. */
  readonly billed = new Map<string, number>();
  /** Every request as it was sent, by the key. */
  readonly lines = new Map<string, Json>();
  host = '';
  /** Requests of any kind so far. */
  requests = 0;
  readonly #options: FakeBatchesOptions;
  readonly #files = new Map<string, string>();
  readonly #times = new Map<string, number>();
  readonly #server = createServer((request, response) => {
    // A client that is killed leaves half a request.
    this.#serve(request, response).catch(() => response.destroy());
  });
  #posts = 0;

  static async start(options: FakeBatchesOptions): Promise<FakeBatches> {
    const fake = new FakeBatches(options);
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    fake.host = `127.0.0.1:${(fake.#server.address() as AddressInfo).port}`;
    return fake;
  }

  private constructor(options: FakeBatchesOptions) {
    this.#options = options;
  }

  /** The environment in which a hosted teacher is asked here. */
  get env(): Record<string, string> {
    const name = this.#options.shape.toUpperCase();
    return { [`${name}_API_KEY`]: 'sk-of-a-test-0123', [`${name}_BASE_URL`]: `http://${this.host}` };
  }

  get teacher(): string {
    return `${this.#options.shape}:model-1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    this.requests++;
    const path = request.url!;
    const fault = request.method === 'POST' ? this.#options.fault?.(path, this.#posts++) : undefined;
    if (typeof fault === 'number') return void response.writeHead(fault).end('{"error": {"message": "not now"}}');
    const answer = request.method === 'POST' ? this.#made(path, body) : this.#shown(path);
    if (fault === 'lost') return void response.destroy();
    if (answer === undefined) return void response.writeHead(404).end('{}');
    response.writeHead(200).end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  }

  #made(path: string, body: string): Json {
    if (path === '/v1/files') {
      const id = `file-${this.#files.size}`;
      this.#files.set(id, (body.match(/^\{"custom_id".*$/gm) ?? []).join('\n'));
      return { id };
    }
    const given = JSON.parse(body);
    if (path === '/v1/batches') {
      const lines = this.#files
        .get(given.input_file_id)!
        .split('\n')
        .map((line) => JSON.parse(line));
      return this.#openai(
        this.#batch(
          lines.map((line: Json) => [line.custom_id, line.body]),
          given.metadata.understudy,
        ),
      );
    }
    if (path === '/v1/messages/batches')
      return this.#anthropic(
        this.#batch(
          given.requests.map((one: Json) => [one.custom_id, one.params]),
          undefined,
        ),
      );
    const { display_name: name, input_config: config } = given.batch;
    const lines = config.requests.requests.map((one: Json) => [one.metadata.key, one.request]);
    return this.#gemini(this.#batch(lines, name));
  }

  #batch(lines: readonly (readonly [string, Json])[], name: string | undefined): Batch {
    const requests = lines.map(([key, line], place) => {
      const nth = (this.#times.get(key) ?? 0) + 1;
      this.#times.set(key, nth);
      this.lines.set(key, line);
      const fate = this.#options.fate?.(nth, place) ?? 'ok';
      if (fate === 'ok') this.billed.set(key, (this.billed.get(key) ?? 0) + 1);
      return { key, fate };
    });
    const id = this.#options.shape === 'gemini' ? `batches/b${this.batches.length}` : `b${this.batches.length}`;
    const batch = { id, name, created: new Date().toISOString(), requests, looks: this.#options.looks ?? 2 };
    this.batches.unshift(batch);
    return batch;
  }

  #shown(path: string): Json {
    const url = new URL(path, 'http://x');
    const size = this.#options.page ?? 2;
    const at = (after: string | null) => (after ? this.batches.findIndex(({ id }) => id === after) + 1 : 0);
    const page = (after: string | null) => this.batches.slice(at(after), at(after) + size);
    const more = (after: string | null) => at(after) + size < this.batches.length;
    if (url.pathname === '/v1/batches') {
      const after = url.searchParams.get('after');
      return { data: page(after).map((one) => this.#openai(one)), has_more: more(after) };
    }
    if (url.pathname === '/v1/messages/batches') {
      const after = url.searchParams.get('after_id');
      const data = page(after).map((one) => this.#anthropic(one));
      return { data, has_more: more(after), last_id: data.at(-1)?.id };
    }
    if (url.pathname === '/v1beta/batches') {
      const after = url.searchParams.get('pageToken');
      const operations = page(after).map((one) => this.#gemini(one));
      return { operations, ...(more(after) && { nextPageToken: operations.at(-1).name }) };
    }
    const [, file] = /^\/v1\/files\/(.+)\/content$/.exec(path) ?? [];
    if (file) return this.#files.get(file);
    const id = path.replace(/\/results$/, '').replace(/^\/v1(beta)?\/(messages\/)?(?=batches)/, '');
    const batch = this.batches.find((one) => one.id === id || `batches/${one.id}` === id);
    if (!batch) return undefined;
    if (path.endsWith('/results'))
      return batch.requests.map((one) => JSON.stringify(this.#anthropicLine(one))).join('\n');
    if (batch.looks > 0) batch.looks--;
    if (this.#options.shape === 'openai') return this.#openai(batch);
    return this.#options.shape === 'gemini' ? this.#gemini(batch) : this.#anthropic(batch);
  }

  #openai(batch: Batch): Json {
    const over = batch.looks === 0;
    const file = (kind: 'ok' | 'other') => {
      const lines = batch.requests.filter(({ fate }) => (fate === 'ok') === (kind === 'ok'));
      if (lines.length === 0) return null;
      this.#files.set(`${kind}-${batch.id}`, lines.map((one) => JSON.stringify(this.#openaiLine(one))).join('\n'));
      return `${kind}-${batch.id}`;
    };
    const expired = batch.requests.some(({ fate }) => fate === 'expired');
    return {
      id: batch.id,
      status: over ? (expired ? 'expired' : 'completed') : 'in_progress',
      metadata: { understudy: batch.name },
      ...(over && { output_file_id: file('ok'), error_file_id: file('other') }),
    };
  }

  #openaiLine({ key, fate }: Batch['requests'][number]): Json {
    if (fate === 'expired')
      return { custom_id: key, response: null, error: { code: 'batch_expired', message: 'late' } };
    if (fate === 'error')
      return { custom_id: key, response: { status_code: 500, body: { error: { message: 'broken' } } }, error: null };
    const body = {
      model: 'model-1',
      choices: [{ index: 0, message: { role: 'assistant', content: replyTo(key) }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 70, completion_tokens: 12 },
    };
    return { custom_id: key, response: { status_code: 200, body }, error: null };
  }

  #anthropic(batch: Batch): Json {
    const over = batch.looks === 0;
    const count = (fate: string) => batch.requests.filter((one) => one.fate === fate).length;
    const n = batch.requests.length;
    return {
      id: batch.id,
      created_at: batch.created,
      processing_status: over ? 'ended' : 'in_progress',
      request_counts: over
        ? { processing: 0, succeeded: count('ok'), errored: count('error'), expired: count('expired'), canceled: 0 }
        : { processing: n, succeeded: 0, errored: 0, expired: 0, canceled: 0 },
    };
  }

  #anthropicLine({ key, fate }: Batch['requests'][number]): Json {
    if (fate === 'expired') return { custom_id: key, result: { type: 'expired' } };
    if (fate === 'error')
      return { custom_id: key, result: { type: 'errored', error: { error: { message: 'broken' } } } };
    const message = {
      content: [{ type: 'text', text: replyTo(key) }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 70, output_tokens: 12 },
      model: 'model-1',
    };
    return { custom_id: key, result: { type: 'succeeded', message } };
  }

  #gemini(batch: Batch): Json {
    const over = batch.looks === 0;
    const responses = batch.requests.map(({ key, fate }) => ({
      metadata: { key },
      ...(fate === 'ok'
        ? {
            response: {
              candidates: [{ content: { parts: [{ text: replyTo(key) }] }, finishReason: 'STOP' }],
              usageMetadata: { promptTokenCount: 70, candidatesTokenCount: 12 },
            },
          }
        : { error: { message: fate === 'error' ? 'broken' : 'late' } }),
    }));
    // One that expires gives what it has.
    const given = responses.filter((_, i) => batch.requests[i]!.fate !== 'expired');
    return {
      name: batch.id,
      metadata: { displayName: batch.name, state: over ? 'BATCH_STATE_SUCCEEDED' : 'BATCH_STATE_RUNNING' },
      ...(over && { done: true, response: { inlinedResponses: { inlinedResponses: given } } }),
    };
  }
}

/** The number that a question is answered with, by its key. */
export const numberOf = (key: string): number => Number.parseInt(key.slice(0, 4), 16) % 101;
const replyTo = (key: string) => `{"buy": ${(numberOf(key) / 100).toFixed(2)}, "explanation": ""}`;
