import type { Scenario } from '../../env/scenario.ts';
import { requireSelection, type Selection, wordsOf } from '../../sim/engine/selection.ts';
import type { NetworkChoice } from '../../sim/network.ts';
import { requireSameShape } from '../../sim/same-shape.ts';
import { Simulation } from '../../sim/simulation.ts';
import type { TickRecord } from '../../sim/tick-record.ts';
import type { Hello } from '../protocol/hello.ts';
import type { CanaryOver } from '../protocol/policies.ts';
import type { Point } from '../protocol/runs.ts';
import { Canary } from './canary.ts';
import type { Member, Ready } from './cast.ts';
import type { Comparison } from './comparison.ts';
import { Failures } from './failures.ts';
import { History, type Recording } from './history.ts';
import { lookAt } from './look.ts';
import { placesOf } from './places.ts';
import { Points } from './points.ts';
import { type Deciders, type Shown, showAt, stateInWords, type View } from './shown.ts';
import type { Twin } from './twin.ts';

/** One population under a policy that can be swapped while people watch. */
export class LiveRun implements View {
  readonly agents: number;
  readonly comparison: Comparison;
  readonly failures = new Failures();
  readonly places: Hello['scenario']['places'];
  /** Who knows whom. */
  readonly network: NetworkChoice | undefined;
  readonly past = false;
  readonly history: History;
  #simulation: Simulation;
  #member: Ready;
  #canary?: Canary;
  #canaryOver?: CanaryOver;
  readonly #points: Points;
  #current: Shown;
  #recording: Recording;
  #underWay = 0;
  /** What waits for the end of the tick that is under way. */
  #coming: (() => void) | undefined;

  constructor(
    scenario: Scenario,
    agents: number,
    seed: number,
    member: Ready,
    comparison: Comparison,
    history = new History(),
    network?: NetworkChoice,
  ) {
    this.network = network;
    this.history = history;
    this.agents = agents;
    this.#member = member;
    this.comparison = comparison;
    this.#points = new Points(comparison);
    this.places = placesOf(scenario);
    this.#simulation = this.#simulate(scenario, seed, member);
    this.#recording = this.#record();
    this.#current = showAt(this.#simulation, this.run);
  }

  /** The world of the coming tick. */
  get scenario(): Scenario {
    return this.#simulation.scenario;
  }

  /** Counts restarts and forks. */
  get run(): number {
    return this.#recording.run;
  }

  get seed(): number {
    return this.#simulation.seed;
  }

  /** Equal for equal runs. */
  get stateHash(): string {
    return this.#simulation.stateHash();
  }

  get shown(): Shown {
    return this.#current;
  }

  get inCharge(): Ready {
    return this.#member;
  }

  /** A part of the agents under another policy, if there is one. */
  get canary(): Canary | undefined {
    return this.#canary;
  }

  /** How the last canary ended that nobody called back; until there is another. */
  get canaryOver(): CanaryOver | undefined {
    return this.#canaryOver;
  }

  /** Ticks played. */
  get ticks(): number {
    return this.#simulation.tick;
  }

  get ended(): boolean {
    return this.#simulation.tick >= this.scenario.horizon;
  }

  /**
   * Plays the coming tick and shows it; false once the horizon is reached.
   * @param twin plays it at the same time, and has been asked about it
   */
  async advance(signal: AbortSignal, onAsking?: (done: number, of: number) => void, twin?: Twin): Promise<boolean> {
    this.#underWay++;
    try {
      await this.#canary?.ask(this.#simulation, this.#member, signal);
      signal.throwIfAborted();
      return await this.#advance(signal, onAsking, twin);
    } finally {
      if (--this.#underWay === 0) {
        this.#coming?.();
        this.#coming = undefined;
      }
    }
  }

