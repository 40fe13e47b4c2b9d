import { sequence, shuffle } from '../../env/random.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { DecideOptions, Policy } from '../../policies/policy.ts';
import { shapleyInteractions, shapleyInteractionsFrom, shapleyValues, shapleyValuesFrom } from '../../stats/shapley.ts';
import { antitheticOrders, coalitionBefore, SampledMeans } from '../../stats/shapley-sampling.ts';
import type { Effect } from '../../workspace/effects.ts';
import { coalition, coalitions, type Game, Games, type Reference, worthsOf } from './game.ts';

/** Sets that a policy is asked about for exact values, unless said otherwise: all subsets of 16 phrases. */
export const QUESTIONS = 2 ** 16;
/** The same for estimates. */
export const ESTIMATE_QUESTIONS = 2 ** 14;
/** Maximum number of players of a game that is worked out exactly. */
export const MOST_PLAYERS = 16;
/** Phrases whose pairs are looked at if there are more: those of the largest effects. */
const PAIRED = 20;

export interface EffectsOptions extends DecideOptions {
  /** Whose probability is explained; default 1. */
  readonly action?: number;
  /**
   * Sets that the policy is asked about, at most, unless two states take more; default 65,536 if that is enough for exact
   * effects, otherwise 16,384 for estimates.
   */
  readonly questions?: number;
  /** Draws states and orders, where not all can be tried; default 0. */
  readonly seed?: number;
  /** Whether the states are a sample of those that are meant; then exact effects have a standard error too. */
  readonly sampled?: boolean;
}

export interface FoundEffects {
  /** Main effects in canonical order, then pairs. */
  readonly effects: readonly Effect[];
  /** States over which they are means: fewer than were given where these would have taken too many questions. */
  readonly states: number;
  /** Whether every order was tried in every state. */
  readonly exact: boolean;
}

/**
 * Effects over states, each counted once; what is counted in none of them is left out.
 *
 * In each state, phrases join in random order, and what stands in for a group's phrase before it joins is another one of
 * the group (Games). In a scenario in which a set without traits is not a state, a trait joins first, so that every step
 * is a state: a policy is not asked about sets of which no teacher was asked. An only trait has nothing to be held
 * against then, and does not count there.
 *
 * All orders are tried if that takes no more than `questions`. Otherwise half of them go to pairs of orders in as many
 * states as they allow, the other half to pairs of phrases. Then every mean has a standard error, over states and orders
 * together, as if the states were a random sample; and the mean size includes the noise of the orders.
 * @param masks distinct states
 * @throws {UnderstudyError} DISTILL_ANSWERS where a set has no answer
 */
export async function effectsOf(
  policy: Pick<Policy, 'id' | 'decide'>,
  scenario: Vocabulary,
  masks: readonly number[],
  options: EffectsOptions = {},
): Promise<FoundEffects> {
  const { questions, seed = 0 } = options;
  const games = new Games(scenario);
  const made = masks.map((mask) => games.of(mask));
  const references = referencesWithin(games, made, scenario, questions ?? QUESTIONS);
  if (references) return exactEffects(policy, scenario, made, references, options);
  return sampledEffects(policy, scenario, games, made, {
    ...options,
    questions: questions ?? ESTIMATE_QUESTIONS,
    seed,
  });
}

type Weighted = NonNullable<ReturnType<Games['references']>>;

/** The references of every game, if all coalitions under all of them are no more than the questions that may be asked. */
function referencesWithin(
  games: Games,
  made: readonly Game[],
  { sets, groups }: Vocabulary,
  questions: number,
): Weighted[] | undefined {
  if (made.some(({ players }) => players.length > MOST_PLAYERS)) return undefined;
  // Without groups, coalitions are subsets, which the states share.
  const shared = groups.length === 0 && 2 ** sets.width <= questions;
  const references: Weighted[] = [];
  let left = questions;
  for (const game of made) {
    const subsets = 2 ** game.players.length;
    const own = games.references(game, Math.floor((shared ? questions : left) / subsets));
    if (own === undefined) return undefined;
    left -= own.length * subsets;
    if (left < 0 && !shared) return undefined;
    references.push(own);
  }
  return references;
}

