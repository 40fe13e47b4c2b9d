/** A token that a model wrote, with what it could have written in its place. */
export interface TokenChoice {
  readonly token: string;
  /** Natural logarithm of its probability. */
  readonly logprob: number;
  /** The likeliest tokens of this place, the written one among them or not. */
  readonly alternatives: readonly { readonly token: string; readonly logprob: number }[];
}

/** Tokens that follow the beginning of a number; an empty path says that nothing does. */
export interface NumberPath {
  /** What of the number stands before the first token, "" for nothing: "0." */
  readonly after: string;
  readonly tokens: readonly TokenChoice[];
}

/** A beginning of a number, or the whole of it, with how likely it is written. */
interface Branch {
  readonly text: string;
  readonly probability: number;
}

export interface NumberWeights {
  /** Probabilities of 0.00 to 1.00, shape [101]. */
  readonly weights: Float64Array;
  /**
   * Beginnings of a number that no path goes on from, likeliest first; with the white space before it, if there is any.
   */
  readonly open: readonly Branch[];
  /** Probability that is in no weight: of what is open, of what is not a number from 0 to 1, of what was not listed. */
  readonly missing: number;
}

/**
 * The distribution of a number that a model would write, from the tokens of one or several ways to write it. Tokens may
 * cut a number anywhere ("0" "." "74", " 0.7" "4"). A number is complete with two decimals, whatever digit follows, or
 * with fewer before a comma, a brace or white space; 1 and 1.0 and 1.00 are one. An alternative that completes a number
 * counts, one that begins a number counts where another path goes on from there, all else is missing.
 * @example
 * numberWeights([{ after: '0.7', tokens: [{ token: '4', logprob: Math.log(0.9), alternatives: [] }] }]).weights[74] // => 0.9
 */
export function numberWeights(paths: readonly NumberPath[]): NumberWeights {
  const nodes = nodesOf(paths);
  const weights = new Float64Array(101);
  const reach = new Map<string, number>(paths.slice(0, 1).map(({ after }) => [keyOf(after), 1]));
  const open = new Map<string, Branch[]>();
  // A text only grows, so that all that leads to a node lies before it.
  for (const key of [...nodes.keys()].sort(byLength)) {
    const here = reach.get(key) ?? 0;
    if (here === 0) continue;
    for (const { text, probability } of nodes.get(key)!) {
      const read = readNumber(text);
      const there = here * probability;
      if (typeof read === 'number') weights[read]! += there;
      else if (read === 'begun' && nodes.has(keyOf(text)))
        reach.set(keyOf(text), (reach.get(keyOf(text)) ?? 0) + there);
      else if (read === 'begun')
        open.set(keyOf(text), [...(open.get(keyOf(text)) ?? []), { text, probability: there }]);
    }
  }
  const seen = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    weights,
    open: [...open.values()].map(together).sort(likeliestFirst),
    missing: Math.max(0, 1 - seen),
  };
}

/** In JSON a number ends where one of these begins. */
const END = String.raw`[,}\]\s]`;
const UNIT = new RegExp(`^0(?:${END}|\\.(\\d)(?:(\\d)|${END}))`);
const ONE = new RegExp(`^1(?:${END}|\\.0(?:0+(?:\\D|$)|${END}))`);
const BEGUN = /^(?:0(?:\.\d?)?|1(?:\.0?)?)?$/;

/** A number from 0 to 1 in hundredths; "begun" where more has to follow; undefined for anything else. */
export function readNumber(text: string): number | 'begun' | undefined {
  const number = text.trimStart();
  const decimals = UNIT.exec(number);
  if (decimals) return 10 * Number(decimals[1] ?? 0) + Number(decimals[2] ?? 0);
  if (ONE.test(number)) return 100;
  return BEGUN.test(number) ? 'begun' : undefined;
}

/**
 * The path of the number that follows the last `"name":` in a reply, as a model may think aloud first; undefined where
 * the reply has none.
 * @example numberPath(tokensOf('{"ride": 0.74}'), 'ride') // => the tokens from ' ' or ' 0' on
 */
export function numberPath(tokens: readonly TokenChoice[], name: string): NumberPath | undefined {
  const written = tokens.map(({ token }) => token).join('');
  const found = [...written.matchAll(new RegExp(`${escaped(JSON.stringify(name))}\\s*:`, 'g'))].at(-1);
  if (!found) return undefined;
  let left = found.index + found[0].length;
  const first = tokens.findIndex(({ token }) => {
    if (left < token.length) return true;
    left -= token.length;
    return false;
  });
  if (first < 0) return undefined;
  const straddling = tokens[first]!;
  const before = straddling.token.slice(0, left);
  const rest = (token: string) => (token.startsWith(before) ? token.slice(left) : '');
  const start: TokenChoice = {
    token: rest(straddling.token),
    logprob: straddling.logprob,
    alternatives: straddling.alternatives.map(({ token, logprob }) => ({ token: rest(token), logprob })),
  };
  return { after: '', tokens: [start, ...tokens.slice(first + 1)] };
}