  /**
   * Goes on in another world of the same shape, from the next tick that is begun.
   * @param members who decides in it from then on in place of others of the same name
   * @throws {UnderstudyError} SIMULATION_SHAPE for a world in which it cannot go on
   */
  continueIn(scenario: Scenario, members: ReadonlyMap<Member, Member> = new Map()): void {
    requireSameShape(this.scenario, scenario);
    const change = () => {
      this.#simulation = this.#simulation.continueIn(scenario);
      const canary = this.#canary;
      const inCharge = members.get(this.#member);
      if (inCharge) this.swap(inCharge as Ready);
      if (canary) {
        canary.member = (members.get(canary.member) as Ready | undefined) ?? canary.member;
        this.#simulation.swap(canary.member.policy, canary.only);
        this.#canary = canary;
      }
      this.#recording.changed(this.ticks, scenario);
      // What agents see of a tick that is still to be played may be something else in this world.
      if (!this.#current.played) this.#current = showAt(this.#simulation, this.run);
    };
    if (this.#underWay === 0) change();
    else this.#coming = change;
  }

  async #advance(
    signal: AbortSignal,
    onAsking: ((done: number, of: number) => void) | undefined,
    twin: Twin | undefined,
  ): Promise<boolean> {
    if (this.ended) return false;
    const simulation = this.#simulation;
    const member = this.#member;
    const recording = this.#recording;
    const before = lookAt(simulation);
    const canary = this.#canary;
    const distinct = simulation.observed();
    const byArm = simulation.observedByArm();
    recording.keep(simulation);
    const other = twin && { twin, before: twin.begin() };
    const [record, twins] = (await Simulation.stepTogether([
      [simulation, { signal, onAsking }],
      ...(twin ? [[twin.simulation, { signal }] as const] : []),
    ])) as [TickRecord, TickRecord?];
    if (twins) other!.twin.played(other!.before, twins);
    if (simulation !== this.#simulation) return true; // restarted meanwhile
    const deciders: Deciders = { member, ...(canary && { canary: canary.deciders }) };
    recording.decided(record.tick, deciders, record.failed > 0 ? byArm.map(({ masks }) => masks) : []);
    this.#current = showAt(simulation, this.run, { before, deciders });
    this.#points.add(record, member.name);
    this.failures.add(
      record.tick,
      byArm.map((observed, arm) => ({ ...observed, decidedBy: arm === 0 ? member : canary!.member })),
    );
    const reason = canary?.played();
    if (canary && reason !== undefined && canary === this.#canary) {
      this.callBack(reason);
      this.#canaryOver = { policy: canary.member.name, who: wordsOf(canary.only), words: `It went back: ${reason}.` };
    }
    await this.comparison.add({ ...distinct, tick: record.tick, decidedBy: member });
    return !this.ended;
  }

  /** Decides from the coming tick on. */
  swap(member: Ready): void {
    this.#member = member;
    this.#canary = undefined;
    this.#simulation.swap(member.policy);
  }

  /**
   * Decides for a part of the agents from the coming tick on, in place of a canary that there is.
   * @throws {UnderstudyError} SIMULATION_ARGUMENT for traits that the scenario does not have
   */
  beginCanary(member: Ready, only: Selection, bound?: number): void {
    requireSelection(this.scenario, only);
    const before = this.#canary;
    if (before) this.callBack();
    this.#canaryOver = undefined;
    this.#simulation.swap(member.policy, only);
    this.#canary = new Canary(this.#simulation, {
      ...{ member, only, onChange: () => this.comparison.tell() },
      ...(bound !== undefined && { bound }),
      ...(before?.member === member && { before }),
    });
  }

  /** The agents of the canary go back to whoever is in charge, from the coming tick on. */
  callBack(reason = ''): void {
    const canary = this.#canary;
    if (!canary) return;
    this.#canary = undefined;
    this.#simulation.rollBack(canary.only, reason);
    this.#recording.calledBack(reason);
  }

  /** A canary is not taken along: people are told so. */
  loseCanary(canary: Canary | undefined, how: 'begun anew' | 'forked'): void {
    this.#canary = undefined;
    const words = `The run was ${how}, and a canary lives in one run only.`;
    this.#canaryOver = canary && { policy: canary.member.name, who: wordsOf(canary.only), words };
  }

  restart(seed: number): void {
    this.#coming = undefined;
    this.loseCanary(this.#canary, 'begun anew');
    this.finish();
    this.#points.beginWith([]);
    this.failures.clear();
    this.comparison.clear();
    this.#simulation = this.#simulate(this.scenario, seed, this.#member);
    this.#recording = this.#record();
    this.#current = showAt(this.#simulation, this.run);
  }

  /**
   * Goes on from a tick of a run, with that run's random numbers, as another run: the tick is decided anew.
   * @param state the population before that tick
   */
  fork(from: Recording, tick: number, state: Uint8Array, member: Ready): void {
    const simulation = this.#simulate(this.scenario, from.seed, member);
    simulation.restore(state);
    this.#coming = undefined;
    this.loseCanary(this.#canary, 'forked');
    this.finish();
    this.#member = member;
    this.#points.beginWith(from.points.slice(0, tick));
    this.failures.clear();
    this.comparison.clear();
    this.#simulation = simulation;
    this.#recording = this.#record({ recording: from, tick });
    this.#current = showAt(simulation, this.run);
  }

  /** What came of the run stays as it is. */
  finish(): void {
    this.#recording.finish();
  }

  /** These ticks' points are to be sent again. */
  touch(ticks: Iterable<number>): void {
    this.#points.touch(ticks);
  }

  /** Points that have changed after a version, and the version that the run is at. */
  pointsSince(version: number): { points: Point[]; version: number } {
    return this.#points.since(version);
  }

  /** Levels of an agent's own factors in the tick on show, in words. */
  stateOf(agent: number): Record<string, string> {
    return stateInWords(this.#simulation, this.#current.codes[agent]!);
  }

  #record(from?: { readonly recording: Recording; readonly tick: number }): Recording {
    return this.history.begin({
      ...{ scenario: this.scenario, agents: this.agents, seed: this.seed, member: this.#member },
      ...(this.network !== undefined && { network: this.network }),
      ...(from && { from }),
      points: () => this.pointsSince(-1).points,
    });
  }

  #simulate(scenario: Scenario, seed: number, { policy }: Ready): Simulation {
    const { agents, network } = this;
    // An agent that the policy gives no probability for takes the default action; how many did is on the charts.
    return new Simulation({ scenario, policy, agents, seed, network, onFailure: 'skip' });
  }

  /** The trait sets of the people of the run. */
  get traitSets(): Uint32Array {
    return this.#simulation.traitSets;
  }
}
