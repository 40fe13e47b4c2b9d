import type { Completion } from '../server/completion.ts';
import { readCompletion } from '../server/completion.ts';
import { type Ask, type Dialect, firstDialect, requestBody } from '../server/dialect.ts';
import type { BatchHttp, Json } from './http.ts';

/** What became of a request of a batch. */
export type Result =
  | { readonly key: string; readonly completion: Completion }
  /** It was not worked on, and not billed. */
  | { readonly key: string; readonly expired: true }
  | { readonly key: string; readonly error: string };

/** How a service takes batches. */
export interface Shape {
  /** Whether a batch carries its name, so that it can be found by it. */
  readonly marked: boolean;
  /** Where its batch API is, below the address of its chat completions. */
  root(chat: string): string;
  /** A request as the service takes it. */
  line(model: string, ask: Ask, key: string): object;
  /** Sends a batch. @returns the service's number of it */
  submit(http: BatchHttp, batch: Submission, signal: AbortSignal): Promise<string>;
  /** Numbers of batches that may be this one, of which it is not known whether it was taken. */
  find(http: BatchHttp, batch: Sought, signal: AbortSignal): Promise<string[]>;
  /** Whether it is over, and what went wrong with all of it. */
  state(http: BatchHttp, id: string, signal: AbortSignal): Promise<State>;
  results(http: BatchHttp, id: string, signal: AbortSignal): Promise<Result[]>;
  /** What a line of its results says. */
  result(line: Json, host: string): Result;
}

interface State {
  readonly over: boolean;
  readonly problem?: string;
}

interface Submission {
  readonly batch: string;
  readonly model: string;
  readonly lines: readonly object[];
  /** Called between its requests. */
  readonly at?: ((point: string) => void) | undefined;
}

interface Sought {
  readonly batch: string;
  readonly at: string;
  readonly size: number;
}

/** Nobody can be asked back what it understands: only what all of these services take. */
const plain: Dialect = { ...firstDialect, limit: 'max_completion_tokens', extras: {}, logprobs: 0 };

const linesOf = (text: string): Json[] => text.split('\n').flatMap((line) => (line.trim() ? [JSON.parse(line)] : []));

/** A line of a batch file for OpenAI's API, or for vLLM's `run-batch`. */
export const openaiLine = (model: string, ask: Ask, key: string, extras: Dialect['extras'] = {}): object => ({
  custom_id: key,
  method: 'POST',
  url: '/v1/chat/completions',
  body: requestBody(model, ask, { ...plain, extras }),
});

/** What a line of results in OpenAI's form says. */
export function openaiResult(line: Json, host: string): Result {
  const { custom_id: key, response, error } = line;
  if (error?.code === 'batch_expired') return { key, expired: true };
  if (error || !(response?.status_code === undefined || response.status_code < 400) || !response?.body)
    return { key, error: String(error?.message ?? response?.body?.error?.message ?? 'no answer') };
  return { key, completion: readCompletion(host, response.body) };
}

const openai: Shape = {
  marked: true,
  root: (chat) => chat,
  line: (model, ask, key) => openaiLine(model, ask, key),
  async submit(http, { batch, lines, at }, signal) {
    const form = new FormData();
    form.append('purpose', 'batch');
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    form.append('file', new Blob([text], { type: 'application/jsonl' }), `understudy-${batch}.jsonl`);
    const file = await http.post('/files', form, signal);
    at?.('uploaded');
    const made = await http.post(
      '/batches',
      {
        input_file_id: file.id,
        endpoint: '/v1/chat/completions',
        completion_window: '24h',
        metadata: { understudy: batch },
      },
      signal,
    );
    return made.id;
  },
  async find(http, { batch }, signal) {
    for (let after = ''; ; ) {
      const page = await http.getJson(`/batches?limit=100${after && `&after=${after}`}`, signal);
      const found = page.data.find((one: Json) => one.metadata?.understudy === batch);
      if (found) return [found.id];
      after = page.has_more ? page.data.at(-1)?.id : '';
      if (!after) return [];
    }
  },
  async state(http, id, signal) {
    const { status, errors } = await http.getJson(`/batches/${id}`, signal);
    const over = ['completed', 'failed', 'expired', 'cancelled'].includes(status);
    return { over, ...(status === 'failed' && { problem: String(errors?.data?.[0]?.message ?? 'the batch failed') }) };
  },
  async results(http, id, signal) {
    const batch = await http.getJson(`/batches/${id}`, signal);
    const files = [batch.output_file_id, batch.error_file_id].filter(Boolean);
    const results: Result[] = [];
    for (const file of files)
      results.push(
        ...linesOf(await http.get(`/files/${file}/content`, signal)).map((line) => openaiResult(line, http.host)),
      );
    return results;
  },
  result: openaiResult,
};

