import type { LlamaContextSequence, Token } from 'node-llama-cpp';
import { type NumberReading, readingOf } from '../number-distribution.ts';
import type { Digits } from './digits.ts';
import { chancesOf, looking } from './next-token.ts';
import { evaluatePrompt, type Turns } from './turns.ts';

/** Beginnings of numbers whose chances sum to less than this are not followed further. */
const UNFOLLOWED = 1e-6;
/** A number that begins with `1.` and has less than this counts as 1 without a look at what follows. */
const UNCHECKED = 1e-4;
/** Groups of three digits, a thousand tokens to look for, are left out where they have less than this. */
const UNGROUPED = 1e-3;

/**
 * The distribution of the number that a model would write after `tokens`, out of everything that it might write. A number
 * counts by its first two decimals: one with fewer where it ends, one with more whatever follows them. Each value has the
 * sum over its spellings: 0.74 is written `74` or `7` `4`.
 * @param tokens the question and the head of the reply
 * @returns with how many tokens of the number were looked at
 */
export async function readNumber(
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
  numbers: Digits,
  turns: Turns,
): Promise<NumberReading & { looked: number }> {
  const { digits, pairs, point, ends } = numbers;
  const [zero, one] = digits as [Token, Token];
  const begins = [zero, one];
  const known = pairs.filter((token) => token !== undefined);
  const groups = [...digits, ...known];
  const begun = [
    ...tokens.slice(0, -1),
    looking(tokens.at(-1)!, begins),
    looking(zero, [point, ...ends]),
    looking(point, groups),
  ];
  const first = await evaluatePrompt(sequence, [...tokens, zero, point], 3, turns, (from) =>
    sequence.controlledEvaluate(begun.slice(from)),
  );
  let looked = 3;
  /** The next token's chances after one that is put at a place of the sequence. */
  const look = async (at: number, token: Token, among: readonly Token[]): Promise<number[]> => {
    if (sequence.nextTokenIndex > at)
      await sequence.eraseContextTokenRanges([{ start: at, end: sequence.nextTokenIndex }]);
    looked++;
    const seen = await turns.reply(() => sequence.controlledEvaluate([looking(token, among)]));
    return chancesOf(seen[0], among);
  };

  const [pZero, pOne] = chancesOf(first.at(-3), begins) as [number, number];
  const [pPoint, ...pEnds] = chancesOf(first.at(-2), [point, ...ends]) as [number, ...number[]];
  const pGroups = chancesOf(first.at(-1), groups);
  /** P of 0.00 to 1.00 in hundredths. */
  const weights = new Float64Array(101);
  let otherSpellings = 0;
  const base = tokens.length;
  const decimal = pZero * pPoint;
  weights[0] = pZero * sum(pEnds);

  let at = digits.length;
  for (const [n, token] of pairs.entries()) if (token !== undefined) weights[n]! += decimal * pGroups[at++]!;
  const triples = numbers.triples.flatMap((token, n) => (token === undefined ? [] : [{ token, n }]));
  if (triples.length > 0 && decimal * (1 - sum(pGroups)) > UNGROUPED) {
    const found = await look(
      base + 1,
      point,
      triples.map(({ token }) => token),
    );
    found.forEach((p, i) => {
      weights[Math.floor(triples[i]!.n / 10)]! += decimal * p;
    });
  }

  const pDigits = pGroups.slice(0, digits.length);
  let left = decimal * sum(pDigits);
  const likely = [...pDigits.keys()].sort((a, b) => pDigits[b]! - pDigits[a]! || a - b);
  for (const d of likely) {
    if (left < UNFOLLOWED) break;
    const here = decimal * pDigits[d]!;
    left -= here;
    const next = await look(base + 2, digits[d]!, [...digits, ...ends]);
    weights[10 * d]! += here * sum(next.slice(digits.length));
    for (let e = 0; e < 10; e++) {
      const p = here * next[e]!;
      weights[10 * d + e]! += p;
      if (pairs[10 * d + e] !== undefined) otherSpellings += p;
    }
  }
  if (pOne >= UNFOLLOWED) {
    const [pOnePoint, ...pOneEnds] = (await look(base, one, [point, ...ends])) as [number, ...number[]];
    const pointed = pOne * pOnePoint;
    const zeros = [digits[0]!, pairs[0], numbers.triples[0]].filter((token) => token !== undefined);
    // What little more than 1 there is in less makes no difference.
    const share = pointed < UNCHECKED ? 1 : sum(await look(base + 1, point, zeros));
    weights[100] = pOne * sum(pOneEnds) + pointed * share;
  }
  const reading = readingOf(weights);
  const distribution = { ...reading.distribution, ...(known.length > 0 && { otherSpellings }) };
  return { ...reading, distribution, looked };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
