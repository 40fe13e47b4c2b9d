import type { LlamaModel, Token } from 'node-llama-cpp';

/** The tokens in which a model writes the numbers 0.00 to 1.00: digits, or groups of two and three digits. */
export interface Digits {
  /** Tokens of 0 to 9. */
  readonly digits: readonly Token[];
  /** Tokens of 00 to 99 after the point; undefined where the tokenizer writes two digits one by one. */
  readonly pairs: readonly (Token | undefined)[];
  /** Tokens of 000 to 999 after the point; empty where it has none. */
  readonly triples: readonly (Token | undefined)[];
  readonly point: Token;
  /** What ends a number in JSON. */
  readonly ends: readonly Token[];
}

/** What may follow a number in a reply, as models write JSON. */
const ENDS = ['}', ',', ', "', ',"', ',\n', ',\n  "', ' }', ' ,', '\n', '\n}', '}\n', '}\n\n', '}"', '}```', '}.'];

/** The tokens of numbers, or why this tokenizer's numbers cannot be read. */
export function digitsOf(model: LlamaModel, head: string): Digits | string {
  const tokens = (text: string) => model.tokenize(text, false, 'trimLeadingSpace');
  const start = tokens(head);
  /** What the tokenizer makes of a text after the head; undefined where the head would be cut in another way. */
  const after = (text: string): readonly Token[] | undefined => {
    const whole = tokens(head + text);
    return start.every((token, i) => whole[i] === token) ? whole.slice(start.length) : undefined;
  };
  const singles = Array.from({ length: 10 }, (_, d) => after(String(d)));
  const odd = singles.findIndex((found) => found?.length !== 1);
  if (odd >= 0)
    return singles[odd] === undefined
      ? `its tokenizer writes ${odd} in a way that depends on what precedes it`
      : `its tokenizer writes ${odd} in ${singles[odd]!.length} tokens`;
  const [zero, one] = singles.map((found) => found![0]!) as [Token, Token];
  const [, point, ...more] = after('0.') ?? [];
  if (point === undefined || more.length > 0) return 'its tokenizer does not write 0. as a digit and a point';

  /** What follows a digit and the point; undefined where they are not tokens of their own. */
  const decimals = (first: Token, number: string): readonly Token[] | undefined => {
    const found = after(number);
    return found?.[0] === first && found[1] === point && found.length > 2 ? found.slice(2) : undefined;
  };
  const digits: Token[] = [];
  for (let d = 0; d < 10; d++) {
    const found = decimals(zero, `0.${d}`);
    if (found?.length !== 1) return `its tokenizer does not write 0.${d} as a digit, a point and a digit`;
    digits.push(found[0]!);
  }
  const isDigits = (found: readonly Token[], text: string) =>
    found.length === text.length && found.every((token, i) => token === digits[Number(text[i])]);
  const pairs: (Token | undefined)[] = [];
  for (let n = 0; n < 100; n++) {
    const text = String(n).padStart(2, '0');
    const found = decimals(zero, `0.${text}`);
    if (!found || (found.length > 1 && !isDigits(found, text)))
      return `its tokenizer does not write 0.${text} digit by digit or as a group of digits`;
    pairs.push(found.length === 1 ? found[0] : undefined);
  }
  if (!decimals(one, '1.00')) return 'its tokenizer does not write 1.00 with a point of its own';
  const grouped = pairs.some((token) => token !== undefined);
  const triples = Array.from({ length: grouped ? 1000 : 0 }, (_, n) => {
    const found = decimals(zero, `0.${String(n).padStart(3, '0')}`);
    return found?.length === 1 ? found[0] : undefined;
  });
  const ends = new Set<Token>();
  for (const number of ['0', '1', '0.7'])
    for (const end of ENDS) {
      const [before, found] = [after(number)!, after(number + end)];
      const next = found?.[before.length];
      if (next !== undefined && before.every((token, i) => found![i] === token)) ends.add(next);
    }
  return { digits, pairs, triples, point, ends: [...ends] };
}
