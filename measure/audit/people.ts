import { UnderstudyError } from '../../env/error.ts';
import { brokenBy } from '../../env/observation.ts';
import { sequence } from '../../env/random.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { traitBlocks } from '../../env/trait-law.ts';
import type { PhraseSide } from './claim.ts';

/** Kinds of people with how many of the population are of each. */
export interface AskedPeople {
  /** Numbers of `scenario.sets`. */
  readonly sets: readonly number[];
  /** Shape [sets], summing to 1. */
  readonly weights: readonly number[];
}

/**
 * The kinds of people of a population: all of them if there are at most `most`, otherwise those of so many people who are drawn.
 * @param seed of the draw
 */
export function kindsOfPeople(scenario: Vocabulary, most: number, seed: number): AskedPeople {
  const blocks = traitBlocks(scenario);
  const counts = new Map<number, number>();
  if (blocks.length === 1 && blocks[0]!.sets.length <= most)
    blocks[0]!.sets.forEach((set, i) => counts.set(set, blocks[0]!.weights[i]!));
  else {
    const random = sequence(seed, 'population');
    for (let person = 0; person < most; person++) {
      const parts = blocks.map(({ sets, weights, total }) => {
        let left = random() * total;
        const at = weights.findIndex((weight) => (left -= weight) < 0);
        return sets.at(at)!;
      });
      const set = parts.reduce((union, part) => scenario.sets.union(union, part), scenario.sets.of([]));
      counts.set(set, (counts.get(set) ?? 0) + 1);
    }
  }
  return shares([...counts]);
}

/**
 * Those of some people who are of a side, and what each is asked with.
 * @throws {UnderstudyError} SIMULATION_ARGUMENT if nobody is
 */
export function peopleOf(
  scenario: Vocabulary,
  people: AskedPeople,
  { traits, contexts }: PhraseSide,
  name: string,
): AskedPeople & { readonly masks: readonly number[] } {
  const { sets } = scenario;
  const situation = sets.of(contexts);
  const of = people.sets.flatMap((set, i) =>
    traits.every((trait) => sets.holds(set, trait)) && !brokenBy(scenario, sets.union(set, situation))
      ? [[set, people.weights[i]!] as const]
      : [],
  );
  if (of.length === 0)
    throw new UnderstudyError('SIMULATION_ARGUMENT', `nobody in ${scenario.id} can be asked about "${name}"`);
  const kept = shares(of);
  return { ...kept, masks: kept.sets.map((set) => sets.union(set, situation)) };
}

function shares(counted: readonly (readonly [number, number])[]): AskedPeople {
  const total = counted.reduce((sum, [, weight]) => sum + weight, 0);
  return { sets: counted.map(([set]) => set), weights: counted.map(([, weight]) => weight / total) };
}
