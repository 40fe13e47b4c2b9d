import type { Answer } from '../../policy.ts';
import { readReply } from '../reply.ts';
import type { Completion } from './completion.ts';

/** Why a completion is none, in words; undefined where it is one. */
export function refusalIn({ refusal, finish }: Completion): string | undefined {
  if (refusal !== undefined) return `the model refused: "${refusal.slice(0, 120)}"`;
  return finish === 'content_filter' ? "the server's content filter kept the reply back" : undefined;
}

/** The answer that a reply gives; what is out of range, cut off or empty gives none. */
export function replyAnswer(completion: Completion, actions: readonly string[]): Answer {
  const { text, finish } = completion;
  const refused = refusalIn(completion);
  if (refused !== undefined) return { outcome: 'refused', ...(text !== undefined && { reply: text }), reason: refused };
  const cut = finish === 'length';
  if (text === undefined) {
    const reason = cut ? 'the reply is empty, its room was used up before it began' : 'the reply is empty';
    return { outcome: 'unparsable', reply: '', reason };
  }
  const answer = readReply(text, actions, cut);
  return answer.outcome === 'ok' || !cut ? answer : { ...answer, reason: `the reply was cut off: ${answer.reason}` };
}
