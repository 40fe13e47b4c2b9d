import type { Answer } from '../../policy.ts';
import { readReply } from '../reply.ts';
import type { Completion } from './completion.ts';

/** Why a completion is none, in words; undefined where it is one. */
export function refusalIn({ refusal, finish, withheld }: Completion): string | undefined {
  if (refusal !== undefined) return `the model refused: "${refusal.slice(0, 120)}"`;
  if (finish === 'content_filter') return "the server's content filter kept the reply back";
  return withheld;
}

/** The answer that a reply gives; what is out of range, cut off or empty gives none. */
export function replyAnswer(completion: Completion, actions: readonly string[]): Answer {
  const { text, finish, elsewhere } = completion;
  const refused = refusalIn(completion);
  if (refused !== undefined) return { outcome: 'refused', ...(text !== undefined && { reply: text }), reason: refused };
  const cut = finish === 'length';
  if (text === undefined) {
    const reason = cut ? 'the reply is empty: its token limit was reached before it began' : 'the reply is empty';
    return { outcome: 'unparsable', reply: '', reason: elsewhere ?? reason };
  }
  const answer = readReply(text, actions, cut);
  if (answer.outcome === 'ok' || !cut || answer.reason?.startsWith('the reply was cut off')) return answer;
  return { ...answer, reason: `the reply was cut off: ${answer.reason}` };
}
