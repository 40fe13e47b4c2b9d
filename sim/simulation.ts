import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Level } from '../env/chance.ts';
import { UnderstudyError } from '../env/error.ts';
import { phrasesOf } from '../env/observation.ts';
import type { Peopling } from '../env/people.ts';
import type { Scenario, Vocabulary } from '../env/scenario.ts';
import {
  contextsIn,
  decodeAgent,
  drawWorld,
  type StateSpace,
  setTraits,
  stateSpace,
  WorldLuck,
} from '../env/state-space.ts';
import { requireDynamics } from '../env/vocabulary.ts';
import type { AskedOnce } from '../policies/asked-once.ts';
import type { Policy } from '../policies/policy.ts';
import { ChoiceBook, type Choices } from './engine/choices.ts';
import { Cohorts } from './engine/cohorts.ts';
import { Decider, type OnFailure, type StepOptions, type SwapEntry } from './engine/decider.ts';
import type { Bins } from './engine/kernel/kernel.ts';
import { type Amount, amountsOf, Planner, type TickPlan } from './engine/kernel/plan.ts';
import type { Members } from './engine/members.ts';
import { Population } from './engine/population.ts';

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
  readonly #luck: WorldLuck;
  readonly #planner: Planner;
  readonly #choices: ChoiceBook;
  readonly #amounts: readonly Amount[];
  readonly #history = createHash('sha256');
  #worldLevels: Int32Array;
  #coming = 0;
  /** Of the coming tick, once it is needed. */
  #plan: TickPlan | undefined;
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
    this.#luck = new WorldLuck(seed);
    this.#worldLevels = drawWorld(this.#space, this.#luck, 0);
    this.#members = cohorts
      ? new Cohorts(this.#space, agents, seed, this.#worldLevels, people)
      : new Population(this.#space, agents, seed, people);
    const { traitSets } = this.#members;
    this.#planner = new Planner(this.#space, traitSets);
    if (this.#members instanceof Population) this.#members.start(this.#planner, this.#worldLevels);
    this.#choices = new ChoiceBook(this.#space, traitSets);
    const { reward, measures } = amountsOf(this.#space);
    this.#amounts = [reward, ...measures];
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

  /** The trait sets of the people, as numbers of `scenario.sets`. */
  get traitSets(): Uint32Array {
    return this.#members.traitSets;
  }

  /** Shape [agents]: the index into the trait sets of each agent's. */
  get kinds(): Uint16Array | Uint32Array {
    return this.#individuals.kinds();
  }

  /** Shape [agents]: joint codes of the agent factors; levelOf reads one factor out of a code. A copy. */
  get codes(): Uint32Array {
    return this.#individuals.codes();
  }

  /** Shape [agents]: action of the last tick played; all 0 before the first. A copy. */
  get actions(): Uint8Array {
    return this.#individuals.actions();
  }

  /** Shape [agents]: observations at the tick to be played. A copy. */
  get masks(): Uint32Array {
    return this.#individuals.masks(this.#comingPlan);
  }

  /** Agents that took another action in the last tick than they did in a run of the same people. */
  differing(twin: Simulation): number {
    return this.#individuals.differing(twin.#individuals);
  }

  /** Another policy decides from the coming tick on; while a step is under way, from the one after it. */
  swap(policy: Policy): void {
    this.#decider.swap(policy);
  }

  /** Distinct observations of the tick to be played, and how many agents make each. */
  observed(): { masks: Uint32Array; counts: Float64Array } {
    const plan = this.#comingPlan;
    const counts = this.#countsByMask(this.#members.count(plan), plan);
    return { masks: Uint32Array.from(counts.keys()), counts: Float64Array.from(counts.values()) };
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
      const plan = this.#comingPlan;
      const { memo } = this.#decider;
      const choices = this.#choices.at(memo, plan);
      const asked = await this.#decide(choices, memo, plan, options);
      const record = this.#play(plan, choices, memo.id, asked);
      await this.#breathe();
      return record;
    } finally {
      this.#stepping = false;
    }
  }

  /** @throws {UnderstudyError} for an agent that does not exist */
  agentAt(agent: number): AgentView {
    const individuals = this.#individuals;
    if (!Number.isInteger(agent) || agent < 0 || agent >= this.agents)
      throw new UnderstudyError('SIMULATION_ARGUMENT', `unknown agent: ${agent} (agents 0 to ${this.agents - 1})`);
    const code = individuals.codeOf(agent);
    const mask = this.#maskOf(this.traitSets[individuals.kindOf(agent)]!, code);
    return {
      agent,
      mask,
      ...phrasesOf(this.scenario, { width: this.scenario.phrases.length, masks: Uint32Array.of(mask) }, 0),
      state: Object.fromEntries(
        this.scenario.agent.map(({ name, levels }) => [name, levels[this.levelOf(code, name)]!]),
      ),
      ...(this.#coming > 0 && { lastAction: this.scenario.actions[individuals.actionOf(agent)]! }),
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

  get #comingPlan(): TickPlan {
    this.#plan ??= this.#planner.at(
      this.#coming,
      this.#worldLevels,
      drawWorld(this.#space, this.#luck, this.#coming + 1, this.#worldLevels),
    );
    return this.#plan;
  }

  /** What an agent observes with a trait set in a joint state. */
  #maskOf(traitSet: number, code: number): number {
    const values = new Int32Array(this.#space.slots);
    values.set(this.#worldLevels, this.#space.worldNow);
    setTraits(this.#space, values, traitSet);
    decodeAgent(this.#space, values, this.#space.agentNow, code);
    return this.scenario.sets.union(traitSet, contextsIn(this.#space, values));
  }

  #countsByMask({ counts, stride }: Bins, { situations }: TickPlan): Map<number, number> {
    const { sets } = this.scenario;
    const byMask = new Map<number, number>();
    this.traitSets.forEach((traitSet, kind) => {
      situations.slices[situations.of[kind]!]!.contexts.forEach((contexts, row) => {
        const count = counts[kind * stride + row]!;
        if (count === 0) return;
        const mask = sets.union(traitSet, contexts);
        byMask.set(mask, (byMask.get(mask) ?? 0) + count);
      });
    });
    return byMask;
  }

  /** Sees to it that every situation which occurs has a decision. @returns how many observations the policy was asked */
  async #decide(choices: Choices, memo: AskedOnce, plan: TickPlan, options: StepOptions): Promise<number> {
    let asked = 0;
    if (!choices.complete) {
      // What the policy knows from elsewhere, and all it can say if that costs nothing.
      if (memo.policy.eager) asked = await memo.learn(choices.masks(), { signal: options.signal });
      choices.learn(memo);
    }
    if (choices.complete) {
      options.signal?.throwIfAborted();
      return asked;
    }
    const occurring = this.#members.count(plan);
    const masks = Uint32Array.from(this.#countsByMask(occurring, plan).keys());
    const decisions = await this.#decider.decide(masks, this.#coming, options);
    choices.write(occurring, decisions);
    return asked + decisions.asked;
  }

  #play(plan: TickPlan, choices: Choices, policy: string, asked: number): TickRecord {
    const { scenario } = this;
    const tick = this.#coming;
    const world = this.world;
    const { acted, moved } = this.#members.play(plan, choices);
    const record = {
      tick,
      day: Math.floor(tick / scenario.ticksPerDay) + 1,
      world,
      policy,
      asked,
      ...this.#actions(acted, plan, choices),
      ...this.#totals(acted, moved, plan),
    };
    this.#worldLevels = drawWorld(this.#space, this.#luck, tick + 1, this.#worldLevels);
    this.#coming = tick + 1;
    this.#plan = undefined;
    this.#decider.played(tick, policy);
    this.#history.update(`${record.counts.join(' ')}\n`);
    return record;
  }

  /** Who did what, and how it was decided. */
  #actions({ counts, rows, stride }: Bins, { situations }: TickPlan, choices: Choices) {
    const k = this.scenario.actions.length;
    const taken = new Array<number>(k).fill(0);
    const weightSums = new Float64Array(k);
    let [distinct, failed, decided] = [0, 0, 0];
    for (let kind = 0; kind < this.traitSets.length; kind++) {
      const { views, classes } = situations.slices[situations.of[kind]!]!;
      const weights = choices.weights[kind]!;
      const seen = new Set<number>();
      for (let row = 0; row < classes.rows; row++) {
        let here = 0;
        for (let a = 0, at = kind * stride + row; a < k; a++, at += rows) {
          taken[a]! += counts[at]!;
          here += counts[at]!;
        }
        if (here === 0) continue;
        seen.add(views[row]!);
        if (!choices.answered(kind, row)) failed += here;
        if (!choices.decided(kind, row)) continue;
        decided += here;
        for (let a = 0; a < k; a++) weightSums[a]! += here * weights[row * k + a]!;
      }
      distinct += seen.size;
    }
    return {
      counts: taken,
      meanProbability: Array.from(weightSums, (sum) => sum / (65536 * decided)),
      distinct,
      failed,
      decided,
    };
  }

  /** What the tick adds up to. */
  #totals(acted: Bins, moved: Bins | undefined, { situations, outcomes }: TickPlan) {
    const k = this.scenario.actions.length;
    const totals = new Float64Array(this.#amounts.length);
    const [now, next] = [false, true].map((readsNext) =>
      [...this.#amounts.keys()].filter((i) => this.#amounts[i]!.readsNext === readsNext),
    ) as [number[], number[]];
    for (let kind = 0; kind < this.traitSets.length; kind++) {
      const { classes, amounts } = situations.slices[situations.of[kind]!]!;
      now.forEach((i, at) => {
        const values = amounts[at]!;
        for (let row = 0; row < classes.rows; row++)
          for (let a = 0; a < k; a++)
            totals[i]! += acted.counts[kind * acted.stride + a * acted.rows + row]! * values[row * k + a]!;
      });
      if (!outcomes || !moved) continue;
      const outcome = outcomes.slices[outcomes.of[kind]!]!;
      next.forEach((i, at) => {
        const values = outcome.amounts[at]!;
        for (let row = 0; row < values.length; row++)
          totals[i]! += moved.counts[kind * moved.stride + row]! * values[row]!;
      });
    }
    const [reward, ...measures] = totals;
    return {
      reward: reward!,
      measures: Object.fromEntries(measures.map((total, i) => [this.#amounts[i + 1]!.name, total])),
    };
  }
}
