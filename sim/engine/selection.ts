import { UnderstudyError } from '../../env/error.ts';
import { philoxInto, purposes, streamKey, uniform53 } from '../../env/random.ts';
import type { Vocabulary } from '../../env/scenario.ts';

/**
 * The part of a population that a swap is for: those whose number of their own, uniform on [0, 1), lies in a range, or those
 * who carry all of some traits.
 */
export type Selection =
  | { readonly share: readonly [from: number, to: number] }
  | { readonly traits: readonly string[] };

/** `10%` for the first tenth, `10-20%` for the second, or the traits in words. */
export function wordsOf(only: Selection): string {
  if ('traits' in only) return only.traits.join(', ');
  const [from, to] = only.share.map((bound) => Number((100 * bound).toFixed(6)));
  return from === 0 ? `${to}%` : `${from}-${to}%`;
}

/** @throws {UnderstudyError} SIMULATION_ARGUMENT for a share that is not one, or traits that the scenario does not have */
export function requireSelection({ id, traits }: Vocabulary, only: Selection): void {
  const wrong = (what: string) =>
    new UnderstudyError('SIMULATION_ARGUMENT', `cannot swap for a part of the agents: ${what}`);
  if ('share' in only) {
    const [from, to] = only.share;
    if (!(from >= 0 && from < to && to <= 1))
      throw wrong(
        `a share lies between 0 and 100 %, the lower bound below the upper, got ${100 * from} to ${100 * to} %`,
      );
    return;
  }
  if (only.traits.length === 0) throw wrong('no trait is named');
  const unknown = only.traits.find((trait) => !traits.includes(trait));
  if (unknown !== undefined)
    throw wrong(`no trait ${JSON.stringify(unknown)} in ${id}; its traits are ${traits.join(', ')}`);
}

/** A copy that is written to files: what is given may hold anything besides. */
export const plainSelection = (only: Selection): { share: [number, number] } | { traits: string[] } =>
  'share' in only ? { share: [...only.share] } : { traits: [...only.traits] };

/** A count of alike agents cannot tell those of a share. @throws {UnderstudyError} SIMULATION_ARGUMENT */
export function requireSingles(only: Selection): never {
  throw new UnderstudyError(
    'SIMULATION_ARGUMENT',
    `a canary of ${wordsOf(only)} is of single agents, and cohorts have none: name traits, or simulate single agents (--no-cohorts)`,
  );
}

/** Whether two selections are of the same agents. */
export const isSameSelection = (a: Selection, b: Selection): boolean => selectionKey(a) === selectionKey(b);

const selectionKey = (only: Selection): string =>
  JSON.stringify('share' in only ? only.share : [...new Set(only.traits)].sort());

const { word, first } = purposes.canary;

/**
 * Each agent's number of its own under a seed: shares of a population are the agents below a bound, so a smaller share lies
 * within a larger one, in whatever run of the seed.
 */
export class Lots {
  readonly #key: readonly [number, number];
  readonly #block = new Uint32Array(4);

  constructor(seed: number) {
    this.#key = streamKey(seed, purposes.canary.stream);
  }

  /** Uniform on [0, 1). */
  of(agent: number): number {
    philoxInto(this.#block, agent, 0, first, word, this.#key[0], this.#key[1]);
    return uniform53(this.#block[0]!, this.#block[1]!);
  }
}