const anthropic: Shape = {
  marked: false,
  root: (chat) => chat,
  line: (model, { messages, sampling, limit }, key) => ({
    custom_id: key,
    params: { model, max_tokens: limit, temperature: sampling?.temperature ?? 0, messages },
  }),
  async submit(http, { lines }, signal) {
    return (await http.post('/messages/batches', { requests: lines }, signal)).id;
  },
  /** Its batches carry no mark of ours: those of the same size since then, which their results tell apart. */
  async find(http, { at, size }, signal) {
    const found: string[] = [];
    const since = Date.parse(at) - 3_600_000;
    for (let after = ''; ; ) {
      const page = await http.getJson(`/messages/batches?limit=100${after && `&after_id=${after}`}`, signal);
      for (const { id, created_at, request_counts: counts } of page.data) {
        const total = Object.values(counts as Record<string, number>).reduce((sum, n) => sum + n, 0);
        if (total === size && Date.parse(created_at) >= since) found.push(id);
      }
      after = page.has_more ? page.last_id : '';
      if (!after) return found;
    }
  },
  async state(http, id, signal) {
    return { over: (await http.getJson(`/messages/batches/${id}`, signal)).processing_status === 'ended' };
  },
  async results(http, id, signal) {
    const text = await http.get(`/messages/batches/${id}/results`, signal);
    return linesOf(text).map((line) => this.result(line, http.host));
  },
  result({ custom_id: key, result }) {
    if (result.type === 'expired' || result.type === 'canceled') return { key, expired: true };
    if (result.type !== 'succeeded')
      return { key, error: String(result.error?.error?.message ?? result.error?.message ?? result.type) };
    const { content = [], stop_reason: stop, usage, model } = result.message;
    const written = content.flatMap((part: Json) => (part.type === 'text' ? [part.text] : [])).join('');
    return {
      key,
      completion: {
        ...(written && { text: written }),
        finish: stop === 'max_tokens' ? 'length' : stop === 'refusal' ? 'content_filter' : 'stop',
        ...(usage && { usage: { promptTokens: usage.input_tokens, completionTokens: usage.output_tokens } }),
        ...(model && { model }),
      },
    };
  },
};

const gemini: Shape = {
  marked: true,
  root: (chat) => chat.replace(/\/openai$/, ''),
  line: (model, { messages, sampling, limit }, key) => ({
    request: {
      contents: messages.map(({ content }) => ({ role: 'user', parts: [{ text: content }] })),
      generationConfig: {
        temperature: sampling?.temperature ?? 0,
        topP: 1,
        ...(sampling && { seed: sampling.seed }),
        maxOutputTokens: limit,
        responseMimeType: 'application/json',
        // What it thinks would count as its reply; only the small models can do without.
        ...(model.includes('flash') && { thinkingConfig: { thinkingBudget: 0 } }),
      },
    },
    metadata: { key },
  }),
  async submit(http, { batch, model, lines }, signal) {
    const made = await http.post(
      `/models/${model}:batchGenerateContent`,
      { batch: { display_name: nameOf(batch), input_config: { requests: { requests: lines } } } },
      signal,
    );
    return made.name;
  },
  async find(http, { batch }, signal) {
    for (let token = ''; ; ) {
      const page = await http.getJson(`/batches?pageSize=100${token && `&pageToken=${token}`}`, signal);
      const found = (page.operations ?? []).find(({ metadata }: Json) => metadata?.displayName === nameOf(batch));
      if (found) return [found.name];
      token = page.nextPageToken ?? '';
      if (!token) return [];
    }
  },
  async state(http, id, signal) {
    const { done, metadata, error } = await http.getJson(`/${id}`, signal);
    const over = Boolean(done) || /SUCCEEDED|FAILED|CANCELLED|EXPIRED/.test(metadata?.state ?? '');
    const failed = over && /FAILED/.test(metadata?.state ?? '');
    return { over, ...(failed && { problem: String(error?.message ?? 'the batch failed') }) };
  },
  async results(http, id, signal) {
    const { response, metadata } = await http.getJson(`/${id}`, signal);
    const inlined = response?.inlinedResponses ?? metadata?.output?.inlinedResponses;
    return (inlined?.inlinedResponses ?? []).map((line: Json) => this.result(line, http.host));
  },
  result({ metadata: { key } = {} as Json, key: named = key, response, error }) {
    if (error || !response) return { key: named, error: String(error?.message ?? 'no answer') };
    const [candidate] = response.candidates ?? [];
    const written = (candidate?.content?.parts ?? [])
      .flatMap((part: Json) => (part.thought ? [] : [part.text]))
      .join('');
    const { usageMetadata: usage, modelVersion } = response;
    const finish = candidate?.finishReason ?? 'SAFETY';
    return {
      key: named,
      completion: {
        ...(written && { text: written }),
        finish: finish === 'STOP' ? 'stop' : finish === 'MAX_TOKENS' ? 'length' : 'content_filter',
        ...(usage && {
          usage: {
            promptTokens: usage.promptTokenCount ?? 0,
            completionTokens: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
          },
        }),
        ...(modelVersion && { model: modelVersion }),
      },
    };
  },
};

const nameOf = (batch: string) => `understudy-${batch}`;

export const shapes = { openai, anthropic, gemini } as const;
