import { z } from 'zod';
import type { Usage } from '../../policy.ts';
import { ServerFailure } from './failure.ts';
import type { TokenChoice } from './number-weights.ts';

/** What of a chat completion is read. */
export interface Completion {
  /** What the model wrote; undefined where there is nothing. */
  readonly text?: string;
  readonly finish?: string;
  /** Why the model or its server does not want to answer, in its own words. */
  readonly refusal?: string;
  /** The tokens written, with what could have stood in their place; undefined where the server gives no probabilities. */
  readonly tokens?: readonly TokenChoice[];
  readonly usage?: Usage;
  /** The server's own name for its build and settings. */
  readonly fingerprint?: string;
}

const listed = z.object({ token: z.string(), logprob: z.number() });

const completion = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
        finish_reason: z.string().nullish(),
        logprobs: z
          .object({ content: z.array(listed.extend({ top_logprobs: z.array(listed).nullish() })).nullish() })
          .nullish(),
      }),
    )
    .min(1),
  usage: z
    .object({ prompt_tokens: z.number(), completion_tokens: z.number().nullish(), cost: z.number().nullish() })
    .nullish()
    .catch(undefined),
  system_fingerprint: z.string().nullish().catch(undefined),
});

/** @throws {ServerFailure} unreadable, naming what is not as it should be */
export function readCompletion(host: string, body: unknown): Completion {
  const { data, error } = completion.safeParse(body);
  if (!data) {
    const [issue] = error.issues;
    throw new ServerFailure(
      'unreadable',
      host,
      `${host} answered with no chat completion: ${issue!.path.join('.') || 'the answer'}: ${issue!.message} ("${JSON.stringify(body).slice(0, 120)}")`,
    );
  }
  const { choices, usage, system_fingerprint } = data;
  const { message, finish_reason, logprobs } = choices[0]!;
  return {
    ...(message.content && { text: message.content }),
    ...(finish_reason && { finish: finish_reason }),
    ...(message.refusal && { refusal: message.refusal }),
    ...(logprobs?.content && {
      tokens: logprobs.content.map(({ token, logprob, top_logprobs }) => ({
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
  };
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
