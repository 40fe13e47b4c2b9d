import type { Answer, ChoiceReading } from '../policy.ts';

/** Orders of the options that a choice is asked in at most, unless more are wanted. */
const ROTATIONS = 4;

/**
 * In how many orders a choice is asked unless told otherwise: as many as there are actions, so that each action stands
 * once at each letter, and at most four, so that a choice costs what a number does.
 */
export const rotationsFor = (actions: number): number => Math.min(actions, ROTATIONS);

/**
 * How far the options are rotated in each order, in steps as equal as they can be. With as many orders as actions, a
 * preference for a letter that adds to its logit cancels exactly; with fewer, what of it is the same at equal steps
 * does not.
 * @example shiftsOf(12, 4) // => [0, 3, 6, 9]
 */
export const shiftsOf = (actions: number, rotations: number): number[] =>
  Array.from({ length: rotations }, (_, r) => Math.floor((r * actions) / rotations));

/** Where the letters together have less than this, the model would more probably write something else. */
export const LEAST_MASS = 0.5;
/** Letters that a server does not list may move no probability by more than this. */
export const MOST_UNLISTED = 0.02;

/** What is known of a letter's probability. */
export interface LetterChance {
  readonly probability: number;
  /** For a letter that a server does not list: what its probability is at most, `probability` being 0. */
  readonly most?: number;
}

/**
 * The distribution over actions that a choice asked in several orders gives: q(a) ∝ exp(mean over orders of ln P(the
 * letter of a)). A preference for letters that adds to their logits cancels in the mean of the logarithms, and would
 * flatten the mean of the probabilities.
 * @param byAction shape [rotations][k]: what is known of the letter, or the name, of each action
 * @param what they are
 * @returns unparsable where the letters have too little probability, or refused where too little of it is listed; what
 *   was read is in the answer all the same
 */
export function answerOfChoice(
  byAction: readonly (readonly LetterChance[])[],
  what: 'letters' | 'names' = 'letters',
): Answer {
  const letters = byAction.map((chances) => chances.map(({ probability }) => probability));
  const least = letterMeans(letters);
  const most = letterMeans(byAction.map((chances) => chances.map(({ probability, most: at = probability }) => at)));
  const total = sumOf(most);
  const probabilities = most.map((weight) => weight / total);
  const masses = letters.map(sumOf);
  const unlisted = Math.max(...most.map((_, action) => widthOf(least, most, action)));
  const choice: ChoiceReading = {
    letters,
    mass: Math.min(1, ...masses),
    bias: total > 0 ? biasOf(letters, probabilities) : null,
    ...(byAction.flat().some(({ most: at }) => at !== undefined) && { unlisted }),
  };
  if (choice.mass < LEAST_MASS)
    return {
      outcome: 'unparsable',
      choice,
      reason: `the ${what} of the options have ${short(choice.mass)} of the probability, less than ${LEAST_MASS}: the model would rather write something else; ask for "greedy"`,
    };
  if (!(total > 0))
    return {
      outcome: 'unparsable',
      choice,
      reason: 'each order of the options rules out what another allows, so no option is possible; ask for "greedy"',
    };
  if (unlisted > MOST_UNLISTED)
    return {
      outcome: 'refused',
      choice,
      reason: `the server lists too few of the letters: those that it leaves out could move a probability by ${short(unlisted)}, more than ${MOST_UNLISTED}; ask for "greedy"`,
    };
  return { outcome: 'ok', probabilities, choice };
}

/**
 * What is known of letters, by the actions that they stand for.
 * @param orders shape [rotations][k], by position: what is known of A, B, …
 */
export function byAction<T>(orders: readonly (readonly T[])[]): T[][] {
  const k = orders[0]!.length;
  const shifts = shiftsOf(k, orders.length);
  return orders.map((letters, r) => Array.from({ length: k }, (_, action) => letters[(action - shifts[r]! + k) % k]!));
}

/** Geometric means over orders, by action. */
function letterMeans(orders: readonly (readonly number[])[]): number[] {
  return orders[0]!.map((_, action) => {
    const logs = orders.map((chances) => Math.log(chances[action]!));
    return Math.exp(sumOf(logs) / orders.length);
  });
}

/** How far an action's probability could lie apart, from its least with the others' most to the reverse. */
function widthOf(least: readonly number[], most: readonly number[], action: number): number {
  const others = (weights: readonly number[]) => sumOf(weights.filter((_, other) => other !== action));
  const share = (own: number, rest: number) => (own + rest > 0 ? own / (own + rest) : 0);
  return share(most[action]!, others(least)) - share(least[action]!, others(most));
}

/** Mean over orders of half the sum of absolute differences from the answer: the share that an order moves. */
function biasOf(letters: readonly (readonly number[])[], probabilities: readonly number[]): number {
  const distances = letters.map((chances) => {
    const mass = sumOf(chances);
    return mass > 0 ? sumOf(chances.map((p, action) => Math.abs(p / mass - probabilities[action]!))) / 2 : 0;
  });
  return sumOf(distances) / distances.length;
}

const sumOf = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const short = (value: number) => Number(value.toPrecision(2));
