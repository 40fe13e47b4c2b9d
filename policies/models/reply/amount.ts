/** A piece of a short text. */
export interface Token {
  readonly kind: 'number' | 'word' | 'mark';
  /** In lower case. */
  readonly text: string;
  /** Of a number in digits. */
  readonly value: number;
  /** Whether white space stands before it. */
  readonly spaced: boolean;
}

/** A share that a text names. */
export interface Amount {
  readonly value: number;
  /** Where the text goes on. */
  readonly next: number;
  /** A whole number without a unit: "1" may count things as well as say how likely one is. */
  readonly bare: boolean;
}

/** A text that is a number is short. */
const LONGEST = 400;

const NUMBER = /(?:(?<whole>\d+)(?:(?<mark>[.,])(?<decimals>\d+))?|\.(?<pointed>\d+))(?:e(?<power>[+-]?\d{1,3}))?/iy;
const WORD = /[\p{L}\u2019']+/uy;
const SAME: Readonly<Record<string, string>> = {
  '％': '%',
  '﹪': '%',
  '٪': '%',
  '．': '.',
  '\u2019': "'",
  '＝': '=',
  '：': ':',
};

/**
 * The tokens of a text; undefined for a text that is too long to be a number, or holds a number that cannot be read
 * without a guess: 1.2.3, 007, 1,000 (a thousand or one), x5.
 */
export function tokensOf(text: string): Token[] | undefined {
  if (text.length > LONGEST) return undefined;
  const plain = text
    .replace(/[％﹪٪．＝：\u2019]/g, (c) => SAME[c]!)
    .replace(/[０-９]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/\\([%()[\]])/g, '$1')
    .toLowerCase();
  const tokens: Token[] = [];
  let spaced = false;
  for (let at = 0; at < plain.length; ) {
    const c = plain[at]!;
    if (/\s/.test(c)) {
      spaced = true;
      at++;
      continue;
    }
    NUMBER.lastIndex = WORD.lastIndex = at;
    const number = NUMBER.exec(plain);
    const word = number ? null : WORD.exec(plain);
    const length = number?.[0].length ?? word?.[0].length ?? 1;
    if (number) {
      const value = numberOf(number.groups!);
      const glued = /[\p{L}\d.,]/u.test(plain[at - 1] ?? '') || /^(?:[.,]?\d)/.test(plain.slice(at + length));
      if (value === undefined || glued) return undefined;
      tokens.push({ kind: 'number', text: number[0], value, spaced });
    } else tokens.push({ kind: word ? 'word' : 'mark', text: word ? word[0] : c, value: Number.NaN, spaced });
    spaced = false;
    at += length;
  }
  return tokens;
}

function numberOf(parts: Readonly<Record<string, string | undefined>>): number | undefined {
  const { whole = '0', mark, decimals = parts.pointed ?? '', power = '0' } = parts;
  if (whole.length > 1 && whole.startsWith('0')) return undefined;
  // One thousand in English, one in German.
  if (mark === ',' && decimals.length === 3 && whole !== '0') return undefined;
  return Number(`${whole}.${decimals || '0'}e${power}`);
}

const DIGITS = 'zero one two three four five six seven eight nine'.split(' ');
const UNITS = [
  ...DIGITS,
  ...'ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(' '),
];
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const PARTS: Readonly<Record<string, number>> = {
  half: 2,
  third: 3,
  quarter: 4,
  fourth: 4,
  fifth: 5,
  sixth: 6,
  seventh: 7,
  eighth: 8,
  ninth: 9,
  tenth: 10,
  hundredth: 100,
};
/** Units in all the words that they are written in, and what one of them is. */
const SHARES: readonly (readonly [string, number])[] = [
  ['%', 0.01],
  ['percent', 0.01],
  ['per cent', 0.01],
  ['pct', 0.01],
  ['prozent', 0.01],
  ['procent', 0.01],
  ['percento', 0.01],
  ['per cento', 0.01],
  ['por ciento', 0.01],
  ['por cento', 0.01],
  ['pour cent', 0.01],
  ['‰', 0.001],
  ['permille', 0.001],
  ['per mille', 0.001],
  ['promille', 0.001],
  ['per mil', 0.001],
];

/**
 * The amount that begins at a token:
 *
 *     amount   := number unit? | number "/" number | number ("in" | "out of") number | number ":" number (of equals)
 *               | number-of-50 ("-" | "/" | ":")? number-of-50 | part ("of"? ("a" | number) unit)?
 *     number   := digits | words | words? "point" digit-word+
 *     words    := 0 to 99 in English, or "a hundred"
 *     part     := ("a" | words)? ("half" | "third" | "quarters" | …)
 *     unit     := "%" | "‰" | the words for them
 *
 * @returns undefined if there is none; signs are not part of an amount
 */
export function amountAt(tokens: readonly Token[], at: number): Amount | undefined {
  const part = partAt(tokens, at);
  if (part) return part;
  const number = numberAt(tokens, at);
  if (!number) return undefined;
  const { value, next, whole } = number;
  const unit = unitAt(tokens, next);
  if (unit) return { value: decimal(value * unit.share), next: unit.next, bare: false };
  const fraction = fractionAt(tokens, value, next);
  if (fraction !== undefined) return fraction;
  return { value, next, bare: whole };
}

interface Read {
  readonly value: number;
  readonly next: number;
  readonly whole: boolean;
}

function numberAt(tokens: readonly Token[], at: number): Read | undefined {
  const token = tokens[at];
  if (token?.kind === 'number') return { value: token.value, next: at + 1, whole: /^\d+$/.test(token.text) };
  const words = cardinalAt(tokens, at);
  const point = words?.next ?? at;
  if (tokens[point]?.text !== 'point') return words;
  let digits = '';
  let next = point + 1;
  for (; DIGITS.includes(tokens[next]?.text ?? ''); next++) digits += DIGITS.indexOf(tokens[next]!.text);
  return digits === '' ? undefined : { value: Number(`${words?.value ?? 0}.${digits}`), next, whole: false };
}

/** 0 to 100 in words. */
function cardinalAt(tokens: readonly Token[], at: number): Read | undefined {
  const word = (i: number) => tokens[i]?.text ?? '';
  const hundred =
    word(at) === 'hundred' ? at : ['a', 'one'].includes(word(at)) && word(at + 1) === 'hundred' ? at + 1 : -1;
  if (hundred >= 0) return { value: 100, next: hundred + 1, whole: true };
  const unit = UNITS.indexOf(word(at));
  if (unit >= 0) return { value: unit, next: at + 1, whole: true };
  const ten = TENS.indexOf(word(at));
  if (ten < 0) return undefined;
  const hyphen = word(at + 1) === '-' && !tokens[at + 1]!.spaced && tokens[at + 2]?.spaced === false;
  const last = hyphen ? at + 2 : at + 1;
  const more = DIGITS.indexOf(word(last));
  return more >= 1
    ? { value: 20 + 10 * ten + more, next: last + 1, whole: true }
    : { value: 20 + 10 * ten, next: at + 1, whole: true };
}

/** "half", "three quarters", "a tenth of a percent". */
function partAt(tokens: readonly Token[], at: number): Amount | undefined {
  const one = tokens[at]?.text === 'a' ? { value: 1, next: at + 1 } : undefined;
  const many = one ?? cardinalAt(tokens, at) ?? { value: 1, next: at };
  const hyphen = tokens[many.next]?.text === '-' && !tokens[many.next]!.spaced ? many.next + 1 : many.next;
  const name = tokens[hyphen]?.text ?? '';
  const divisor = PARTS[name] ?? (name === 'halves' ? 2 : PARTS[name.replace(/s$/, '')]);
  // "third choice"
  if (divisor === undefined || (many.next === at && name !== 'half')) return undefined;
  const value = many.value / divisor;
  let next = hyphen + 1;
  if (tokens[next]?.text === 'of') next++;
  const whole =
    tokens[next]?.text === 'a' ? { value: 1, next: next + 1 } : (numberAt(tokens, next) ?? { value: 1, next });
  const unit = unitAt(tokens, whole.next);
  if (unit) return { value: decimal(value * whole.value * unit.share), next: unit.next, bare: false };
  return { value: decimal(value), next: hyphen + 1, bare: false };
}

function fractionAt(tokens: readonly Token[], value: number, at: number): Amount | undefined {
  const word = tokens[at]?.text;
  const out = word === 'out' && tokens[at + 1]?.text === 'of';
  const sign = word === '/' || word === ':' || word === '-' || word === 'in' || out;
  const other = numberAt(tokens, out ? at + 2 : sign ? at + 1 : at);
  if (!other) return undefined;
  const { value: all, next, whole } = other;
  // "fifty-fifty" is not 50 of 50.
  if (value === 50 && all === 50 && word !== 'in' && !out) return { value: 0.5, next, bare: false };
  if (word === ':') return all === value && value > 0 ? { value: 0.5, next, bare: false } : undefined;
  const counts = word === '/' || word === 'in' || out;
  return counts && (whole || Number.isInteger(all)) && all > 0 && value <= all
    ? { value: decimal(value / all), next, bare: false }
    : undefined;
}

function unitAt(tokens: readonly Token[], at: number): { readonly share: number; readonly next: number } | undefined {
  for (const [unit, share] of SHARES) {
    const words = unit.split(' ');
    if (words.every((word, i) => tokens[at + i]?.text === word)) return { share, next: at + words.length };
  }
  return undefined;
}

/** The amount that a text is, and nothing else. */
export function amountIn(text: string): number | undefined {
  const tokens = tokensOf(text);
  const amount = tokens && amountAt(tokens, 0);
  return amount && amount.next === tokens.length ? amount.value : undefined;
}

/** Decimals as they would be written: 0.28 × 100 is 28. */
export const decimal = (value: number): number => Number(value.toFixed(12));
