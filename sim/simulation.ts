import { createHash } from 'node:crypto';
import type { Level } from '../env/chance.ts';
import { UnderstudyError } from '../env/error.ts';
import type { CrowdLevels } from '../env/on-stage.ts';
import type { Peopling } from '../env/people.ts';
import type { Scenario, Vocabulary } from '../env/scenario.ts';
import { type StateSpace, stateSpace } from '../env/state-space.ts';
import { requireDynamics } from '../env/vocabulary.ts';
import type { AskedOnce } from '../policies/asked-once.ts';
import type { Policy } from '../policies/policy.ts';
import { sha256 } from '../workspace/hash.ts';
import { type AgentView, levelOf, viewOf } from './agent-view.ts';
import { Clock, firstMoment, type Moment } from './clock.ts';
import { Agents, type Situated } from './engine/agents.ts';
import { Cohorts } from './engine/cohorts.ts';
import {
  type Canary,
  Decider,
  type OnFailure,
  type PlayedArm,
  type StepOptions,
  type SwapEntry,
} from './engine/decider.ts';
import type { Engine, Observed } from './engine/engine.ts';
import { Plans } from './engine/plans.ts';
import type { Observing, Population } from './engine/population.ts';
import { requireSingles, type Selection } from './engine/selection.ts';
import { factsOf, type NetworkChoice, type NetworkFacts, networkOf, type RunNetwork } from './network.ts';
import { requireSameShape } from './same-shape.ts';
import { hashOfScenario, readSnapshot, requireSame, type SnapshotPeople, writeSnapshot } from './snapshot.ts';
import { Stepping } from './stepping.ts';
import { type TickRecord, tickRecord } from './tick-record.ts';

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
  /**
   * Who are neighbours, in a scenario with crowd factors by neighbours: the name of a generator (`ring:4`,
   * `small-world:6,0.1`, `scale-free:3`), drawn by the seed, or edges. Default: the scenario's. The seed decides which agent
   * stands at which node.
   */
  readonly network?: NetworkChoice;
  /** What simulations of one scenario share that are played one after the other; the results are the same without. */
  readonly plans?: Plans;
}

/** A population living tick by tick under a policy that can be swapped between ticks. */
export class Simulation {
  readonly scenario: Scenario;
  readonly #space: StateSpace;
  readonly #plans: Plans;
  readonly #decider: Decider;
  readonly #cohorts: boolean;
  readonly #people: Peopling;
  readonly #onFailure: OnFailure;
  readonly #network: RunNetwork | undefined;
  readonly #networkChoice: NetworkChoice | undefined;
  readonly #clock: Clock;
  #engine: Engine;
  readonly #stepping = new Stepping();

