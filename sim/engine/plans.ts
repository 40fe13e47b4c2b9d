import type { StateSpace } from '../../env/state-space.ts';
import { ChoiceBook } from './choices.ts';
import { Planner } from './kernel/plan.ts';

/** What people with some trait sets may meet and what was decided for them. */
export interface Planned {
  readonly planner: Planner;
  readonly choices: ChoiceBook;
}

/** Populations whose plans are kept; beyond, those used longest ago are made again. */
const KEPT = 8;

/**
 * What populations of one scenario share that live one after the other: the slices of its tables, and the decisions in them.
 * In a population of a thousand it takes longer to make these than to play a day.
 */
export class Plans {
  readonly space: StateSpace;
  #populations = 0;
  readonly #kept = new Map<string, Planned>();

  constructor(space: StateSpace) {
    this.space = space;
  }

  /** Populations that have been planned for. */
  get populations(): number {
    return this.#populations;
  }

  /** @param traitSets those of a population's people */
  of(traitSets: Uint32Array): Planned {
    const key = Buffer.from(traitSets.buffer, traitSets.byteOffset, traitSets.byteLength).toString('latin1');
    const known = this.#kept.get(key);
    const planned = known ?? {
      planner: new Planner(this.space, traitSets),
      choices: new ChoiceBook(this.space, traitSets),
    };
    this.#populations++;
    this.#kept.delete(key);
    this.#kept.set(key, planned);
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    return planned;
  }
}
