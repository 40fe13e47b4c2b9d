import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Level } from '../env/chance.ts';
import { UnderstudyError } from '../env/error.ts';
import { phrasesOf } from '../env/observation.ts';
import type { People, Peopling } from '../env/people.ts';
import type { Scenario, Vocabulary } from '../env/scenario.ts';
import { decodeAgent, drawWorld, Luck, type StateSpace, stateSpace } from '../env/state-space.ts';
import { requireDynamics } from '../env/vocabulary.ts';
import type { Policy } from '../policies/policy.ts';
import { Cohorts } from './engine/cohorts.ts';
import { Decider, type OnFailure, type StepOptions, type SwapEntry, type TickDecisions } from './engine/decider.ts';
import type { Members } from './engine/members.ts';
import { Population } from './engine/population.ts';
import { Sight } from './engine/sight.ts';
import { Tally } from './engine/tally.ts';

export interface SimulationOptions {
  /** One with dynamics. */
  readonly scenario: Vocabulary;
  readonly policy: Policy;
  readonly agents: number;
  /** Default 0. */
  readonly seed?: number;
  /** Default `stop`. */
  readonly onFailure?: OnFailure;
  /**
   * Simulates counts of alike agents in place of each agent: the same law, at a cost that does not grow. Default false.
   */
  readonly cohorts?: boolean;
  /** Whether trait sets are drawn (the default) or as many as their shares say. */
  readonly people?: Peopling;
}

/** What happened in one tick. */
export interface TickRecord {
  readonly tick: number;
  /** From 1. */
  readonly day: number;
  readonly world: Readonly<Record<string, Level>>;
  /** Id of the policy that decided. */
  readonly policy: string;
  /** Agents that took each action, shape [k]. */
  readonly counts: readonly number[];
  /**
   * Mean of P(a | s) over the agents that got a probability, after what is not allowed went to the first action; shape
   * [k], NaN if none did.
   */
  readonly meanProbability: readonly number[];
  /** Total over agents. */
  readonly reward: number;
  /** Totals over agents, by name. */
  readonly measures: Readonly<Record<string, number>>;
  /** Distinct observations of the tick, and how many of them the policy was asked now. */
  readonly distinct: number;
  readonly asked: number;
  /** Agents whose observation the policy gave no probability for. */
  readonly failed: number;
  /** Agents that got a probability, from the policy or from the one that steps in. */
  readonly decided: number;
}

/** One agent as a person would look at it. */
export interface AgentView {
  readonly agent: number;
  readonly mask: number;
  readonly traits: readonly string[];
  readonly context: readonly string[];
  readonly state: Readonly<Record<string, Level>>;
  /** Absent before the first tick. */
  readonly lastAction?: string;
}

/** How long a run keeps signals and timers waiting, if a tick is not longer. */
const BREATH_MS = 20;

/** A population living tick by tick under a policy that can be swapped between ticks. */
export class Simulation {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly #space: StateSpace;
  readonly #members: Members;
  readonly #decider: Decider;
  readonly #luck: Luck;
  readonly #rewardTally: Tally;
  readonly #measureTallies: readonly (readonly [string, Tally])[];
  readonly #sight: Sight;
  readonly #cellCounts: Uint32Array;
  readonly #cumulative: Uint32Array;
  readonly #acted: Uint32Array;
  readonly #history = createHash('sha256');
  #worldLevels: Int32Array;
  #coming = 0;
  #stepping = false;
  #breathed = performance.now();