/** Which coalitions are asked about: all, or those with a starter. */
const isAsked = ({ starters }: Game): ((place: number) => boolean) => {
  if (!starters) return () => true;
  const bits = starters.reduce((sum, j) => sum + 2 ** j, 0);
  return (place) => (place & bits) !== 0;
};

/**
 * The worths of all coalitions, means over references.
 * @returns shape [games][2^players]; NaN for coalitions without a starter if there are starters
 */
export async function exactGames(
  policy: Pick<Policy, 'id' | 'decide'>,
  scenario: Vocabulary,
  made: readonly Game[],
  references: readonly Weighted[],
  { action = 1, ...options }: DecideOptions & { readonly action?: number },
): Promise<(place: number) => Float64Array> {
  const asked = new Set<number>();
  for (const [i, game] of made.entries()) {
    const wanted = isAsked(game);
    for (const { reference } of references[i]!)
      coalitions(scenario, game, reference).forEach((set, place) => {
        if (wanted(place)) asked.add(set);
      });
  }
  const worth = await worthsOf(policy, scenario, asked, action, options);
  return (i) => {
    const game = made[i]!;
    const wanted = isAsked(game);
    const worths = new Float64Array(2 ** game.players.length);
    for (const { reference, weight } of references[i]!)
      coalitions(scenario, game, reference).forEach((set, place) => {
        worths[place]! += wanted(place) ? weight * worth(set) : Number.NaN;
      });
    return worths;
  };
}

async function exactEffects(
  policy: Pick<Policy, 'id' | 'decide'>,
  scenario: Vocabulary,
  made: readonly Game[],
  references: readonly Weighted[],
  options: EffectsOptions,
): Promise<FoundEffects> {
  const worths = await exactGames(policy, scenario, made, references, options);
  const tally = new EffectTally(scenario, options.action ?? 1, options.sampled ?? false);
  made.forEach((game, i) => {
    options.signal?.throwIfAborted();
    const { players, starters } = game;
    const own = worths(i);
    const bits = starters?.reduce((sum, j) => sum | (1 << j), 0);
    const values = bits === undefined ? shapleyValues(own) : shapleyValuesFrom(own, bits);
    const pairs = bits === undefined ? shapleyInteractions(own) : shapleyInteractionsFrom(own, bits);
    players.forEach((phrase, a) => {
      tally.addMain(phrase, values[a]!);
      for (let b = a + 1; b < players.length; b++) tally.addPair(phrase, players[b]!, pairs[a * players.length + b]!);
    });
  });
  return { effects: tally.effects(tally.largest(PAIRED)), states: made.length, exact: true };
}

async function sampledEffects(
  policy: Pick<Policy, 'id' | 'decide'>,
  scenario: Vocabulary,
  games: Games,
  given: readonly Game[],
  { action = 1, questions, seed, onProgress, ...work }: EffectsOptions & { questions: number; seed: number },
): Promise<FoundEffects> {
  const random = sequence(seed, 'joining');
  const half = questions / 2;
  const drawn = shuffle([...given], random);
  let [states, cost] = [0, 0];
  while (states < drawn.length && (states < 2 || cost + costOf(drawn[states]!) <= half))
    cost += costOf(drawn[states++]!);
  const made = drawn.slice(0, states);
  const rounds = Math.max(1, Math.floor(half / cost));
  const progress = (from: number) => onProgress && ((done: number, of: number) => onProgress(from + done / of, 2));

  const walks = made.map((game) => Array.from({ length: rounds }, () => walksOf(scenario, games, game, random)));
  const worth = await worthsOf(policy, scenario, new Set(setsOf(walks.flat(2))), action, {
    ...work,
    ...(onProgress && { onProgress: progress(0)! }),
  });
  const tally = new EffectTally(scenario, action, true);
  made.forEach(({ players }, i) => {
    const own = new SampledMeans(players.length);
    for (const pair of walks[i]!) meanAdditions(pair, players.length, worth).forEach((value, j) => own.add(j, value));
    players.forEach((phrase, j) => tally.addMain(phrase, own.mean(j)));
  });

  const largest = tally.largest(PAIRED);
  const squares = squaresOf(scenario, games, made, largest, Math.floor(half / 4), random);
  const together = await worthsOf(
    policy,
    scenario,
    new Set(squares.flatMap(({ corners }) => corners.map(({ set }) => set))),
    action,
    {
      ...work,
      ...(onProgress && { onProgress: progress(1)! }),
    },
  );
  for (const square of squares) tally.addPair(square.a, square.b, interactionOf(square, together));
  return { effects: tally.effects(largest), states, exact: false };
}

