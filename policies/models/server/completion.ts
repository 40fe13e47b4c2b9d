import { z } from 'zod';
import type { Usage } from '../../policy.ts';
import { ServerFailure } from './failure.ts';
import type { TokenChoice } from './number-weights.ts';

/** What of a chat completion is read. */
export interface Completion {
  /** What the model wrote; undefined if there is nothing. */
  readonly text?: string;
  /** Where the server put something instead of the text. */
  readonly elsewhere?: string;
  /** Why there is nothing at all, as the server gave no choice or no message. */
  readonly withheld?: string;
  /** Why the model stopped, in OpenAI's words: `stop`, `length`, `content_filter`. */
  readonly finish?: string;
  /** Why the model or its server does not want to answer, in its own words. */
  readonly refusal?: string;
  /**
   * The tokens written, with what could have stood in their place; undefined where the server gives no probabilities.
   */
  readonly tokens?: readonly TokenChoice[];
  readonly usage?: Usage;
  /** The server's own name for its build and settings. */
  readonly fingerprint?: string;
  /** Name of the model that the server says has answered. */
  readonly model?: string;
}

/** Null and −∞, in the spellings that servers have for it, are probability 0. */
const logprob = z
  .union([z.number(), z.null(), z.string().regex(/^-inf(?:inity)?$/i)])
  .transform((value) => (typeof value === 'number' ? value : Number.NEGATIVE_INFINITY));
const listed = z.object({ token: z.string(), logprob });

const part = z.union([z.string(), z.object({ type: z.string().optional(), text: z.string().nullish() })]);
const message = z.object({
  content: z.union([z.string(), z.array(part)]).nullish(),
  refusal: z.string().nullish(),
  reasoning: z.unknown().optional(),
  reasoning_content: z.unknown().optional(),
  thinking: z.unknown().optional(),
  parsed: z.unknown().optional(),
  tool_calls: z.unknown().optional(),
  function_call: z.unknown().optional(),
});

const completion = z.object({
  choices: z
    .array(
      z.object({
        index: z.number().nullish().catch(undefined),
        message: message.nullish(),
        text: z.string().nullish(),
        finish_reason: z.string().nullish(),
        logprobs: z
          .object({ content: z.array(listed.extend({ top_logprobs: z.array(listed).nullish() })).nullish() })
          .nullish()
          .catch(undefined),
      }),
    )
    .nullable(),
  usage: z
    .object({ prompt_tokens: z.number(), completion_tokens: z.number().nullish(), cost: z.number().nullish() })
    .nullish()
    .catch(undefined),
  system_fingerprint: z.string().nullish().catch(undefined),
  model: z.string().nullish().catch(undefined),
});
type Message = z.infer<typeof message>;

/** @throws {ServerFailure} unreadable, naming what is not as it should be */
export function readCompletion(host: string, body: unknown): Completion {
  const { data, error } = completion.safeParse(body);
  if (!data) {
    const [issue] = error.issues;
    throw new ServerFailure(
      'unreadable',
      host,
      `${host} answered with something other than a chat completion: ${issue!.path.join('.') || 'the answer'}: ${issue!.message} ("${JSON.stringify(body).slice(0, 120)}")`,
    );
  }
  const { usage, system_fingerprint, model } = data;
  const choice = data.choices?.find(isFirst) ?? data.choices?.[0];
  const text = textOf(choice?.message?.content) || choice?.text || undefined;
  const elsewhere = text === undefined && choice?.message ? elsewhereIn(choice.message) : undefined;
  const withheld = text === undefined && !choice?.message ? (choice ? 'message' : 'choice') : undefined;
  return {
    ...(text !== undefined && { text }),
    ...(elsewhere !== undefined && { elsewhere }),
    ...(withheld && { withheld: `the server answered without a ${withheld}, as when a filter withholds the reply` }),
    ...(choice?.finish_reason && { finish: finishOf(choice.finish_reason) }),
    ...(choice?.message?.refusal && { refusal: choice.message.refusal }),
    ...(choice?.logprobs?.content && {
      tokens: choice.logprobs.content.map(({ token, logprob, top_logprobs }) => ({
        token,
        logprob,
        alternatives: top_logprobs ?? [],
      })),
    }),
    ...(usage && {
      usage: {
        promptTokens: usage.prompt_tokens,
        completionTokens: usage.completion_tokens ?? 0,
        ...(typeof usage.cost === 'number' && { cost: usage.cost }),
      },
    }),
    ...(system_fingerprint && { fingerprint: system_fingerprint }),
    ...(model && { model }),
  };
}

/** A message's text; of one in parts those that are text, not thoughts. */
function textOf(content: Message['content']): string {
  if (!Array.isArray(content)) return content ?? '';
  return content
    .flatMap((piece) => {
      if (typeof piece === 'string') return [piece];
      return piece.type === undefined || /^(?:output_)?text$/.test(piece.type) ? [piece.text ?? ''] : [];
    })
    .join('');
}

