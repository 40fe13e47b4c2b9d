import { UnderstudyError } from '../error.ts';
import type { Vocabulary } from '../scenario.ts';
import { traitBlocks } from '../trait-law.ts';
import type { StateWords } from './states.ts';

/** A piece of a state: exactly one of its sets of phrases holds, whatever the other parts are. */
export interface Part {
  /** Numbers of the vocabulary's `sets`, each once. */
  readonly sets: Uint32Array;
  /** How often each holds in the population, as weights of the trait law; absent for contexts, which have no law. */
  readonly weights?: Uint32Array | Float64Array;
}

/**
 * What a state is put together from: one set of each part, the parts being independent but for conflicts between a trait
 * and a context. Nothing is multiplied out, so vocabularies whose states are far too many to list have parts.
 */
export interface Parts {
  readonly traits: readonly Part[];
  readonly contexts: readonly Part[];
  /** Conflicts between a trait and a context, trait first. */
  readonly crossed: readonly (readonly [number, number])[];
}

/** Sets that one part may have. */
const PART_LIMIT = 2 ** 16;

/**
 * @throws {UnderstudyError} SCENARIO_TABLE if conflicts tie so many contexts together that their combinations are more
 *   than 65,536; SCENARIO_FILE for a population file that has not been read
 */
export function partsOf(vocabulary: StateWords): Parts {
  const { traits, conflicts } = vocabulary;
  const isContext = (phrase: number) => phrase >= traits.length;
  return {
    traits: traitBlocks(vocabulary),
    contexts: contextParts(
      vocabulary,
      conflicts.filter((pair) => pair.every(isContext)),
    ),
    crossed: conflicts
      .filter(([a, b]) => isContext(a) !== isContext(b))
      .map(([a, b]) => (isContext(a) ? ([b, a] as const) : ([a, b] as const))),
  };
}

/** The phrases of which one is chosen; undefined where none of them need hold. */
type Unit = readonly (number | undefined)[];

/** Units of contexts: groups, and phrases without a group, which may be absent. */
function contextUnits({ traits, contexts, groups }: Pick<Vocabulary, 'traits' | 'contexts' | 'groups'>): Unit[] {
  const own = groups.filter(({ kind }) => kind === 'contexts').map(({ phrases }) => phrases);
  const grouped = new Set(own.flat());
  const free = contexts.map((_, c) => traits.length + c).filter((phrase) => !grouped.has(phrase));
  return [...own, ...free.map((phrase) => [undefined, phrase])];
}

function contextParts(vocabulary: StateWords, conflicts: readonly (readonly [number, number])[]): Part[] {
  const { sets } = vocabulary;
  const rivals = new Map<number, number[]>();
  for (const [a, b] of conflicts) {
    rivals.set(a, [...(rivals.get(a) ?? []), b]);
    rivals.set(b, [...(rivals.get(b) ?? []), a]);
  }
  let tied = contextUnits(vocabulary).map((unit) => [unit]);
  for (const pair of conflicts) {
    const touched = tied.filter((units) => units.some((unit) => pair.some((phrase) => unit.includes(phrase))));
    if (touched.length > 1) tied = [...tied.filter((units) => !touched.includes(units)), touched.flat()];
  }
  return tied.map((units) => {
    let made: number[][] = [[]];
    for (const unit of units) {
      made = made.flatMap((chosen) =>
        unit.flatMap((phrase) => {
          if (phrase === undefined) return [chosen];
          return rivals.get(phrase)?.some((rival) => chosen.includes(rival)) ? [] : [[...chosen, phrase]];
        }),
      );
      if (made.length > PART_LIMIT)
        throw new UnderstudyError(
          'SCENARIO_TABLE',
          `more than ${PART_LIMIT} combinations of contexts that conflicts tie together; declare a group, or fewer conflicts`,
        );
    }
    return { sets: Uint32Array.from(made, (chosen) => sets.of(chosen)) };
  });
}

/** Whether a trait and a context of a set conflict. */
export const crosses = ({ sets }: Pick<Vocabulary, 'sets'>, { crossed }: Parts, set: number): boolean =>
  crossed.some(([trait, context]) => sets.holds(set, trait) && sets.holds(set, context));

/** The union of one set of each part. */
export const unionOf = ({ sets }: Pick<Vocabulary, 'sets'>, chosen: Iterable<number>): number =>
  // One set is made, not one for each step on the way: sets of many phrases are remembered.
  sets.of(Array.from(chosen, (set) => sets.indices(set)).flat());
