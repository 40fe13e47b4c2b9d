import { sequence } from '../../env/random.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { DecideOptions, Policy } from '../../policies/policy.ts';
import { shapleyInteractions, shapleyValues, shapleyValuesFrom } from '../../stats/shapley.ts';
import { SampledMeans } from '../../stats/shapley-sampling.ts';
import {
  costOf,
  ESTIMATE_QUESTIONS,
  exactGames,
  interactionOf,
  MOST_PLAYERS,
  meanAdditions,
  QUESTIONS,
  type Square,
  setsOf,
  squareOf,
  type Walk,
  walksOf,
} from './effects.ts';
import { type Game, Games, worthsOf } from './game.ts';

/** What one phrase adds. */
export interface Contribution {
  readonly phrase: string;
  /** Its Shapley value; steps through sets without traits count too, even where these are not states of the scenario. */
  readonly value: number;
  /** Standard error of an estimated value; NaN if it cannot be told. Absent for an exact one. */
  readonly standardError?: number;
  /**
   * What it adds on average in the orders that begin with a trait, as effects count it: far from `value` where the
   * policy extrapolates strangely. Absent for an only trait, and where a set without traits is a state too.
   */
  readonly inside?: number;
}

/** Why a policy decides as it does in one state. */
export interface Explanation {
  /** P of the explained action. */
  readonly probability: number;
  /** P where no phrase is shown; the mean over what may stand in for groups, if the state has some. */
  readonly baseline: number;
  /** Groups of the state, if it has some: their phrases' values are held against the group's mean. */
  readonly groups?: readonly string[];
  /** Shapley values in canonical order; their sum is probability − baseline, up to rounding. */
  readonly contributions: readonly Contribution[];
  /** Shapley interactions of pairs, the strongest first: of all, or of the phrases with the largest values. */
  readonly interactions: readonly {
    readonly phrases: readonly [string, string];
    readonly value: number;
    readonly standardError?: number;
  }[];
  /** How values were estimated; absent if they are exact. */
  readonly sampled?: {
    /** Orders in which phrases joined, in antithetic pairs. */
    readonly orders: number;
    /** Standard error of the baseline; 0 without groups. */
    readonly baselineError: number;
  };
}

export interface ExplanationOptions extends DecideOptions {
  /** Whose probability is explained; default 1, the first beside the default action. */
  readonly action?: number;
  /** Sets that the policy is asked about, at most; default 65,536 if that is enough for exact values, otherwise 16,384. */
  readonly questions?: number;
  /** Draws orders, where not all can be tried; default 0. */
  readonly seed?: number;
}

/** Phrases whose pairs are estimated: those with the largest values. */
const PAIRED = 10;

/**
 * Exact, from all coalitions of the phrases of a state, if these take no more than `questions` and the phrases are no more
 * than 16; otherwise from random orders. What stands in for a phrase of a group is another of its phrases (Games).
 * @throws {UnderstudyError} DISTILL_ANSWERS where a set has no answer
 */
export async function explain(
  policy: Pick<Policy, 'id' | 'decide'>,
  scenario: Vocabulary,
  mask: number,
  options: ExplanationOptions = {},
): Promise<Explanation> {
  const { questions } = options;
  const games = new Games(scenario);
  const { starters, ...plain } = games.of(mask);
  const game: Game = plain;
  const most = Math.floor((questions ?? QUESTIONS) / 2 ** game.players.length);
  const found = game.players.length <= MOST_PLAYERS && most > 0 ? games.references(game, most) : undefined;
  const groups = scenario.groups
    .filter(({ phrases }) => phrases.some((phrase) => game.players.includes(phrase)))
    .map(({ name }) => name);
  const explained = found
    ? await exactly(policy, scenario, game, starters, found, options)
    : await estimated(policy, scenario, games, game, starters, {
        ...options,
        questions: questions ?? ESTIMATE_QUESTIONS,
      });
  return { ...(groups.length > 0 && { groups }), ...explained };
}