/** What may follow each beginning of a number; the first path that passes a beginning says it. */
function nodesOf(paths: readonly NumberPath[]): Map<string, readonly Branch[]> {
  const nodes = new Map<string, readonly Branch[]>();
  for (const { after, tokens } of paths) {
    if (tokens.length === 0 && !nodes.has(keyOf(after))) nodes.set(keyOf(after), []);
    let text = after;
    for (const choice of tokens) {
      const known = choice.alternatives.some(({ token }) => token === choice.token);
      const listed = known ? choice.alternatives : [...choice.alternatives, choice];
      if (!nodes.has(keyOf(text)))
        nodes.set(
          keyOf(text),
          // A token without text is a special one: the model ends its turn, and the number with it.
          listed.flatMap(({ token, logprob }) =>
            token === '' ? [] : [{ text: text + spaced(token), probability: Math.exp(Math.min(0, logprob)) }],
          ),
        );
      if (choice.token === '') break;
      text += spaced(choice.token);
      if (readNumber(text) !== 'begun') break;
    }
  }
  return nodes;
}

/** White space before a number does not matter, but white space alone is a place of its own. */
const keyOf = (text: string) => text.trimStart() || text;

/** Ways to the same beginning as one, in the likeliest of its spellings. */
const together = (ways: readonly Branch[]): Branch => ({
  text: [...ways].sort(likeliestFirst)[0]!.text,
  probability: ways.reduce((sum, { probability }) => sum + probability, 0),
});

const likeliestFirst = (a: Branch, b: Branch) => b.probability - a.probability || (a.text < b.text ? -1 : 1);

const byLength = (a: string, b: string) => a.trimStart().length - b.trimStart().length || a.length - b.length;

/** Some servers give tokens of SentencePiece as they stand in the vocabulary. */
const spaced = (token: string) => token.replaceAll('\u2581', ' ');

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Rounding of servers may leave a logarithm this much above 0, … */
const ROUNDING = 1e-3;
/** … and a place this much above 1. */
const MOST_SUM = 1.02;

/**
 * Why the probabilities that a server lists cannot be those of a distribution; undefined where they can. Some servers send
 * probabilities where logarithms belong, logarithms to the base 10, or the list of another place.
 */
export function faultIn(tokens: readonly TokenChoice[]): string | undefined {
  for (const choice of tokens) {
    const { token, logprob, alternatives } = choice;
    const listed = alternatives.some((alternative) => alternative.token === token)
      ? alternatives
      : [...alternatives, choice];
    const positive = [logprob, ...listed.map((alternative) => alternative.logprob)].find((log) => log > ROUNDING);
    if (positive !== undefined)
      return `lists ${short(positive)} as the logarithm of a probability, which cannot be positive`;
    const sum = listed.reduce((total, alternative) => total + Math.exp(alternative.logprob), 0);
    if (sum > MOST_SUM) return `lists probabilities for one place that sum to ${short(sum)}, more than 1`;
  }
  return undefined;
}

/** Places that are enough to tell a base by, … */
const BASE_PLACES = 3;
/** … and how well their sums have to fit. */
const BASE_FIT = 0.01;

/**
 * Whether a server's logarithms are to the base 2: taken for natural ones, they leave some of each place's probability
 * unlisted, and taken to the base 2 nothing at any place.
 */
export function isBinary(tokens: readonly TokenChoice[]): boolean {
  const sums = tokens.map((choice) => {
    const listed = [choice.logprob, ...othersOf(choice).map(({ logprob }) => logprob)];
    return [Math.E, 2].map((base) => listed.reduce((sum, logprob) => sum + base ** logprob, 0)) as [number, number];
  });
  const short = sums.filter(([natural]) => natural < 1 - 2 * BASE_FIT);
  return short.length >= BASE_PLACES && short.every(([, binary]) => Math.abs(binary - 1) < BASE_FIT);
}

/**
 * Whether each digit of a number is certain, as where a server lists probabilities after a temperature of 0:
 * `impossible` where it lists others with a probability of 0, `unlisted` where it lists none that it gives a probability.
 * One such number may be so; several are not.
 */
export function certaintyOf({ tokens }: NumberPath): 'impossible' | 'unlisted' | undefined {
  const digits = tokens.filter(({ token }) => /\d/.test(token));
  if (digits.length === 0 || !digits.every(isCertain)) return undefined;
  // Servers that cannot write −∞ write a large number instead.
  const listed = digits.every((choice) => othersOf(choice).some(({ logprob }) => logprob > Number.NEGATIVE_INFINITY));
  return listed ? 'impossible' : 'unlisted';
}

const othersOf = ({ token, alternatives }: TokenChoice) =>
  alternatives.filter((alternative) => alternative.token !== token);

/** Less than what a model leaves to all other digits, at each digit of each question. */
const CERTAIN = 1e-9;

export const isCertain = (choice: TokenChoice): boolean =>
  choice.logprob > -CERTAIN && othersOf(choice).every(({ logprob }) => Math.exp(logprob) < CERTAIN);

const short = (value: number) => Number(value.toPrecision(3));