/** Where a server put what a message without text says. */
function elsewhereIn(said: Message): string | undefined {
  const filled = ELSEWHERE.find((name) => {
    const value = said[name];
    return Array.isArray(value) || typeof value === 'string' ? value.length > 0 : Boolean(value);
  });
  if (filled === undefined) return undefined;
  return `the reply is empty, and its ${filled} is not: ${remedyFor(filled)}`;
}

const ELSEWHERE = ['reasoning_content', 'reasoning', 'thinking', 'tool_calls', 'function_call', 'parsed'] as const;

function remedyFor(filled: (typeof ELSEWHERE)[number]): string {
  if (filled === 'parsed') return 'the server read the reply itself; serve it without that';
  return filled === 'tool_calls' || filled === 'function_call'
    ? 'the model calls a tool; serve it without tools'
    : 'the model thinks and does not come to an answer; turn its thinking off, or down';
}

/** Other APIs behind an OpenAI-compatible address have words of their own: Gemini MAX_TOKENS, Mistral model_length. */
function finishOf(reason: string): string {
  if (/^(?:max_tokens|max_output_tokens|model_length|length)$/i.test(reason)) return 'length';
  return /^(?:content_filter(?:ed)?|safety|prohibited_content|blocklist|spii|recitation|refusal|sensitive)$/i.test(
    reason,
  )
    ? 'content_filter'
    : reason;
}

/** What several requests cost together; undefined where none says. */
export function usageOf(completions: readonly Completion[]): Usage | undefined {
  const known = completions.flatMap(({ usage }) => usage ?? []);
  if (known.length === 0) return undefined;
  const sum = (of: (usage: Usage) => number) => known.reduce((total, usage) => total + of(usage), 0);
  return {
    promptTokens: sum(({ promptTokens }) => promptTokens),
    completionTokens: sum(({ completionTokens }) => completionTokens),
    ...(known.some(({ cost }) => cost !== undefined) && { cost: sum(({ cost = 0 }) => cost) }),
  };
}

type Json = Readonly<Record<string, unknown>>;

/** One choice is asked for; whoever sends several numbers them. */
export const isFirst = ({ index }: { readonly index?: unknown }) =>
  index === undefined || index === null || index === 0;

/** Whether an answer is a stream of events (server-sent events), as some servers send unasked. */
export const isEventStream = (type: string | null, text: string): boolean =>
  /^text\/event-stream/i.test(type ?? '') || /^\s*(?:data|event|id|retry|):/.test(text);

/** What each event of a stream carries: its `data` lines, or each of them where they are not one value together. */
function eventsOf(text: string): string[] {
  return text.split(/\r\n\r\n|\n\n|\r\r/).flatMap((event) => {
    const lines = event
      .split(/\r\n|\n|\r/)
      .flatMap((line) => (line.startsWith('data:') ? [line.slice('data:'.length).trim()] : []))
      .filter((data) => data !== '');
    const joined = lines.join('\n');
    return lines.length > 1 && parsed(joined) !== undefined ? [joined] : lines;
  });
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** The answer behind comments that kept the connection alive, as OpenRouter sends them; undefined in a stream. */
const withoutComments = (text: string) => parsed(text.replace(/^\s*(?::[^\r\n]*[\r\n]\s*)*/, ''));

/**
 * The chat completion that a stream of its chunks adds up to, in the shape of one that was not streamed. Of several
 * choices the first counts.
 * @returns undefined for a stream without an event that can be read, and for one that ends before its reply does
 */
export function completionOfStream(text: string): unknown {
  const whole = withoutComments(text);
  if (whole) return whole;
  const events = eventsOf(text);
  let head: Json | undefined;
  let finish: unknown;
  const written: Record<string, string> = {};
  const tokens: unknown[] = [];
  for (const data of events) {
    if (data === '[DONE]') continue;
    const chunk = parsed(data);
    if (!chunk) return undefined;
    if (chunk.error) return chunk;
    head = { ...head, ...Object.fromEntries(Object.entries(chunk).filter(([, value]) => value !== null)) };
    const choice = ((Array.isArray(chunk.choices) ? chunk.choices : []) as Json[]).find(isFirst);
    if (!choice) continue;
    if (choice.error) return { error: choice.error };
    // Some end a stream with the whole message.
    const delta = (choice.delta ?? choice.message ?? { content: choice.text }) as Json;
    for (const [name, value] of Object.entries(delta))
      if (typeof value === 'string' && name !== 'role')
        written[name] = choice.delta || choice.text !== undefined ? (written[name] ?? '') + value : value;
    finish = choice.finish_reason ?? finish;
    const listed = (choice.logprobs as Json | null | undefined)?.content;
    if (Array.isArray(listed)) tokens.push(...listed);
  }
  const ended = events.at(-1) === '[DONE]' || (finish !== undefined && finish !== null);
  if (!head || !ended) return undefined;
  return {
    ...head,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', ...written },
        finish_reason: finish ?? null,
        logprobs: tokens.length > 0 ? { content: tokens } : null,
      },
    ],
  };
}
