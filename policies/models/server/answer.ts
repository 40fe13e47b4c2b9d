import type { Answer } from '../../policy.ts';
import { MOST_MISSING, readingOf } from '../number-distribution.ts';
import { readReply } from '../reply.ts';
import type { Completion } from './completion.ts';
import { type NumberPath, numberWeights } from './number-weights.ts';

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

export interface Asked {
  /** Why there is no reply, if there is none. */
  readonly refused?: string | undefined;
  /** What the model wrote first. */
  readonly first?: Completion | undefined;
  /** Whether that is a reply of its own from the beginning to the end. */
  readonly whole?: boolean;
  readonly actions?: readonly string[];
}

/** The answer that the paths of a number give, unless what the model wrote says another. */
export function answerOfNumber(paths: readonly NumberPath[], asked: Asked = {}): Answer {
  const { refused, first } = asked;
  if (refused !== undefined) return { outcome: 'refused', reason: refused };
  const { weights, missing } = numberWeights(paths);
  const differs = contradiction(weights, asked);
  if (differs) return differs;
  if (weights.every((weight) => weight === 0)) {
    const quoted = first?.text === undefined ? '' : `: "${first.text.slice(0, 120)}"`;
    return { outcome: 'unparsable', reason: `no number from 0 to 1 is among the possible replies${quoted}` };
  }
  const { mean, distribution } = readingOf(weights);
  return missing > MOST_MISSING
    ? {
        outcome: 'refused',
        distribution,
        reason: `the server lists too little of the number's distribution to take its mean: ${percent(missing)} of the probability is missing, more than ${percent(MOST_MISSING)}; ask for "greedy"`,
      }
    : { outcome: 'ok', probabilities: [1 - mean, mean], distribution };
}

/** A number that is read of a text and is impossible by its log-probabilities, or a text that says none. */
function contradiction(weights: Float64Array, { first, whole, actions = [] }: Asked): Answer | undefined {
  const { text, finish } = first ?? {};
  if (text === undefined) return undefined;
  if (!whole)
    return /^\s*\d*[.,]?\d+\s*(?:[%％‰]|per)/i.test(text)
      ? { outcome: 'unparsable', reason: `the number has a unit: "${text.slice(0, 120)}"` }
      : undefined;
  const { outcome, probabilities, reason } = readReply(text, actions, finish === 'length');
  if (outcome !== 'ok') return { outcome, ...(reason !== undefined && { reason }) };
  const said = probabilities![1]!;
  // Numbers are counted by their first two decimals.
  if (weights[Math.floor(100 * said + 1e-9)]! > 0) return undefined;
  return {
    outcome: 'refused',
    reason: `the reply says ${said}, which is impossible by the server's own log-probabilities; ask for "greedy"`,
  };
}

const percent = (p: number) => `${Math.round(100 * p)} %`;
