import type { NumberPath, TokenChoice } from './number-weights.ts';

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

const isCertain = (choice: TokenChoice): boolean =>
  choice.logprob > -CERTAIN && othersOf(choice).every(({ logprob }) => Math.exp(logprob) < CERTAIN);

const short = (value: number) => Number(value.toPrecision(3));