async function exactly(
  policy: Pick<Policy, 'id' | 'decide'>,
  scenario: Vocabulary,
  game: Game,
  starters: readonly number[] | undefined,
  references: NonNullable<ReturnType<Games['references']>>,
  options: ExplanationOptions,
): Promise<Omit<Explanation, 'groups'>> {
  const worths = (await exactGames(policy, scenario, [game], [references], options))(0);
  const inside =
    starters &&
    shapleyValuesFrom(
      worths,
      starters.reduce((bits, j) => bits | (1 << j), 0),
    );
  const [values, pairs] = [shapleyValues(worths), shapleyInteractions(worths)];
  const phrases = game.players.map((phrase) => scenario.phrases[phrase]!);
  return {
    probability: worths.at(-1)!,
    baseline: worths[0]!,
    contributions: phrases.map((phrase, j) => ({
      phrase,
      value: values[j]!,
      ...(inside && !Number.isNaN(inside[j]) && { inside: inside[j]! }),
    })),
    interactions: phrases
      .flatMap((a, i) =>
        phrases
          .slice(i + 1)
          .map((b, j) => ({ phrases: [a, b] as const, value: pairs[i * phrases.length + i + 1 + j]! })),
      )
      .sort((a, b) => Math.abs(b.value) - Math.abs(a.value)),
  };
}

/** Half of the questions go to orders (in equal parts to those that begin with a trait, if these differ), half to pairs. */
async function estimated(
  policy: Pick<Policy, 'id' | 'decide'>,
  scenario: Vocabulary,
  games: Games,
  game: Game,
  starters: readonly number[] | undefined,
  { action = 1, questions, seed = 0, ...work }: ExplanationOptions & { questions: number },
): Promise<Omit<Explanation, 'groups'>> {
  const random = sequence(seed, 'joining');
  const half = questions / 2;
  const rounds = Math.max(2, Math.floor(half / costOf(game) / (starters ? 2 : 1)));
  const walk = (of: Game) => Array.from({ length: rounds }, () => walksOf(scenario, games, of, random));
  const walks = walk(game);
  const insideWalks = starters ? walk({ ...game, starters }) : [];
  const whole = scenario.sets.of(game.players);
  const asked = new Set([whole, ...setsOf([...walks, ...insideWalks].flat())]);
  const worth = await worthsOf(policy, scenario, asked, action, work);
  const { means, baseline } = meansOf(walks, worth, game.players.length, worth(whole));
  const inside = meansOf(insideWalks, worth, game.players.length, worth(whole)).means;

  const players = game.players.map((_, j) => j);
  const largest = players
    .toSorted((a, b) => Math.abs(means.mean(b)) - Math.abs(means.mean(a)))
    .slice(0, PAIRED)
    .sort((a, b) => a - b);
  const pairs = largest.flatMap((i, at) => largest.slice(at + 1).map((j) => [i, j] as const));
  const each = Math.max(2, Math.floor(half / 4 / Math.max(1, pairs.length)));
  const squares = pairs.map((pair) =>
    Array.from({ length: each }, () => squareOf(scenario, games, game, pair, random)!),
  );
  const together = await worthsOf(
    policy,
    scenario,
    new Set(squares.flat().flatMap(({ corners }) => corners.map(({ set }) => set))),
    action,
    work,
  );
  return {
    probability: worth(whole),
    baseline: baseline.mean(0),
    contributions: players.map((j) => ({
      phrase: scenario.phrases[game.players[j]!]!,
      value: means.mean(j),
      standardError: means.standardError(j),
      ...(!Number.isNaN(inside.mean(j)) && { inside: inside.mean(j) }),
    })),
    interactions: squares
      .map((of) => pairMean(scenario, of, together))
      .sort((a, b) => Math.abs(b.value) - Math.abs(a.value)),
    sampled: { orders: 2 * rounds, baselineError: baseline.standardError(0) },
  };
}

/** Means over antithetic pairs of orders of what players add, and of what that leaves of the probability. */
function meansOf(
  walks: readonly (readonly Walk[])[],
  worth: (set: number) => number,
  players: number,
  probability: number,
) {
  const [means, baseline] = [new SampledMeans(players), new SampledMeans(1)];
  for (const pair of walks) {
    const added = meanAdditions(pair, players, worth);
    added.forEach((value, j) => means.add(j, value));
    baseline.add(0, probability - added.reduce((sum, value) => sum + value, 0));
  }
  return { means, baseline };
}

function pairMean({ phrases }: Vocabulary, squares: readonly Square[], worth: (set: number) => number) {
  const mean = new SampledMeans(1);
  for (const square of squares) mean.add(0, interactionOf(square, worth));
  const { a, b } = squares[0]!;
  return {
    phrases: [phrases[a]!, phrases[b]!] as const,
    value: mean.mean(0),
    standardError: mean.standardError(0),
  };
}
