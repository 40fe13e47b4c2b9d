import type { Peopling } from '../../env/people.ts';
import type { StateSpace } from '../../env/state-space.ts';
import { CohortCounts } from './cohort-counts.ts';
import type { Members } from './members.ts';
import { requireSize } from './size.ts';
import type { Tally } from './tally.ts';

/** Cohorts as a run sees its members: by all cells that there could be, counted in 32 bits. */
export class Cohorts implements Members {
  readonly agents: number;
  readonly traitSets: Uint32Array;
  readonly #counts: CohortCounts;
  readonly #states: number;
  readonly #actions: number;

  constructor(space: StateSpace, agents: number, seed: number, world: ArrayLike<number>, people?: Peopling) {
    requireSize(space, agents, { cohorts: true });
    this.agents = agents;
    this.#counts = new CohortCounts(space, agents, seed, world, people);
    this.traitSets = this.#counts.traitSets;
    requireSize(space, agents, { cohorts: true, traitSets: this.traitSets.length });
    this.#states = space.agentStates;
    this.#actions = space.scenario.actions.length;
  }

  get columns() {
    return this.#counts.columns;
  }

  countCells(into: Uint32Array): void {
    into.fill(0);
    const { starts, codes, counts } = this.#counts.cells;
    for (let traitSet = 0; traitSet < this.traitSets.length; traitSet++)
      for (let cell = starts[traitSet]!; cell < starts[traitSet + 1]!; cell++)
        into[traitSet * this.#states + codes[cell]!] = counts[cell]!;
  }

  advance(
    tick: number,
    world: ArrayLike<number>,
    nextWorld: ArrayLike<number>,
    cumulative: Uint32Array,
    acted: Uint32Array,
    tallies: readonly Tally[],
  ): void {
    const k = this.#actions;
    const placeOf = (traitSet: number, code: number) => (traitSet * this.#states + code) * k;
    acted.fill(0);
    this.#counts.advance(
      tick,
      world,
      nextWorld,
      (traitSet, code, into, at) => {
        const from = placeOf(traitSet, code);
        for (let a = 0; a < k; a++) into[at + a] = cumulative[from + a]! - (a === 0 ? 0 : cumulative[from + a - 1]!);
      },
      tallies,
      (n, traitSet, code, action) => {
        acted[placeOf(traitSet, code) + action] = n;
      },
    );
  }
}
