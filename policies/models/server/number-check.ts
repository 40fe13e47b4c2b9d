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

const isCertain = (choice: TokenChoice): boolean =>
  choice.logprob > -1e-12 && othersOf(choice).every(({ logprob }) => Math.exp(logprob) === 0);

const short = (value: number) => Number(value.toPrecision(3));
