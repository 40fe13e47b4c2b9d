import { folded } from '../../workspace/folded.ts';

/** Non-answers such as "don't know", which come after the levels of a scale. */
const OUTSIDE =
  /^(\(?(vol|volunteered)\.?\)? ?.*|don.?t know|do not know|dk([/ ,]na)?|dk[/ ]refused|not sure|unsure|dk|refused?|prefer not to (say|answer|disclose)|no answer|not stated|not applicable|not asked|unknown|missing|other|none of (these|the above))$/;

/** Answers in the order that questionnaires print them. A scale of a table may leave some out. */
const SCALES: readonly (readonly string[])[] = [
  [
    'never',
    'almost never',
    'very rarely',
    'rarely|seldom',
    'occasionally',
    'sometimes',
    'often|frequently',
    'very often|very frequently|usually',
    'almost always',
    'always',
  ],
  [
    'never',
    'less than once a month',
    'monthly|once a month',
    'weekly|once a week',
    'several times a week',
    'daily|every day',
  ],
  [
    'not at all',
    'hardly|barely',
    'slightly|a little|a little bit|a bit',
    'somewhat|moderately|fairly',
    'quite|quite a bit|a fair amount',
    'very|very much|a lot|a great deal',
    'extremely|completely',
  ],
  [
    'terrible|awful',
    'very poor|very bad',
    'poor|bad',
    'below average',
    'fair|average|acceptable|ok|okay',
    'above average',
    'good',
    'very good',
    'excellent|outstanding',
  ],
  ['very low', 'low', 'rather low', 'medium|moderate|middle|average|normal', 'rather high', 'high', 'very high'],
  ['low|lower', 'lower middle', 'middle', 'upper middle', 'high|upper'],
  ['extra small|xs', 'small|s', 'medium|m', 'large|l', 'extra large|xl', 'xxl'],
  [
    'much worse',
    'worse|somewhat worse',
    'about the same|the same|same|no change|unchanged',
    'better|somewhat better',
    'much better',
  ],
  ['much less', 'less|somewhat less', 'about the same|the same|same|about right', 'more|somewhat more', 'much more'],
  [
    'no formal education|no formal|no schooling',
    '4th grade',
    '8th grade',
    'primary|primary school|elementary|elementary school',
    'lower secondary',
    'less than high school|some high school',
    'secondary|secondary school|upper secondary',
    'high school|high school graduate',
    'some college',
    'two-year college|associate|associate degree',
    'college|college degree|tertiary',
    "bachelor|bachelors|bachelor's|bachelor's degree|undergraduate",
    'graduate|graduate degree|postgraduate',
    "master|masters|master's|master's degree",
    'doctorate|phd|doctoral',
  ],
  ['monday|mon', 'tuesday|tue', 'wednesday|wed', 'thursday|thu', 'friday|fri', 'saturday|sat', 'sunday|sun'],
  [
    'january|jan',
    'february|feb',
    'march|mar',
    'april|apr',
    'may',
    'june|jun',
    'july|jul',
    'august|aug',
    'september|sep|sept',
    'october|oct',
    'november|nov',
    'december|dec',
  ],
];
const ranks = SCALES.map(
  (scale) => new Map(scale.flatMap((step, rank) => step.split('|').map((word) => [word, rank] as const))),
);

/** How strongly a word before an attitude says it. */
const STRENGTH: Readonly<Record<string, number>> = {
  ...{ slightly: 1, 'a little': 1, somewhat: 2, 'tend to': 2, rather: 2, moderately: 2, fairly: 2, mildly: 1 },
  ...{ mostly: 4, quite: 4, very: 5, strongly: 5, highly: 5, extremely: 6, completely: 6, totally: 6, fully: 6 },
  ...{ definitely: 5, probably: 2 },
};
/** The same for words that turn an attitude into its opposite. */
const NEGATED: Readonly<Record<string, number>> = { 'not too': 1, 'not very': 2, 'not so': 2, not: 3, 'not at all': 6 };
const PLAIN = 3;
const NEUTRAL = /^(neither\b.*|neutral|undecided|indifferent|no opinion|mixed|in between|partly.*|.* nor .*)$/;
const OPPOSITES: readonly (readonly [string, string])[] = [
  ...([
    ['disagree', 'agree'],
    ['dissatisfied', 'satisfied'],
    ['disapprove', 'approve'],
    ['oppose', 'support'],
    ['oppose', 'favor'],
    ['oppose', 'favour'],
    ['dislike', 'like'],
    ['negative', 'positive'],
    ['unfavorable', 'favorable'],
    ['unfavourable', 'favourable'],
    ['distrust', 'trust'],
    ['not', 'would'],
    ['no', 'yes'],
    ['liberal', 'conservative'],
    ['left', 'right'],
  ] as const),
  ...[
    'likely',
    'important',
    'happy',
    'comfortable',
    'concerned',
    'interested',
    'willing',
    'safe',
    'fair',
    'useful',
  ].map((word) => [`un${word}`, word] as const),
];

