import { reachability } from './reachability.ts';
import type { Scenario, Vocabulary } from './scenario.ts';
import { seeingTables, traitsRead } from './successors.ts';
import { listedTraits, traitBlocks } from './trait-law.ts';
import { hasDynamics } from './vocabulary.ts';

/** Which observations some policy can bring about. */
export class Occurring {
  readonly #scenario: Scenario;
  /** The traits that decide what somebody can see. */
  readonly #read: number;
  /** By the set of those traits that somebody has: the sets of contexts that can hold. */
  readonly #contexts = new Map<number, Set<number>>();

  /** Searches every state that can be reached. */
  constructor(scenario: Scenario) {
    const { sets, traits } = scenario;
    this.#scenario = scenario;
    this.#read = traitsRead(scenario, seeingTables(scenario));
    const person = sets.of(traits.keys());
    reachability(scenario, (_space, _values, mask) => {
      const kind = sets.intersection(mask, this.#read);
      const seen = this.#contexts.get(kind) ?? new Set();
      this.#contexts.set(kind, seen.add(sets.difference(mask, person)));
    });
  }

  /** Whether an observation can occur. */
  has(mask: number): boolean {
    const { sets, traits } = this.#scenario;
    const seen = this.#contexts.get(sets.intersection(mask, this.#read));
    return seen?.has(sets.difference(mask, sets.of(traits.keys()))) ?? false;
  }

  /**
   * Every observation that can occur, person by person in the order of the law.
   * @throws {UnderstudyError} SCENARIO_TABLE if the trait sets are too many to list
   */
  *masks(): Generator<number> {
    const { sets } = this.#scenario;
    for (const person of listedTraits(this.#scenario).sets) {
      const seen = this.#contexts.get(sets.intersection(person, this.#read)) ?? [];
      for (const contexts of [...seen].sort(sets.compare)) yield sets.union(person, contexts);
    }
  }

  /** How many observations can occur; undefined if the trait sets are too many to list. */
  count(): number | undefined {
    const [law, ...others] = traitBlocks(this.#scenario);
    if (others.length > 0) return undefined;
    const { sets } = this.#scenario;
    return law!.sets.reduce((sum, set) => sum + (this.#contexts.get(sets.intersection(set, this.#read))?.size ?? 0), 0);
  }
}

/** Whether what somebody sees depends on who they are: otherwise every set of contexts goes with every person. */
export const seesByTraits = (scenario: Scenario): boolean =>
  scenario.observe.some(({ parents }) => parents.some((parent) => parent.startsWith('trait:')));

const known = new WeakMap<Scenario, Occurring>();

/** Which observations can occur in a scenario; searched once for each. */
export function occurringIn(scenario: Scenario): Occurring {
  const occurring = known.get(scenario) ?? new Occurring(scenario);
  known.set(scenario, occurring);
  return occurring;
}

/**
 * Which observations make sense to ask about. If what people see depends on who they are, the others contradict themselves ("does
 * not own a car; stuck in a traffic jam"); otherwise a situation that the dynamics never lead to is a question like others.
 * @returns undefined if all do
 */
export function sensible(vocabulary: Vocabulary): ((mask: number) => boolean) | undefined {
  if (!hasDynamics(vocabulary) || !seesByTraits(vocabulary)) return undefined;
  const occurring = occurringIn(vocabulary);
  return (mask) => occurring.has(mask);
}
