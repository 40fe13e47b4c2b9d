import type { Usage } from '../../policy.ts';
import type { Claim } from '../../spending/meter.ts';
import { readCompletion } from './completion.ts';

/** Tokens of a reply without a limit, which no request of ours is. */
const UNLIMITED = 4096;

/** What a request for a chat completion can come to. */
export function claimOf(body: object): Claim {
  const { messages = [], ...more } = body as {
    readonly messages?: readonly { readonly content: string }[];
    readonly max_tokens?: number;
    readonly max_completion_tokens?: number;
  };
  return {
    sent: JSON.stringify(body),
    prompt: messages.map(({ content }) => content).join('\n'),
    limit: more.max_tokens ?? more.max_completion_tokens ?? UNLIMITED,
  };
}

/** What a server says that its answer came to, and what it wrote; nothing of an answer that cannot be read. */
export function replyIn(answer: unknown): { readonly usage: Usage | undefined; readonly text: string } {
  try {
    const { usage, text = '' } = readCompletion('', answer);
    return { usage, text };
  } catch {
    return { usage: undefined, text: JSON.stringify(answer) ?? '' };
  }
}