  /** @throws {UnderstudyError} SCENARIO_DYNAMICS for a vocabulary without them, and as a population of this size does */
  constructor({
    scenario: vocabulary,
    policy,
    agents,
    seed = 0,
    onFailure = 'stop',
    cohorts = false,
    people = 'drawn',
    network,
    plans,
  }: SimulationOptions) {
    const scenario = requireDynamics(vocabulary, 'a simulation');
    this.scenario = scenario;
    this.#cohorts = cohorts;
    this.#people = people;
    this.#onFailure = onFailure;
    this.#network = networkOf(scenario, network);
    this.#networkChoice = network;
    this.#decider = new Decider(scenario, policy, onFailure);
    this.#plans = plans ?? new Plans(stateSpace(scenario));
    this.#space = this.#plans.space;
    const moment = firstMoment(this.#space, seed);
    this.#clock = new Clock(this.#space, moment);
    this.#engine = this.#populate(agents, moment);
  }

  /**
   * Begins anew with the policy of the moment, whose answers are kept.
   * @param options `seed` defaults to that of the run
   * @throws {UnderstudyError} SIMULATION_ARGUMENT if a step is under way
   */
  reset({ seed = this.seed }: { readonly seed?: number } = {}): void {
    this.#stepping.requireRest();
    const moment = firstMoment(this.#space, seed);
    this.#engine = this.#populate(this.agents, moment);
    this.#decider.resume();
    this.#clock.moment = moment;
    this.#stepping.mend();
  }

  /**
   * All that decides how the run goes on, its policies excepted: these are known by their ids, and by what they answered.
   * @throws {UnderstudyError} SIMULATION_THREAD if a tick broke off half-way
   */
  snapshot(): Uint8Array {
    this.#stepping.requireWhole();
    return writeSnapshot({
      ...this.#snapshotPeople,
      moment: this.#clock.moment,
      policy: this.policy.id,
      canaries: this.canaries.map(({ only, policy }) => ({ only, policy: policy.id })),
      past: this.#decider.past,
      state: Buffer.concat([...this.#engine.columns]),
    });
  }

  /**
   * Goes on from a snapshot of a run of the same scenario, engine and number of agents, whatever its seed. The policy of
   * the moment and its canaries decide; if the run was under others, that is a swap.
   * @throws {UnderstudyError} SIMULATION_SNAPSHOT for a snapshot that is damaged or of another run, SIMULATION_ARGUMENT if
   *   a step is under way; the run stays as it was then
   */
  restore(snapshot: Uint8Array): void {
    this.#stepping.requireRest();
    const { moment, past, state, ...people } = readSnapshot(snapshot);
    requireSame(people, this.#snapshotPeople);
    const { seed } = moment;
    const engine = seed === this.seed ? this.#engine : this.#populate(this.agents, firstMoment(this.#space, seed));
    engine.restore(state);
    this.#engine = engine;
    this.#decider.resume(past);
    this.#clock.moment = moment;
    this.#stepping.mend();
  }

  /**
   * This run from the coming tick on in another world of the same shape, such as that of other parameters: the same people
   * in the same state under the same policy, with the same random numbers, and other laws from then on. This run stays as
   * it is.
   * @throws {UnderstudyError} SIMULATION_SHAPE for a world of another shape, saying what differs; SIMULATION_ARGUMENT if a
   *   step is under way, SIMULATION_THREAD if a tick broke off half-way
   */
  continueIn(scenario: Scenario): Simulation {
    this.#stepping.requireRest();
    this.#stepping.requireWhole();
    requireSameShape(this.scenario, scenario);
    const next = new Simulation({
      ...{ scenario, policy: this.policy, agents: this.agents, seed: this.seed },
      ...{ onFailure: this.#onFailure, cohorts: this.#cohorts, people: this.#people, network: this.#networkChoice },
    });
    next.#engine.restore(Buffer.concat([...this.#engine.columns]));
    for (const { policy, only } of this.canaries) next.swap(policy, only);
    next.#decider.resume(this.#decider.past);
    const { moment } = this.#clock;
    next.#clock.moment = { ...moment, history: sha256(`${moment.history} ${hashOfScenario(scenario)}\n`) };
    return next;
  }

  get seed(): number {
    return this.#clock.moment.seed;
  }

  get agents(): number {
    return this.#engine.agents;
  }

  /** The tick that the next step plays. */
  get tick(): number {
    return this.#clock.moment.tick;
  }

  /** The network in which agents are neighbours, if they are. */
  get network(): NetworkFacts | undefined {
    const { network } = this.#engine;
    return network && factsOf(this.#network!.id, network);
  }

  get policy(): Policy {
    return this.#decider.policy;
  }

  /** The parts of the population for which other policies decide, in the order in which they began. */
  get canaries(): readonly Canary[] {
    return this.#decider.canaries;
  }

  get swaps(): readonly SwapEntry[] {
    return this.#decider.swaps;
  }

  /** The world at the tick to be played. */
  get world(): Readonly<Record<string, Level>> {
    return this.#clock.world;
  }

  /** Levels of the crowd factors at the tick to be played, shape [crowd places]. */
  get crowdLevels(): Int32Array {
    return this.#clock.moment.crowd.levels;
  }

  /** The crowd factors at the tick to be played. */
  get crowd(): Readonly<Record<string, CrowdLevels>> {
    return this.#clock.crowd;
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
    return this.#singles.masks(this.#clock.times);
  }

  /** What everybody observes at the tick to be played: each set of phrases once, and which of them each agent does. */
  get observing(): Observing {
    return this.#singles.observing(this.#clock.times);
  }

  /** Shape [agents]: levels of an agent factor, by their index, at the tick to be played. A copy. */
  levels(factor: string): Uint8Array {
    return this.population.levels(this.scenario.agent.findIndex(({ name }) => name === factor));
  }

  /**
   * Before a tick: where agents are who are in the same state in a run of the same people, see the same there and may do the
   * same.
   * @param into written: shape [agents], the situation's row plus 1; 0 for agents who are elsewhere there
   */
  agreement(twin: Simulation, into: Uint32Array): Situated {
    return this.#singles.agreement(this.#clock.times, twin.#singles, twin.#clock.times, into);
  }

  /** Of cohorts: the least share of agents that has to be in another state to be distributed as in a run of the same people. */
  cellsApart(twin: Simulation): number {
    const [own, other] = [this.#engine, twin.#engine];
    if (own instanceof Cohorts && other instanceof Cohorts) return own.apart(other);
    throw new UnderstudyError('SIMULATION_ARGUMENT', 'single agents are compared one by one, not as counts');
  }

  /** Who decides for each agent in the tick to be played: the policies, and of single agents, which of them for each. */
  get deciding(): { readonly memos: readonly AskedOnce[]; readonly of?: Uint8Array } {
    const { arms } = this.#decider;
    const memos = arms.map(({ memo }) => memo);
    return this.#cohorts ? { memos } : { memos, of: this.#singles.armOf(arms) };
  }

  /** Agents that took another action in the last tick than they did in a run of the same people. */
  differing(twin: Simulation): number {
    return this.population.differing(twin.population);
  }

  /**
   * Another policy decides from the coming tick on; while a step is under way, from the one after it.
   * @param only for whom: a share of the agents, or those who carry some traits (a canary). Of two canaries, the one that
   *   begins later decides for whoever is in both. Default: everybody, and whatever canaries there are end
   * @throws {UnderstudyError} SIMULATION_ARGUMENT for a share that is not one or of a run of cohorts, or unknown traits
   */
  swap(policy: Policy, only?: Selection): void {
    if (only && this.#cohorts && 'share' in only) requireSingles(only);
    this.#decider.swap(policy, only);
  }

  /**
   * The agents of a canary go back to the policy of the moment from the coming tick on.
   * @param reason stands in the log of swaps
   * @throws {UnderstudyError} SIMULATION_ARGUMENT if there is no such canary
   */
  rollBack(only: Selection, reason: string): void {
    this.#decider.rollBack(only, reason);
  }

  /** What the policy of the moment and each canary have to decide in the tick to be played, in this order. */
  observedByArm(): Observed[] {
    const { arms } = this.#decider;
    return arms.length > 1 ? this.#engine.observedByArm(this.#clock.times, arms) : [this.observed()];
  }

  /**
   * Asks a policy what it was not asked yet in this run. What a policy that decides is asked here counts for the tick to be
   * played.
   */
  async consult(policy: Policy, masks: Iterable<number>, options: StepOptions = {}): Promise<AskedOnce> {
    const memo = this.#decider.consult(policy);
    await this.#decider.ask(memo, masks, options);
    return memo;
  }

  /** Distinct observations of the tick to be played, and how many agents make each. */
  observed(): Observed {
    return this.#engine.observed(this.#clock.times);
  }

  /**
   * Plays the coming tick. If it is aborted or the policy fails, the run stays where it was and can go on.
   * @throws {UnderstudyError} SIMULATION_UNANSWERED if the policy leaves an observation open and onFailure is `stop`,
   *   SIMULATION_DECISION if what it answers is not a distribution, SIMULATION_ARGUMENT if a step is under way,
   *   SIMULATION_THREAD if a thread fails in the middle of the tick: the run can be reset or restored then
   */
  async step(options: StepOptions = {}): Promise<TickRecord> {
    const [record] = await Simulation.stepTogether([[this, options]]);
    return record!;
  }

  /**
   * Plays the coming tick of several runs: everything is decided in all of them before anybody acts in one, so that if a
   * policy fails or is aborted, all stay where they were.
   * @throws {UnderstudyError} as `step` does
   */
  static async stepTogether(runs: readonly (readonly [Simulation, StepOptions?])[]): Promise<TickRecord[]> {
    for (const [run] of runs) {
      run.#stepping.requireRest();
      run.#stepping.requireWhole();
    }
    for (const [run] of runs) run.#stepping.begin();
    try {
      const plays: (() => TickRecord)[] = [];
      for (const [run, options] of runs) plays.push(await run.#prepare(options ?? {}));
      const records = plays.map((play) => play());
      for (const [run] of runs) await run.#stepping.breathe();
      return records;
    } finally {
      for (const [run] of runs) run.#stepping.end();
    }
  }

  /** @throws {UnderstudyError} SIMULATION_ARGUMENT for an agent that does not exist */
  agentAt(agent: number): AgentView {
    return viewOf(this.#space, this.population, agent, this.#clock.moment);
  }

  /** Level index of one agent factor in a joint code. */
  levelOf(code: number, factor: string): number {
    return levelOf(this.#space, code, factor);
  }

  /** SHA-256 over seed, tick, world, everybody's traits and state, and every tick's counts; equal for equal runs. */
  stateHash(): string {
    const { seed, tick, world, crowd, history } = this.#clock.moment;
    const hash = createHash('sha256');
    const network = this.network ? ` ${this.network.sha256}` : '';
    hash.update(`${history} ${this.scenario.id} ${seed} ${tick} ${this.agents}${network}\n`);
    for (const column of [world, crowd.levels, crowd.totals, ...this.#engine.columns])
      hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
    return hash.digest('hex');
  }

  #populate(agents: number, { seed, world }: Moment): Engine {
    if (this.#cohorts) return new Cohorts(this.#space, agents, seed, world, this.#people);
    const network = this.#network?.draw(agents, seed);
    return new Agents(this.#space, agents, seed, world, {
      people: this.#people,
      plans: this.#plans,
      ...(network && { network }),
    });
  }

  get #snapshotPeople(): SnapshotPeople {
    return {
      scenario: this.scenario.id,
      sha256: hashOfScenario(this.scenario),
      engine: this.#cohorts ? 'cohorts' : 'agents',
      agents: this.agents,
      people: this.#people,
      ...(this.#network && { network: this.#network.id }),
    };
  }

  get #singles(): Agents {
    if (this.#engine instanceof Agents) return this.#engine;
    throw new UnderstudyError('SIMULATION_ARGUMENT', 'a run of cohorts has counts and no single agents');
  }

  /** Has everything decided. @returns what plays the tick, once */
  async #prepare(options: StepOptions): Promise<() => TickRecord> {
    const { times } = this.#clock;
    const { arms, play } = await this.#engine.prepare(times, this.#decider, options);
    const [{ policy }, ...canaries] = arms as [PlayedArm, ...PlayedArm[]];
    return () => {
      const { tick } = times;
      const { world, crowd } = this.#clock;
      try {
        const played = play();
        this.#clock.advance(times, played);
        const asked = this.#decider.played(tick, arms);
        return tickRecord(this.scenario, { tick, world, crowd, policy, canaries, asked }, played);
      } catch (error) {
        this.#stepping.breakOff(tick, error);
        throw error;
      }
    };
  }
}