/** Sets that two orders ask about. */
export const costOf = ({ players, standIns }: Game): number =>
  2 * standIns.reduce((sum, { length }) => sum + Math.max(1, length), 1 + players.length - standIns.length);

/** A worth as a mean over sets. */
type Mean = readonly { readonly set: number; readonly share: number }[];

/** One order: what each step begins with and ends with. Without a starter the first step is not asked about. */
export interface Walk {
  readonly steps: readonly { readonly player: number; readonly before: Mean; readonly after: number }[];
}

/** Two antithetic orders under one reference; a step begins with the mean over all that may stand in for its player. */
export function walksOf(scenario: Vocabulary, games: Games, game: Game, random: () => number): readonly Walk[] {
  const reference = games.drawReference(game, random);
  return antitheticOrders(game.players.length, random, game.starters).map((order) => {
    const joined = new Set<number>();
    const steps = order.map((player) => {
      const before = games.standInsOf(game, reference, player).map(({ phrase, share }) => ({
        set: coalition(scenario, game, reference.with(player, phrase), (j) => joined.has(j)),
        share,
      }));
      joined.add(player);
      return { player, before, after: coalition(scenario, game, reference, (j) => joined.has(j)) };
    });
    return { steps: game.starters ? steps.slice(1) : steps };
  });
}

/** Every set that walks ask about. */
export const setsOf = (walks: readonly Walk[]): number[] =>
  walks.flatMap(({ steps }) => steps.flatMap(({ before, after }) => [after, ...before.map(({ set }) => set)]));

const meanOf = (sets: Mean, worth: (set: number) => number): number =>
  sets.reduce((sum, { set, share }) => sum + share * worth(set), 0);

/** What each player adds, the mean over two orders; NaN for a starter. */
export function meanAdditions(walks: readonly Walk[], players: number, worth: (set: number) => number): Float64Array {
  const added = new Float64Array(players).fill(Number.NaN);
  for (const { steps } of walks)
    for (const { player, before, after } of steps) {
      const half = (worth(after) - meanOf(before, worth)) / walks.length;
      added[player] = Number.isNaN(added[player]!) ? half : added[player]! + half;
    }
  return added;
}

/** A coalition without two phrases, with each of them, and with both: means over what may stand in for the two. */
export interface Square {
  readonly a: number;
  readonly b: number;
  /** Their worths sum to the interaction, each times its weight. */
  readonly corners: readonly { readonly set: number; readonly weight: number }[];
}

/** A random square of two players; undefined if no starter is left for its coalition. */
export function squareOf(
  scenario: Vocabulary,
  games: Games,
  game: Game,
  [i, j]: readonly [number, number],
  random: () => number,
): Square | undefined {
  const reference = games.drawReference(game, random);
  const before = coalitionBefore(game.players.length, i, j, random, game.starters);
  if (!before) return undefined;
  const joined = new Set(before);
  const corner = (standing: Reference, ...more: number[]) =>
    coalition(scenario, game, standing, (player) => joined.has(player) || more.includes(player));
  const corners = games.standInsOf(game, reference, i).flatMap(({ phrase, share }) => {
    const first = reference.with(i, phrase);
    return games.standInsOf(game, first, j).flatMap((second) => {
      const both = first.with(j, second.phrase);
      const weight = share * second.share;
      return [
        { set: corner(both), weight },
        { set: corner(both, i), weight: -weight },
        { set: corner(both, j), weight: -weight },
        { set: corner(both, i, j), weight },
      ];
    });
  });
  return { a: game.players[i]!, b: game.players[j]!, corners };
}

