import { requireNoNetwork } from '../../env/neighbours.ts';
import type { Peopling } from '../../env/people.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { StateSpace } from '../../env/state-space.ts';
import { CohortCounts } from './cohort-counts.ts';
import type { Arm, Decider, StepOptions, TickDecisions } from './decider.ts';
import type { Engine, Observed, Ready, Times } from './engine.ts';
import { requireSingles } from './selection.ts';
import { Tally } from './tally.ts';

/** Counts of alike agents in place of each agent: the same law, at a cost that does not grow with their number. */
export class Cohorts implements Engine {
  readonly #scenario: Scenario;
  readonly #counts: CohortCounts;
  readonly #reward: Tally;
  readonly #measures: readonly (readonly [string, Tally])[];

  /**
   * @param world level indices of the world factors at tick 0
   * @throws {UnderstudyError} SCENARIO_CROWD if agents have neighbours
   */
  constructor(space: StateSpace, agents: number, seed: number, world: ArrayLike<number>, people?: Peopling) {
    requireNoNetwork(space.scenario, 'a count of alike agents (cohorts)');
    this.#scenario = space.scenario;
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

  observedByArm(times: Times, arms: readonly Arm[]): Observed[] {
    const { masks, counts } = this.#counts.observed(times);
    const armOf = this.#armOf(arms);
    return arms.map((_, arm) => {
      const own = (mask: number) => armOf(mask) === arm;
      return { masks: masks.filter(own), counts: counts.filter((_, i) => own(masks[i]!)) };
    });
  }

  /** How many agents have to be in another state to be distributed as those of a run of the same people, as a share. */
  apart(other: Cohorts): number {
    const [own, others] = [this.#counts.cells, other.#counts.cells];
    let moved = 0;
    for (let kind = 0; kind < this.traitSets.length; kind++) {
      let [i, j] = [own.starts[kind]!, others.starts[kind]!];
      const [end, otherEnd] = [own.starts[kind + 1]!, others.starts[kind + 1]!];
      while (i < end || j < otherEnd) {
        const [code, otherCode] = [i < end ? own.codes[i]! : Infinity, j < otherEnd ? others.codes[j]! : Infinity];
        const here = code <= otherCode ? own.counts[i++]! : 0;
        const there = otherCode <= code ? others.counts[j++]! : 0;
        moved += Math.abs(here - there);
      }
    }
    return moved / (2 * this.agents);
  }

  async prepare(times: Times, decider: Decider, options: StepOptions): Promise<Ready> {
    const { arms } = decider;
    const armOf = this.#armOf(arms);
    const observed = arms.length > 1 ? this.observedByArm(times, arms) : [this.#counts.observed(times)];
    const decided: TickDecisions[] = [];
    for (const [arm, { masks }] of observed.entries())
      decided.push(await decider.decide(arms[arm]!.memo, masks, times.tick, options));
    const decisions = {
      answered: (mask: number) => decided[armOf(mask)]!.answered(mask),
      decided: (mask: number) => decided[armOf(mask)]!.decided(mask),
      weightsOf: (mask: number) => decided[armOf(mask)]!.weightsOf(mask),
    };
    return {
      arms: arms.map(({ memo, only }, arm) => ({
        policy: memo.id,
        agents: arms.length > 1 ? observed[arm]!.counts.reduce((sum, count) => sum + count, 0) : this.agents,
        ...(only && { only }),
      })),
      play: () => {
        const tallies = [this.#reward, ...this.#measures.map(([, tally]) => tally)];
        const { counts, ...played } = this.#counts.play(times, decisions, tallies);
        return {
          ...played,
          counts: [...counts],
          distinct: observed.reduce((sum, { masks }) => sum + masks.length, 0),
          reward: this.#reward.total(),
          measures: Object.fromEntries(this.#measures.map(([name, tally]) => [name, tally.total()])),
        };
      },
    };
  }

  /**
   * Which arm decides about an observation: traits are part of it.
   * @throws {UnderstudyError} SIMULATION_ARGUMENT for a canary by share
   */
  #armOf(arms: readonly Arm[]): (mask: number) => number {
    if (arms.length === 1) return () => 0;
    const { traits, sets } = this.#scenario;
    const wanted = arms.map(({ only }) => {
      if (!only) return [];
      if ('traits' in only) return only.traits.map((trait) => traits.indexOf(trait));
      return requireSingles(only);
    });
    return (mask) => wanted.findLastIndex((phrases) => phrases.every((phrase) => sets.holds(mask, phrase)));
  }
}
