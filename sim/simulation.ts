import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Level } from '../env/chance.ts';
import { type CrowdState, firstCrowd, levelsAt } from '../env/crowd.ts';
import { placeNames, setCrowd } from '../env/crowd-slots.ts';
import { UnderstudyError } from '../env/error.ts';
import { phrasesOf } from '../env/observation.ts';
import type { CrowdLevels } from '../env/on-stage.ts';
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
import type { Policy } from '../policies/policy.ts';
import { sha256 } from '../workspace/hash.ts';
import { Agents } from './engine/agents.ts';
import { Cohorts } from './engine/cohorts.ts';
import { Decider, type OnFailure, type StepOptions, type SwapEntry } from './engine/decider.ts';
import type { Engine, Observed, Ready, Times } from './engine/engine.ts';
import { Plans } from './engine/plans.ts';
import type { Population } from './engine/population.ts';
import { hashOfScenario, readSnapshot, requireSame, type SnapshotPeople, writeSnapshot } from './snapshot.ts';

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
  /** What simulations of one scenario share that are played one after the other; the results are the same without. */
  readonly plans?: Plans;
}

/** What happened in one tick. */
export interface TickRecord {
  readonly tick: number;
  /** From 1. */
  readonly day: number;
  readonly world: Readonly<Record<string, Level>>;
  /** The crowd factors as agents met them; absent if there are none. */
  readonly crowd?: Readonly<Record<string, CrowdLevels>>;
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
  readonly #space: StateSpace;
  readonly #plans: Plans;
  readonly #decider: Decider;
  readonly #cohorts: boolean;
  readonly #people: Peopling;
  #seed: number;
  #engine: Engine;
  #luck: WorldLuck;
  /** SHA-256 over what every tick came to, each chained to those before it. */
  #history = sha256('');
  #worldLevels: Int32Array;
  #crowd: CrowdState;
  #coming = 0;
  /** Of the coming tick, once they are needed. */
  #times: Times | undefined;
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
    plans,
  }: SimulationOptions) {
    const scenario = requireDynamics(vocabulary, 'a simulation');
    this.scenario = scenario;
    this.#cohorts = cohorts;
    this.#people = people;
    this.#decider = new Decider(scenario, policy, onFailure);
    this.#plans = plans ?? new Plans(stateSpace(scenario));
    this.#space = this.#plans.space;
    this.#seed = seed;
    this.#luck = new WorldLuck(seed);
    this.#worldLevels = drawWorld(this.#space, this.#luck, 0);
    this.#crowd = firstCrowd(this.#space);
    this.#engine = this.#populate(agents, seed, this.#worldLevels);
  }

  /**
   * Begins anew with the policy of the moment, whose answers are kept.
   * @param options `seed` defaults to that of the run
   * @throws {UnderstudyError} SIMULATION_ARGUMENT if a step is under way
   */
  reset({ seed = this.#seed }: { readonly seed?: number } = {}): void {
    this.#requireRest();
    const luck = new WorldLuck(seed);
    const world = drawWorld(this.#space, luck, 0);
    this.#engine = this.#populate(this.agents, seed, world);
    this.#decider.resume();
    this.#settle({ seed, luck, world, crowd: firstCrowd(this.#space), tick: 0, history: sha256('') });
  }

  /** All that decides how the run goes on, its policies excepted: these are known by their ids, and by what they answered. */
  snapshot(): Uint8Array {
    return writeSnapshot({
      ...this.#snapshotPeople,
      seed: this.#seed,
      tick: this.#coming,
      world: [...this.#worldLevels],
      crowd: { levels: [...this.#crowd.levels], totals: [...this.#crowd.totals] },
      history: this.#history,
      policy: this.policy.id,
      past: this.#decider.past,
      state: Buffer.concat([...this.#engine.columns]),
    });
  }

  /**
   * Goes on from a snapshot of a run of the same scenario, engine and number of agents, whatever its seed. The policy of
   * the moment decides; if the run was under another, that is a swap.
   * @throws {UnderstudyError} SIMULATION_SNAPSHOT for a snapshot that is damaged or of another run, SIMULATION_ARGUMENT if
   *   a step is under way; the run stays as it was then
   */
  restore(snapshot: Uint8Array): void {
    this.#requireRest();
    const { seed, tick, world, crowd, history, past, state, ...people } = readSnapshot(snapshot);
    requireSame(people, this.#snapshotPeople);
    const luck = new WorldLuck(seed);
    const engine =
      seed === this.#seed ? this.#engine : this.#populate(this.agents, seed, drawWorld(this.#space, luck, 0));
    engine.restore(state);
    this.#engine = engine;
    this.#decider.resume(past);
    this.#settle({
      ...{ seed, luck, tick, history },
      world: Int32Array.from(world),
      crowd: { levels: Int32Array.from(crowd.levels), totals: Float64Array.from(crowd.totals) },
    });
  }

  get seed(): number {
    return this.#seed;
  }

  get agents(): number {
    return this.#engine.agents;
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

  /** Levels of the crowd factors at the tick to be played, shape [crowd places]. */
  get crowdLevels(): Int32Array {
    return this.#crowd.levels;
  }

  /** The crowd factors at the tick to be played. */
  get crowd(): Readonly<Record<string, CrowdLevels>> {
    return Object.fromEntries(
      this.#space.crowd.map((crowd) => {
        const levels = levelsAt(crowd, this.#crowd);
        const names = placeNames(this.scenario, crowd.factor);
        return [
          crowd.factor.name,
          names ? Object.fromEntries(names.map((name, place) => [name, levels[place]!])) : levels[0]!,
        ];
      }),
    );
  }

  /** The trait sets of the people, as numbers of `scenario.sets`. */
  get traitSets(): Uint32Array {
    return this.#engine.traitSets;
  }

  /** Everybody, one by one. @throws {UnderstudyError} SIMULATION_ARGUMENT for a run of cohorts */
  get population(): Population {
    return this.#singles.population;
  }

  /** Shape [agents]: the index into the trait sets of each agent's. */
  get kinds(): Uint16Array | Uint32Array {
    return this.population.kinds();
  }

  /** Shape [agents]: joint codes of the agent factors; levelOf reads one factor out of a code. A copy. */
  get codes(): Uint32Array {
    return this.population.codes();
  }

  /** Shape [agents]: action of the last tick played; all 0 before the first. A copy. */
  get actions(): Uint8Array {
    return this.population.actions();
  }

  /** Shape [agents]: observations at the tick to be played. A copy. */
  get masks(): Uint32Array {
    return this.#singles.masks(this.#comingTimes);
  }

  /** Agents that took another action in the last tick than they did in a run of the same people. */
  differing(twin: Simulation): number {
    return this.population.differing(twin.population);
  }

  /** Another policy decides from the coming tick on; while a step is under way, from the one after it. */
  swap(policy: Policy): void {
    this.#decider.swap(policy);
  }

  /** Distinct observations of the tick to be played, and how many agents make each. */
  observed(): Observed {
    return this.#engine.observed(this.#comingTimes);
  }

  /**
   * Plays the coming tick. If it is aborted or the policy fails, the run stays where it was and can go on.
   * @throws {UnderstudyError} SIMULATION_UNANSWERED if the policy leaves an observation open and onFailure is `stop`,
   *   SIMULATION_DECISION if what it answers is not a distribution, SIMULATION_ARGUMENT if a step is under way
   */
  async step(options: StepOptions = {}): Promise<TickRecord> {
    this.#requireRest();
    this.#stepping = true;
    try {
      const times = this.#comingTimes;
      const ready = await this.#engine.prepare(times, this.#decider, options);
      const record = this.#play(times, ready);
      await this.#breathe();
      return record;
    } finally {
      this.#stepping = false;
    }
  }

  /** @throws {UnderstudyError} for an agent that does not exist */
  agentAt(agent: number): AgentView {
    const individuals = this.population;
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
    const hash = createHash('sha256');
    hash.update(`${this.#history} ${this.scenario.id} ${this.seed} ${this.#coming} ${this.agents}\n`);
    const { levels, totals } = this.#crowd;
    for (const column of [this.#worldLevels, levels, totals, ...this.#engine.columns])
      hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
    return hash.digest('hex');
  }

  /** @param world level indices of the world factors at tick 0 */
  #populate(agents: number, seed: number, world: Int32Array): Engine {
    if (this.#cohorts) return new Cohorts(this.#space, agents, seed, world, this.#people);
    return new Agents(this.#space, agents, seed, world, this.#people, this.#plans);
  }

  #settle(at: {
    readonly seed: number;
    readonly luck: WorldLuck;
    readonly world: Int32Array;
    readonly crowd: CrowdState;
    readonly tick: number;
    readonly history: string;
  }): void {
    this.#seed = at.seed;
    this.#luck = at.luck;
    this.#worldLevels = at.world;
    this.#crowd = at.crowd;
    this.#coming = at.tick;
    this.#history = at.history;
    this.#times = undefined;
  }

  #requireRest(): void {
    if (this.#stepping) throw new UnderstudyError('SIMULATION_ARGUMENT', 'a step is under way; wait for it');
  }

  get #snapshotPeople(): SnapshotPeople {
    return {
      scenario: this.scenario.id,
      sha256: hashOfScenario(this.scenario),
      engine: this.#cohorts ? 'cohorts' : 'agents',
      agents: this.agents,
      people: this.#people,
    };
  }

  /** Where a policy answers at once nothing else would let signals and timers in, from the first tick to the last. */
  async #breathe(): Promise<void> {
    if (performance.now() - this.#breathed < BREATH_MS) return;
    await setImmediate();
    this.#breathed = performance.now();
  }

  get #singles(): Agents {
    if (this.#engine instanceof Agents) return this.#engine;
    throw new UnderstudyError('SIMULATION_ARGUMENT', 'a run of cohorts has counts and no single agents');
  }

  get #comingTimes(): Times {
    this.#times ??= {
      tick: this.#coming,
      world: this.#worldLevels,
      crowd: this.#crowd,
      nextWorld: drawWorld(this.#space, this.#luck, this.#coming + 1, this.#worldLevels, this.#crowd.levels),
    };
    return this.#times;
  }

  /** What an agent observes with a trait set in a joint state. */
  #maskOf(traitSet: number, code: number): number {
    const values = new Int32Array(this.#space.slots);
    values.set(this.#worldLevels, this.#space.worldNow);
    setCrowd(this.#space, values, 'now', this.#crowd.levels);
    setTraits(this.#space, values, traitSet);
    decodeAgent(this.#space, values, this.#space.agentNow, code);
    return this.scenario.sets.union(traitSet, contextsIn(this.#space, values));
  }

  #play({ tick, nextWorld }: Times, { policy, asked, play }: Ready): TickRecord {
    const world = this.world;
    const crowd = this.crowd;
    const { weightSums, crowd: next, ...played } = play();
    this.#crowd = next;
    this.#worldLevels = nextWorld;
    this.#coming = tick + 1;
    this.#times = undefined;
    this.#decider.played(tick, policy);
    this.#history = sha256(`${this.#history} ${played.counts.join(' ')}\n`);
    return {
      tick,
      day: Math.floor(tick / this.scenario.ticksPerDay) + 1,
      world,
      ...(this.#space.crowd.length > 0 && { crowd }),
      policy,
      meanProbability: Array.from(weightSums, (sum) => sum / (65536 * played.decided)),
      asked,
      ...played,
    };
  }
}