const NUMBER_WORDS = ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
const BELOW = /^(under|below|less than|fewer than|up to|at most|younger than|<=?|≤)\s*/;
const ABOVE = /^(over|above|more than|greater than|at least|older than|>=?|≥)\s*/;
const AMOUNT = /^[€$£¥₹#]?\s*(-?\d{1,3}(?:,\d{3})+|-?\d+(?:[.,]\d+)?)\s*([km](?![a-z]))?/;
const collator = new Intl.Collator('en', { numeric: true });

/**
 * Values in the order that people give them: by a scale of answers, by strength of an attitude, by the amounts that they
 * begin with; otherwise by the alphabet, with numbers in text by size. Answers outside a scale ("don't know") come last.
 */
export function inNaturalOrder(values: readonly string[]): string[] {
  const alphabetical = [...values].sort(collator.compare);
  const words = new Map(alphabetical.map((value) => [value, folded(value)]));
  const scaled = alphabetical.filter((value) => !OUTSIDE.test(words.get(value)!));
  if (scaled.length < 2) return alphabetical;
  const own = scaled.map((value) => words.get(value)!);
  const places = byScale(own) ?? byAttitude(own) ?? byAmount(own);
  if (!places) return alphabetical;
  const place = new Map(scaled.map((value, i) => [value, places[i]!]));
  const outside = alphabetical.filter((value) => !place.has(value));
  // The sort is stable: what has one place stays in the order of the alphabet.
  return [...scaled.sort((a, b) => place.get(a)! - place.get(b)!), ...outside];
}

/** Ranks in the first scale that has them all, each once. */
function byScale(words: readonly string[]): number[] | undefined {
  for (const scale of ranks) {
    const found = words.flatMap((word) => scale.get(word) ?? []);
    if (found.length === words.length && new Set(found).size === words.length) return found;
  }
  return undefined;
}

/** Strength with a sign, if the words say one attitude and its opposite. */
function byAttitude(words: readonly string[]): number[] | undefined {
  for (const [negative, positive] of OPPOSITES) {
    const found = words.map((word) => attitudeIn(word, negative, positive));
    const known = found.filter((place) => place !== undefined);
    const both = known.some((place) => place < 0) && known.some((place) => place > 0);
    if (both && known.length === words.length && new Set(known).size === words.length) return known;
  }
  return undefined;
}

function attitudeIn(word: string, negative: string, positive: string): number | undefined {
  if (NEUTRAL.test(word)) return 0;
  const last = word.split(' ').at(-1)!;
  const before = word.slice(0, -last.length).trim();
  if (last === positive && before in NEGATED) return -NEGATED[before]!;
  const strength = before === '' ? PLAIN : STRENGTH[before];
  if (strength === undefined) return undefined;
  if (last === negative) return -strength;
  return last === positive ? strength : undefined;
}

/** The amount that each value begins with, a little less or more for those without another bound. */
function byAmount(words: readonly string[]): number[] | undefined {
  const found = words.flatMap((word) => {
    // A label's number from a statistics program, "1. agree" or "(1) agree", is its place.
    const text = word.replace(/^[([]\s*(?=\d)/, '');
    const [below, above] = [BELOW.exec(text), ABOVE.exec(text)];
    const rest = text.slice((below ?? above)?.[0].length ?? 0);
    const amount = amountIn(rest);
    if (amount === undefined) return [];
    // "65+" and "65 or more" begin where they say, "under 5" ends there.
    return amount + (below ? -1 : above ? 1 : 0) * Math.max(1e-9, Math.abs(amount) * 1e-9);
  });
  return found.length === words.length ? found : undefined;
}

function amountIn(text: string): number | undefined {
  const [, digits, unit] = AMOUNT.exec(text) ?? [];
  if (digits !== undefined) {
    const number = Number(/^-?\d{1,3}(,\d{3})+$/.test(digits) ? digits.replaceAll(',', '') : digits.replace(',', '.'));
    return number * (unit === 'k' ? 1e3 : unit === 'm' ? 1e6 : 1);
  }
  const [word = ''] = text.split(/[ -]/);
  const place = NUMBER_WORDS.indexOf(word);
  return place < 0 ? undefined : place;
}
