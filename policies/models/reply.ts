import type { Answer } from '../policy.ts';

/** How much of a reply is quoted in a reason. */
const QUOTE = 120;

/**
 * Reads the probabilities out of what a model wrote, on a ladder: strict JSON, else the first balanced object in the
 * text, else a number in words or per cent (two actions only). A number out of [0, 1] is not moved into it.
 * @param actions all k actions; the reply gives a number for each but the first, which gets the rest
 * @returns ok with probabilities of shape [k], or unparsable with the reason
 * @example readReply('{"buy": 0.74, "explanation": "It is hot."}', ['skip', 'buy']).probabilities // => [0.26, 0.74]
 */
export function readReply(reply: string, actions: readonly string[]): Answer {
  const unparsable = (why: string): Answer => ({ outcome: 'unparsable', reply, reason: `${why}: "${quote(reply)}"` });
  const strict = parseObject(reply);
  const object = strict ?? parseObject(firstObject(reply));
  if (object) {
    const asked = actions.slice(1);
    const numbers = asked.map((action) => object[action]);
    const missing = asked.filter((_, i) => typeof numbers[i] !== 'number');
    if (missing.length > 0)
      return unparsable(
        asked.length === 1
          ? 'the reply names no probability'
          : `the reply names no probability for ${missing.join(', ')}`,
      );
    return ranged(numbers as number[], typeof object.explanation === 'string' ? object.explanation : undefined);
  }
  if (actions.length > 2) return unparsable('the reply holds no JSON object');
  const number = numberIn(reply);
  return number === undefined ? unparsable('the reply names no probability') : ranged([number]);

  function ranged(numbers: readonly number[], explanation?: string): Answer {
    const outside = numbers.find((p) => !(p >= 0 && p <= 1));
    if (outside !== undefined) return unparsable(`the reply's number ${outside} is no probability`);
    const sum = numbers.reduce((total, p) => total + p, 0);
    if (sum > 1 + 1e-9) return unparsable(`the reply's probabilities sum to ${round(sum)}, more than 1`);
    return {
      outcome: 'ok',
      probabilities: [round(Math.max(0, 1 - sum)), ...numbers],
      ...(explanation !== undefined && { explanation }),
      reply,
      rung: strict ? 'json' : object ? 'object' : 'words',
    };
  }
}

/** Decimals as written: 1 − 0.74 is 0.26. */
const round = (p: number) => Number(p.toFixed(12));

const quote = (text: string) => (text.length > QUOTE ? `${text.slice(0, QUOTE)}…` : text);

function parseObject(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The first {…} whose braces balance outside of strings. */
function firstObject(text: string): string | undefined {
  for (let from = text.indexOf('{'); from >= 0; from = text.indexOf('{', from + 1)) {
    let depth = 0;
    let quoted = false;
    for (let i = from; i < text.length; i++) {
      const c = text[i];
      if (quoted) {
        if (c === '\\') i++;
        else if (c === '"') quoted = false;
      } else if (c === '"') quoted = true;
      else if (c === '{') depth++;
      else if (c === '}' && --depth === 0) return text.slice(from, i + 1);
    }
  }
  return undefined;
}

const UNITS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const WORD = [...TENS, ...UNITS].sort((a, b) => b.length - a.length).join('|');

const DIGITS = /-?\d+(?:\.\d+)?/;
const PER_CENT = /\s*(?:%|per\s?cent\b)/;
/** Notations of a number with what each says, in the order in which they are looked for. */
const notations: readonly (readonly [RegExp, (match: string) => number | undefined])[] = [
  [new RegExp(DIGITS.source + PER_CENT.source, 'g'), (match) => round(Number.parseFloat(match) / 100)],
  [
    new RegExp(
      `\\b(?:(?<!\\b(?:${WORD})[ -])(?:one |a )?hundred|(?:${WORD})(?:[ -](?:${WORD}))?)${PER_CENT.source}`,
      'g',
    ),
    (match) => wholeOf(match.replace(PER_CENT, '')),
  ],
  [/\bpoint(?: (?:zero|one|two|three|four|five|six|seven|eight|nine)\b)+/g, decimalOf],
  [new RegExp(DIGITS.source, 'g'), Number],
];

/** The number that a text names: a decimal or per cent, in digits or in words. Several different numbers are none. */
function numberIn(text: string): number | undefined {
  const found = new Set<number>();
  let rest = text.toLowerCase();
  for (const [pattern, read] of notations)
    rest = rest.replace(pattern, (match) => {
      const value = read(match);
      if (value !== undefined) found.add(value);
      return ' ';
    });
  return found.size === 1 ? [...found][0] : undefined;
}

/** "point seven five" as 0.75. */
function decimalOf(words: string): number {
  const digits = words.split(' ').slice(1);
  return Number(`0.${digits.map((word) => UNITS.indexOf(word)).join('')}`);
}

/** 0 to 100 in words, as a share of 100. */
function wholeOf(words: string): number | undefined {
  if (/hundred$/.test(words)) return 1;
  const [first, second] = words.split(/[ -]/);
  const unit = UNITS.indexOf(first!);
  if (second === undefined) return (unit >= 0 ? unit : 20 + 10 * TENS.indexOf(first!)) / 100;
  const ten = TENS.indexOf(first!);
  const rest = UNITS.indexOf(second);
  return ten >= 0 && rest >= 1 && rest <= 9 ? (20 + 10 * ten + rest) / 100 : undefined;
}
