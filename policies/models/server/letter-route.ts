import type { LetterChance } from '../choice.ts';
import type { Completion } from './completion.ts';
import type { Ask } from './dialect.ts';
import type { TokenChoice } from './number-weights.ts';

/** How a letter is asked for: the first token of the reply is all that is looked at. */
export const LETTER_REQUEST = 'Reply with the letter of the option and nothing else.';

/** A question to which one token is the answer. No form of reply goes with it: a grammar would mask what is listed. */
export const askLetter = (prompt: string): Ask => ({
  messages: [{ role: 'user', content: prompt }],
  limit: 1,
  logprobs: true,
});

/** Quotes, brackets and emphasis may stand before a letter, and what ends it behind. */
const LETTER = /^[\s\u2581\u0120"'`(*[{]*([A-Z])[\s"'`)*\]}.,:;]*$/;

/**
 * How likely each letter begins the reply, of the tokens listed for its first place. One that is not listed has at most
 * the probability of the least likely token listed, and at most what all that is listed leaves.
 * @param count letters, from A on
 * @returns shape [count]; undefined where nothing is listed
 */
export function letterChances({ tokens }: Completion, count: number): LetterChance[] | undefined {
  const first = tokens?.[0];
  if (!first) return undefined;
  const listed = listedAt(first);
  const known = new Map<string, number>();
  for (const { token, probability } of listed) {
    const letter = LETTER.exec(token)?.[1];
    if (letter !== undefined) known.set(letter, (known.get(letter) ?? 0) + probability);
  }
  const sum = listed.reduce((total, { probability }) => total + probability, 0);
  const most = Math.max(0, Math.min(1 - sum, ...listed.map(({ probability }) => probability)));
  return Array.from({ length: count }, (_, i) => {
    const probability = known.get(String.fromCharCode(65 + i));
    return probability === undefined ? { probability: 0, most } : { probability };
  });
}

function listedAt({ token, logprob, alternatives }: TokenChoice) {
  const known = alternatives.some((alternative) => alternative.token === token);
  return [...alternatives, ...(known ? [] : [{ token, logprob }])].map(({ token, logprob }) => ({
    token,
    probability: Math.exp(Math.min(0, logprob)),
  }));
}