  /** @throws {UnderstudyError} SCENARIO_DYNAMICS for a vocabulary without them, and as a population of this size does */
  constructor({
    scenario: vocabulary,
    policy,
    agents,
    seed = 0,
    onFailure = 'stop',
    cohorts = false,
    people = 'drawn',
  }: SimulationOptions) {
    const scenario = requireDynamics(vocabulary, 'a simulation');
    this.scenario = scenario;
    this.seed = seed;
    this.#decider = new Decider(scenario, policy, onFailure);
    this.#space = stateSpace(scenario);
    this.#luck = new Luck(seed, 'world');
    this.#worldLevels = drawWorld(this.#space, this.#luck, 0);
    this.#members = new (cohorts ? Cohorts : Population)(this.#space, agents, seed, this.#worldLevels, people);
    const { traitSets } = this.#members;
    this.#sight = new Sight(this.#space, traitSets);
    this.#rewardTally = new Tally(this.#space, traitSets, this.#space.reward);
    this.#measureTallies = Object.entries(this.#space.measures).map(
      ([name, lookup]) => [name, new Tally(this.#space, traitSets, lookup)] as const,
    );
    this.#cellCounts = new Uint32Array(traitSets.length * this.#space.agentStates);
    this.#cumulative = new Uint32Array(this.#cellCounts.length * scenario.actions.length);
    this.#acted = new Uint32Array(this.#cumulative.length);
  }

  get agents(): number {
    return this.#members.agents;
  }

  /** The tick that the next step plays. */
  get tick(): number {
    return this.#coming;
  }

  get policy(): Policy {
    return this.#decider.policy;
  }

  get swaps(): readonly SwapEntry[] {
    return this.#decider.swaps;
  }

  /** The world at the tick to be played. */
  get world(): Readonly<Record<string, Level>> {
    return Object.fromEntries(
      this.#space.world.map(({ factor }, i) => [factor.name, factor.levels[this.#worldLevels[i]!]!]),
    );
  }

  /** The trait sets of the people, and shape [agents]: the index into them of each agent's. */
  get people(): People {
    return this.#individuals.people;
  }

  /** Shape [agents]: joint codes of the agent factors; levelOf reads one factor out of a code. */
  get codes(): Uint32Array {
    return this.#individuals.codes;
  }

  /** Shape [agents]: action of the last tick played; all 0 before the first. */
  get actions(): Uint8Array {
    return this.#individuals.actions;
  }

  /** Shape [agents]: observations at the tick to be played. */
  get masks(): Uint32Array {
    const { codes, people } = this.#individuals;
    this.#sight.begin(this.#worldLevels);
    return Uint32Array.from(codes, (code, i) => this.#sight.maskOf(people.of[i]!, code));
  }

  /** Another policy decides from the coming tick on; while a step is under way, from the one after it. */
  swap(policy: Policy): void {
    this.#decider.swap(policy);
  }

  /** Distinct observations of the tick to be played, and how many agents make each. */
  observed(): { masks: Uint32Array; counts: Uint32Array } {
    const counts = new Map<number, number>();
    this.#members.countCells(this.#cellCounts);
    this.#forEachCell((cell, mask) => counts.set(mask, (counts.get(mask) ?? 0) + this.#cellCounts[cell]!));
    return { masks: Uint32Array.from(counts.keys()), counts: Uint32Array.from(counts.values()) };
  }

  /**
   * Plays the coming tick. If it is aborted or the policy fails, the run stays where it was and can go on.
   * @throws {UnderstudyError} SIMULATION_UNANSWERED if the policy leaves an observation open and onFailure is `stop`,
   *   SIMULATION_DECISION if what it answers is not a distribution, SIMULATION_ARGUMENT if a step is under way
   */
  async step(options: StepOptions = {}): Promise<TickRecord> {
    if (this.#stepping)
      throw new UnderstudyError('SIMULATION_ARGUMENT', 'a step is under way; wait for it before the next');
    this.#stepping = true;
    try {
      const { masks } = this.observed();
      const decisions = await this.#decider.decide(masks, this.#coming, options);
      const record = this.#play(decisions, masks.length);
      await this.#breathe();
      return record;
    } finally {
      this.#stepping = false;
    }
  }

  /** @throws {UnderstudyError} for an agent that does not exist */
  agentAt(agent: number): AgentView {
    const { codes, people, actions } = this.#individuals;
    if (!Number.isInteger(agent) || agent < 0 || agent >= this.agents)
      throw new UnderstudyError('SIMULATION_ARGUMENT', `unknown agent: ${agent} (agents 0 to ${this.agents - 1})`);
    const code = codes[agent]!;
    this.#sight.begin(this.#worldLevels);
    const mask = this.#sight.maskOf(people.of[agent]!, code);
    return {
      agent,
      mask,
      ...phrasesOf(this.scenario, { width: this.scenario.phrases.length, masks: Uint32Array.of(mask) }, 0),
      state: Object.fromEntries(
        this.scenario.agent.map(({ name, levels }) => [name, levels[this.levelOf(code, name)]!]),
      ),
      ...(this.#coming > 0 && { lastAction: this.scenario.actions[actions[agent]!]! }),
    };
  }

  /** Level index of one agent factor in a joint code. */
  levelOf(code: number, factor: string): number {
    const values = new Int32Array(this.#space.agent.length);
    decodeAgent(this.#space, values, 0, code);
    return values[this.scenario.agent.findIndex(({ name }) => name === factor)]!;
  }

  /** SHA-256 over seed, tick, world, everybody's traits and state, and every tick's counts; equal for equal runs. */
  stateHash(): string {
    const hash = this.#history.copy();
    hash.update(`${this.scenario.id} ${this.seed} ${this.#coming} ${this.agents}\n`);
    for (const column of [this.#worldLevels, ...this.#members.columns])
      hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
    return hash.digest('hex');
  }

  /** Where a policy answers at once nothing else would let signals and timers in, from the first tick to the last. */
  async #breathe(): Promise<void> {
    if (performance.now() - this.#breathed < BREATH_MS) return;
    await setImmediate();
    this.#breathed = performance.now();
  }

  get #individuals(): Population {
    if (this.#members instanceof Population) return this.#members;
    throw new UnderstudyError('SIMULATION_ARGUMENT', 'a run of cohorts has counts and no single agents');
  }

  #play(decisions: TickDecisions, distinct: number): TickRecord {
    const { scenario } = this;
    const space = this.#space;
    const cellCounts = this.#cellCounts;
    const cumulative = this.#cumulative;
    const acted = this.#acted;
    const k = scenario.actions.length;
    const tick = this.#coming;
    const world = this.world;
    const nextWorld = drawWorld(space, this.#luck, tick + 1, this.#worldLevels);

    const weightSums = new Float64Array(k);
    let failed = 0;
    let decided = 0;
    this.#forEachCell((cell, mask, traitSet, code) => {
      const weights = this.#sight.allowed(traitSet, code, decisions.weightsOf(mask));
      const counted = decisions.decided(mask) ? cellCounts[cell]! : 0;
      if (!decisions.answered(mask)) failed += cellCounts[cell]!;
      decided += counted;
      for (let a = 0, below = 0; a < k; a++) {
        cumulative[cell * k + a] = below += weights[a]!;
        weightSums[a]! += counted * weights[a]!;
      }
    });

    const tallies = [this.#rewardTally, ...this.#measureTallies.map(([, tally]) => tally)];
    for (const tally of tallies) tally.begin(this.#worldLevels, nextWorld);
    const byMember = tallies.filter(({ readsNext }) => readsNext);
    const byCell = tallies.filter(({ readsNext }) => !readsNext);
    this.#members.advance(tick, this.#worldLevels, nextWorld, cumulative, acted, byMember);
    const counts = new Array<number>(k).fill(0);
    this.#forEachCell((cell, _mask, traitSet, code) => {
      for (let a = 0; a < k; a++) {
        counts[a]! += acted[cell * k + a]!;
        for (const tally of byCell) tally.add(acted[cell * k + a]!, traitSet, code, a, 0);
      }
    });
    this.#worldLevels = nextWorld;
    this.#coming = tick + 1;
    this.#decider.played(tick, decisions.policy);
    this.#history.update(`${counts.join(' ')}\n`);

    return {
      tick,
      day: Math.floor(tick / scenario.ticksPerDay) + 1,
      world,
      policy: decisions.policy,
      counts,
      meanProbability: Array.from(weightSums, (sum) => sum / (65536 * decided)),
      reward: this.#rewardTally.total(),
      measures: Object.fromEntries(this.#measureTallies.map(([name, tally]) => [name, tally.total()])),
      distinct,
      asked: decisions.asked,
      failed,
      decided,
    };
  }

  /** Visits the cells that were counted to have members, with the observation that they make. */
  #forEachCell(visit: (cell: number, mask: number, traitSet: number, code: number) => void): void {
    this.#sight.begin(this.#worldLevels);
    const states = this.#space.agentStates;
    for (let cell = 0; cell < this.#cellCounts.length; cell++) {
      if (this.#cellCounts[cell] === 0) continue;
      const traitSet = Math.floor(cell / states);
      const code = cell % states;
      visit(cell, this.#sight.maskOf(traitSet, code), traitSet, code);
    }
  }
}
