import { UnderstudyError } from '../../env/error.ts';
import { observations } from '../../env/observation.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { DecideOptions, Policy } from '../../policies/policy.ts';

/**
 * A state as a game: its phrases are the players. A phrase that has not joined is absent, unless it belongs to a group, of
 * which exactly one phrase always holds: then another phrase of the group stands in for it, and the worth of a coalition
 * is the mean over what may stand in. These are drawn from the population's own shares, each group by itself: the marginal
 * expectation of Janzing, Minorics & Blöbaum, "Feature relevance quantification in explainable AI: a causal problem",
 * 2020, so that a phrase's value says how it compares with the group's mean. What would conflict with the state's own
 * phrases, or with another stand-in, is left out.
 */
export interface Game {
  /** Phrases of the state, ascending. */
  readonly players: readonly number[];
  /** Players who may join first; absent if everybody may. */
  readonly starters?: readonly number[];
  /** For each player: what may stand in for it, with its share; empty for a phrase that may be absent. */
  readonly standIns: readonly (readonly StandIn[])[];
}

export interface StandIn {
  readonly phrase: number;
  readonly share: number;
}

/** One stand-in for each player of a group; undefined for a player that may be absent. */
export type Reference = readonly (number | undefined)[];

/** Makes games of states. */
export class Games {
  readonly #vocabulary: Vocabulary;
  readonly #rivals: ReadonlyMap<number, ReadonlySet<number>>;
  /** Group of each phrase that has one, and its phrases with their shares. */
  readonly #groups: ReadonlyMap<number, readonly StandIn[]>;
  readonly #traitFirst: boolean;

