import type { ControlledEvaluateInputItem, LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';
import { type NumberReading, readingOf } from '../number-distribution.ts';
import type { Turns } from './turns.ts';
import { evaluatePrompt } from './turns.ts';

/** The tokens in which a model writes the numbers 0.00 to 1.00. */
export interface Digits {
  /** Tokens of 0 to 9. */
  readonly digits: readonly Token[];
  readonly point: Token;
}

/** First digits whose chances sum to less than this are not followed further; what is known of them is their share. */
const UNFOLLOWED = 1e-6;

/** The tokens of digits and point, or why this tokenizer's numbers cannot be read digit by digit. */
export function digitsOf(model: LlamaModel, head: string): Digits | string {
  const tokens = (text: string) => model.tokenize(text, false, 'trimLeadingSpace');
  const start = tokens(head);
  const after = (number: string): readonly Token[] | undefined => {
    const whole = tokens(head + number);
    return start.every((token, i) => whole[i] === token) ? whole.slice(start.length) : undefined;
  };
  const sample = after('0.74');
  if (sample?.length !== 4)
    return `its tokenizer writes 0.74 in ${sample ? `${sample.length} tokens` : 'a way that depends on what precedes it'}, not digit by digit`;
  const digits = Array.from({ length: 10 }, (_, d) => after(`0.${d}`)?.[2]);
  const [, point] = sample;
  for (let i = 0; i <= 100; i++) {
    const number = (i / 100).toFixed(2);
    const expected = [...number].map((c) => (c === '.' ? point : digits[Number(c)]));
    if (after(number)?.join() !== expected.join()) return `its tokenizer does not write ${number} digit by digit`;
  }
  return { digits: digits as Token[], point: point! };
}

/**
 * The distribution of the number that a model would write after `tokens`, over everything that the reply's grammar admits:
 * 0.00 to 0.99 by first and second decimal, and 1.00. It is what untruncated samples at temperature 1 are drawn from.
 * @param tokens the question and the head of the reply
 * @returns with how many tokens of the number were looked at
 */
export async function readNumber(
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
  { digits, point }: Digits,
  turns: Turns,
): Promise<NumberReading & { looked: number }> {
  const [zero, one] = digits as [Token, Token];
  const begun = [...tokens.slice(0, -1), next(tokens.at(-1)!, [zero, one]), zero, next(point, digits)];
  const first = await evaluatePrompt(sequence, [...tokens, zero, point], 3, turns, (from) =>
    sequence.controlledEvaluate(begun.slice(from)),
  );
  const [pZero, pOne] = chances(first.at(-3)?.next.logits, [zero, one]) as [number, number];
  const pFirst = chances(first.at(-1)?.next.logits, digits);

  const base = sequence.nextTokenIndex;
  /** P of 0.00 to 1.00 in hundredths. */
  const weights = new Float64Array(101);
  weights[100] = pOne;
  let left = 1;
  let looked = 2;
  const likely = [...pFirst.keys()].sort((a, b) => pFirst[b]! - pFirst[a]! || a - b);
  for (const d of likely) {
    if (left < UNFOLLOWED) break;
    left -= pFirst[d]!;
    if (sequence.nextTokenIndex > base)
      await sequence.eraseContextTokenRanges([{ start: base, end: sequence.nextTokenIndex }]);
    const second = await turns.reply(() => sequence.controlledEvaluate([next(digits[d]!, digits)]));
    const pSecond = chances(second[0]?.next.logits, digits);
    pSecond.forEach((p, e) => {
      weights[10 * d + e] = pZero * pFirst[d]! * p;
    });
    looked++;
  }
  return { ...readingOf(weights), looked };
}

/** A token with the logits of what follows it. */
const next = (token: Token, among: readonly Token[]): ControlledEvaluateInputItem => [
  token,
  { generateNext: { logits: { filter: { tokens: among } } } },
];

/** Chances of each token, given that it is one of them. */
function chances(logits: ReadonlyMap<Token, number> | undefined, among: readonly Token[]): number[] {
  const values = among.map((token) => logits?.get(token) ?? Number.NaN);
  const max = Math.max(...values);
  if (!Number.isFinite(max)) throw new Error('the model gave no finite logits for the digits');
  const weights = values.map((value) => Math.exp(value - max));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
