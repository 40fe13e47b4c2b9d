import type { ControlledEvaluateInputItem, LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';

/** The tokens in which a model writes the numbers 0.00 to 1.00. */
export interface Digits {
  /** Tokens of 0 to 9. */
  readonly digits: readonly Token[];
  readonly point: Token;
}

/**
 * First digits whose chances sum to less than this are not followed further: their second digits count as 4.5 hundredths on
 * average, so the mean is off by less than 0.045 times as much.
 */
const UNFOLLOWED = 0.001;

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
 * Mean of the number that a model would write after `tokens`, over everything that the reply's grammar admits: 0.00 to
 * 0.99 by first and second decimal, and 1.00. It is what the mean of untruncated samples at temperature 1 tends to.
 * @param tokens the question and the head of the reply
 */
export async function numberMean(
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
  { digits, point }: Digits,
): Promise<number> {
  const [zero, one] = digits as [Token, Token];
  // Of an equal prompt everything is there already; the last token is evaluated again for what follows it.
  await sequence.adaptStateToTokens(tokens.slice(0, -1), false);
  const rest = tokens.slice(sequence.nextTokenIndex);
  const first = await sequence.controlledEvaluate([
    ...rest.slice(0, -1),
    next(rest.at(-1)!, [zero, one]),
    zero,
    next(point, digits),
  ]);
  const [pZero, pOne] = chances(first[rest.length - 1]?.next.logits, [zero, one]) as [number, number];
  const pFirst = chances(first[rest.length + 1]?.next.logits, digits);

  const base = sequence.nextTokenIndex;
  let mean = 0;
  let left = 1;
  const likely = [...pFirst.keys()].sort((a, b) => pFirst[b]! - pFirst[a]! || a - b);
  for (const d of likely) {
    if (left < UNFOLLOWED) {
      mean += pFirst[d]! * (d / 10 + 0.045);
      continue;
    }
    left -= pFirst[d]!;
    if (sequence.nextTokenIndex > base)
      await sequence.eraseContextTokenRanges([{ start: base, end: sequence.nextTokenIndex }]);
    const second = await sequence.controlledEvaluate([next(digits[d]!, digits)]);
    const pSecond = chances(second[0]?.next.logits, digits);
    mean += pFirst[d]! * (d / 10 + pSecond.reduce((sum, p, e) => sum + (p * e) / 100, 0));
  }
  return pZero * mean + pOne;
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