export const interactionOf = ({ corners }: Square, worth: (set: number) => number): number =>
  corners.reduce((sum, { set, weight }) => sum + weight * worth(set), 0);

/** Squares of every two of some phrases, each in as many of the states that have both as the number allows. */
function squaresOf(
  scenario: Vocabulary,
  games: Games,
  made: readonly Game[],
  phrases: readonly number[],
  most: number,
  random: () => number,
): Square[] {
  const pairs = phrases.flatMap((a, i) => phrases.slice(i + 1).map((b) => [a, b] as const));
  const each = Math.max(2, Math.floor(most / Math.max(1, pairs.length)));
  return pairs.flatMap(([a, b]) => {
    const both = made.filter(({ players }) => players.includes(a) && players.includes(b));
    return shuffle(both, random)
      .slice(0, each)
      .flatMap((game) => {
        const places = [game.players.indexOf(a), game.players.indexOf(b)] as const;
        return squareOf(scenario, games, game, places, random) ?? [];
      });
  });
}

/** Adds up what phrases and pairs do in single states. */
class EffectTally {
  readonly #scenario: Vocabulary;
  readonly #action: string;
  readonly #sampled: boolean;
  /** By place: i for a phrase, and width + i · width + j for a pair i < j. */
  readonly #tallies = new Map<number, { readonly values: SampledMeans; sum: number; absolute: number }>();

  /** @param sampled whether means have a standard error */
  constructor(scenario: Vocabulary, action: number, sampled: boolean) {
    this.#scenario = scenario;
    this.#action = scenario.actions[action]!;
    this.#sampled = sampled;
  }

  addMain(phrase: number, value: number): void {
    this.#add(phrase, value);
  }

  addPair(a: number, b: number, value: number): void {
    this.#add(this.#pair(Math.min(a, b), Math.max(a, b)), value);
  }

  /** So many phrases of the largest mean size, in canonical order. */
  largest(count: number): number[] {
    const each = this.#scenario.phrases.map((_, i) => i).filter((i) => this.#tallies.has(i));
    return each
      .sort((a, b) => this.#size(b) - this.#size(a))
      .slice(0, count)
      .sort((a, b) => a - b);
  }

  /** Main effects in canonical order, then the pairs of some phrases. */
  effects(paired: readonly number[]): Effect[] {
    const { phrases } = this.#scenario;
    return [
      ...phrases.flatMap((phrase, i) => this.#effect(i, { phrase })),
      ...paired.flatMap((i, at) =>
        paired
          .slice(at + 1)
          .flatMap((j) => this.#effect(this.#pair(i, j), { phrase: phrases[i]!, beside: phrases[j]! })),
      ),
    ];
  }

  #pair(i: number, j: number): number {
    const width = this.#scenario.phrases.length;
    return width + i * width + j;
  }

  #add(place: number, value: number): void {
    if (Number.isNaN(value)) return;
    const tally = this.#tallies.get(place) ?? { values: new SampledMeans(1), sum: 0, absolute: 0 };
    this.#tallies.set(place, tally);
    tally.values.add(0, value);
    tally.sum += value;
    tally.absolute += Math.abs(value);
  }

  #size(place: number): number {
    const { values, absolute } = this.#tallies.get(place)!;
    return absolute / values.count(0);
  }

  #effect(place: number, named: Pick<Effect, 'phrase' | 'beside'>): Effect[] {
    const tally = this.#tallies.get(place);
    if (!tally) return [];
    return [
      {
        ...named,
        states: tally.values.count(0),
        mean: tally.sum / tally.values.count(0),
        meanAbsolute: this.#size(place),
        action: this.#action,
        ...(this.#sampled && { standardError: tally.values.standardError(0) }),
      },
    ];
  }
}