  constructor(vocabulary: Vocabulary) {
    const { conflicts, groups } = vocabulary;
    const rivals = new Map<number, Set<number>>();
    for (const [a, b] of conflicts) {
      rivals.set(a, (rivals.get(a) ?? new Set()).add(b));
      rivals.set(b, (rivals.get(b) ?? new Set()).add(a));
    }
    this.#vocabulary = vocabulary;
    this.#rivals = rivals;
    this.#groups = new Map(
      groups.flatMap(({ kind, phrases }) => {
        const shares = kind === 'traits' ? marginalsOf(vocabulary, phrases) : phrases.map(() => 1 / phrases.length);
        const levels = phrases.map((phrase, i) => ({ phrase, share: shares[i]! }));
        return phrases.map((phrase) => [phrase, levels] as const);
      }),
    );
    this.#traitFirst = needsTrait(vocabulary);
  }

  of(mask: number): Game {
    const { sets, traits } = this.#vocabulary;
    const players = sets.indices(mask);
    const starters = players.flatMap((phrase, j) => (phrase < traits.length ? [j] : []));
    return {
      players,
      ...(this.#traitFirst && { starters }),
      standIns: players.map((own) =>
        (this.#groups.get(own) ?? []).filter(
          ({ phrase, share }) =>
            share > 0 && !players.some((other) => other !== own && this.#rivals.get(phrase)?.has(other)),
        ),
      ),
    };
  }

  /** Every reference of a game with its weight, weights summing to 1; undefined if they are more than `most`. */
  references(
    game: Game,
    most: number,
  ): readonly { readonly reference: Reference; readonly weight: number }[] | undefined {
    let made: { reference: (number | undefined)[]; weight: number }[] = [{ reference: [], weight: 1 }];
    for (const [j, standIns] of game.standIns.entries()) {
      if (made.length * Math.max(1, standIns.length) > most) return undefined;
      const options: { phrase: number | undefined; share: number }[] =
        standIns.length > 0 ? [...standIns] : [this.#alone(game, j)];
      made = made.flatMap(({ reference, weight }) =>
        options.flatMap(({ phrase, share }) =>
          this.#breaks(reference, phrase) ? [] : [{ reference: [...reference, phrase], weight: weight * share }],
        ),
      );
    }
    const total = made.reduce((sum, { weight }) => sum + weight, 0);
    // Nothing but the state itself goes together: then no group is held against anything.
    if (total === 0)
      return [{ reference: game.players.map((phrase) => (this.#groups.has(phrase) ? phrase : undefined)), weight: 1 }];
    return made.map(({ reference, weight }) => ({ reference, weight: weight / total }));
  }

  /** A reference drawn by its weight. */
  drawReference(game: Game, random: () => number): Reference {
    for (let tried = 0; tried < TRIES; tried++) {
      const reference: (number | undefined)[] = [];
      for (const [j, standIns] of game.standIns.entries()) {
        const phrase = standIns.length > 0 ? pick(standIns, random()) : this.#alone(game, j).phrase;
        if (this.#breaks(reference, phrase)) break;
        reference.push(phrase);
      }
      if (reference.length === game.players.length) return reference;
    }
    const group = this.#vocabulary.sets
      .indices(this.#vocabulary.sets.of(game.players))
      .map((phrase) => this.#vocabulary.phrases[phrase]);
    throw new UnderstudyError(
      'DISTILL_SIZE',
      `nothing can stand in for the groups of {${group.join(', ')}}: ${TRIES} draws of other phrases conflicted`,
    );
  }

  /**
   * What may stand in for one player when the others' stand-ins are known, with shares that sum to 1: a mean over these
   * varies less than one draw does (Rao & Blackwell).
   */
  standInsOf(
    game: Game,
    reference: Reference,
    j: number,
  ): readonly { readonly phrase: number | undefined; readonly share: number }[] {
    const others = reference.with(j, undefined);
    const able = game.standIns[j]!.filter(({ phrase }) => !this.#breaks(others, phrase));
    const total = able.reduce((sum, { share }) => sum + share, 0);
    return able.length === 0
      ? [{ phrase: reference[j], share: 1 }]
      : able.map(({ phrase, share }) => ({ phrase, share: share / total }));
  }

  /** What is there in place of a player without stand-ins: nothing, or the phrase of a group in which no other fits. */
  #alone(game: Game, j: number): { phrase: number | undefined; share: number } {
    return { phrase: this.#groups.has(game.players[j]!) ? game.players[j] : undefined, share: 1 };
  }

  #breaks(reference: Reference, phrase: number | undefined): boolean {
    const rivals = phrase === undefined ? undefined : this.#rivals.get(phrase);
    return rivals !== undefined && reference.some((other) => other !== undefined && rivals.has(other));
  }
}

const TRIES = 10_000;

function pick(standIns: readonly StandIn[], uniform: number): number {
  let left = uniform * standIns.reduce((sum, { share }) => sum + share, 0);
  return (standIns.find(({ share }) => (left -= share) < 0) ?? standIns.at(-1)!).phrase;
}

/** Share of the people in whom each of some traits holds; equal ones if the law is not known. */
function marginalsOf({ sets, traitLaw }: Vocabulary, phrases: readonly number[]): number[] {
  const block = traitLaw.find((one) => one.sets.some((set) => phrases.some((phrase) => sets.holds(set, phrase))));
  if (!block) return phrases.map(() => 1 / phrases.length);
  return phrases.map((phrase) =>
    block.sets.reduce((share, set, i) => share + (sets.holds(set, phrase) ? block.weights[i]! / block.total : 0), 0),
  );
}

/**
 * Whether a set without traits is not a state: then a trait joins first, and a policy is not asked about sets without
 * traits, of which no teacher was asked and no student has learned anything. With a group of traits no such set arises.
 */
function needsTrait({ sets, traits, groups, traitLaw }: Vocabulary): boolean {
  if (traits.length === 0 || groups.some(({ kind }) => kind === 'traits')) return false;
  const empty = sets.of([]);
  return traitLaw.length === 0 || !traitLaw.every((block) => block.sets.includes(empty));
}

/** The set in which some players have joined, and the others are as in a reference. */
export function coalition(
  { sets }: Vocabulary,
  { players }: Game,
  reference: Reference,
  joined: (player: number) => boolean,
): number {
  return sets.of(players.flatMap((phrase, j) => (joined(j) ? phrase : (reference[j] ?? []))));
}

/**
 * The sets of all coalitions of a game under one reference.
 * @returns shape [2^players]: player j has joined where bit j of the place is set
 */
export function coalitions({ sets }: Vocabulary, { players }: Game, reference: Reference): number[] {
  let made = [sets.of([])];
  players.forEach((phrase, j) => {
    const other = reference[j];
    made = [
      ...made.map((set) => (other === undefined ? set : sets.with(set, other))),
      ...made.map((set) => sets.with(set, phrase)),
    ];
  });
  return made;
}

/**
 * Asks a policy about sets of phrases, each once, in canonical order.
 * @param action whose probability is looked at, by its index
 * @throws {UnderstudyError} DISTILL_ANSWERS if a set has no answer
 * @returns P of a set that was asked about; NaN for others
 */
export async function worthsOf(
  policy: Pick<Policy, 'id' | 'decide'>,
  scenario: Vocabulary,
  asked: ReadonlySet<number>,
  action: number,
  options: DecideOptions = {},
): Promise<(mask: number) => number> {
  const { sets } = scenario;
  const masks = Uint32Array.from(asked).sort(sets.compare);
  const { probabilities, outcomes } = await policy.decide(observations(scenario, masks), options);
  const table = new Map<number, number>();
  masks.forEach((mask, i) => {
    if (outcomes[i] !== 'ok')
      throw new UnderstudyError(
        'DISTILL_ANSWERS',
        `${policy.id} gave no answer (${outcomes[i]}) to {${sets
          .indices(mask)
          .map((phrase) => scenario.phrases[phrase])
          .join(', ')}}, which an explanation needs`,
      );
    table.set(mask, probabilities[i * scenario.actions.length + action]!);
  });
  return (mask) => table.get(mask) ?? Number.NaN;
}
