import { requireNoNetwork } from '../../env/neighbours.ts';
import type { Peopling } from '../../env/people.ts';
import type { StateSpace } from '../../env/state-space.ts';
import { CohortCounts } from './cohort-counts.ts';
import type { Decider, StepOptions } from './decider.ts';
import type { Engine, Observed, Ready, Times } from './engine.ts';
import { Tally } from './tally.ts';

/** Counts of alike agents in place of each agent: the same law, at a cost that does not grow with their number. */
export class Cohorts implements Engine {
  readonly #counts: CohortCounts;
  readonly #reward: Tally;
  readonly #measures: readonly (readonly [string, Tally])[];

  /**
   * @param world level indices of the world factors at tick 0
   * @throws {UnderstudyError} SCENARIO_CROWD if agents have neighbours
   */
  constructor(space: StateSpace, agents: number, seed: number, world: ArrayLike<number>, people?: Peopling) {
    requireNoNetwork(space.scenario, 'a count of alike agents (cohorts)');
    this.#counts = new CohortCounts(space, agents, seed, world, people);
    this.#reward = new Tally(space, this.traitSets, space.reward);
    this.#measures = Object.entries(space.measures).map(([name, lookup]) => [
      name,
      new Tally(space, this.traitSets, lookup),
    ]);
  }

  get agents(): number {
    return this.#counts.agents;
  }

  get traitSets(): Uint32Array {
    return this.#counts.traitSets;
  }

  get columns(): Iterable<Uint8Array> {
    return this.#counts.columns;
  }

  restore(state: Uint8Array): void {
    this.#counts.restore(state);
  }

  observed(times: Times): Observed {
    return this.#counts.observed(times);
  }

  async prepare(times: Times, decider: Decider, options: StepOptions): Promise<Ready> {
    const { masks } = this.#counts.observed(times);
    const decisions = await decider.decide(masks, times.tick, options);
    return {
      policy: decisions.policy,
      play: () => {
        const tallies = [this.#reward, ...this.#measures.map(([, tally]) => tally)];
        const { counts, ...played } = this.#counts.play(times, decisions, tallies);
        return {
          ...played,
          counts: [...counts],
          distinct: masks.length,
          reward: this.#reward.total(),
          measures: Object.fromEntries(this.#measures.map(([name, tally]) => [name, tally.total()])),
        };
      },
    };
  }
}
