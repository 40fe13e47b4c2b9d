import { UnderstudyError } from '../../env/error.ts';
import { levelOnStage } from '../../env/on-stage.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { AskedOnce } from '../../policies/asked-once.ts';
import { requireSelection, type Selection, wordsOf } from '../../sim/engine/selection.ts';
import type { NetworkChoice } from '../../sim/network.ts';
import { requireSameShape } from '../../sim/same-shape.ts';
import { Simulation } from '../../sim/simulation.ts';
import type { TickRecord } from '../../sim/tick-record.ts';
import { PLACE_LIMIT } from '../frame.ts';
import type { Hello } from '../protocol/hello.ts';
import type { CanaryOver } from '../protocol/policies.ts';
import type { Point } from '../protocol/runs.ts';
import { Canary, type Deciders } from './canary.ts';
import type { Member } from './cast.ts';
import type { Comparison } from './comparison.ts';
import { Failures } from './failures.ts';
import { History, type Recording } from './history.ts';
import { frames, type Look, lookAt } from './look.ts';
import type { Twin } from './twin.ts';

/** A policy that can decide now. */
export type Ready = Member & { policy: AskedOnce };

/** A run at the tick that somebody looks at: the present, or one that was. */
export interface View {
  readonly scenario: Scenario;
  readonly agents: number;
  readonly run: number;
  readonly seed: number;
  /** Who knows whom, if that is not the scenario's to say. */
  readonly network?: NetworkChoice | undefined;
  readonly shown: Shown;
  /** The trait sets of the people of the run. */
  readonly traitSets: Uint32Array;
  /** Whether the tick on show is over, so that nobody is asked about it any more. */
  readonly past: boolean;
  /** Levels of an agent's own factors in the tick on show, in words. */
  stateOf(agent: number): Record<string, string>;
}

/** The tick on show: the population as it decided, and once the tick is played also what it did. */
export interface Shown extends Look {
  readonly played: boolean;
  readonly actions?: Uint8Array;
  /** Who decided, a canary's agents excepted; and for one of all agents. */
  readonly decidedBy?: Ready;
  readonly deciderOf?: (agent: number) => Ready;
  /** Who decided for a canary's agents, and for whom, in words. */
  readonly canary?: { readonly member: Ready; readonly who: string };
  /** P of an action at a row of `distinct`, as it was decided then; NaN if there was none. */
  readonly probability?: (row: number, action: number) => number;
  /** performance.now() when it came. */
  readonly at: number;
  frame(form: { key: boolean; traitSets: boolean }): Uint8Array;
}

/** A point of the charts with its place in the order of changes. */
interface Kept {
  readonly point: Omit<Point, keyof ReturnType<Comparison['at']>>;
  /** Of a tick that another run had played before this one forked from it. */
  readonly compared?: ReturnType<Comparison['at']>;
  version: number;
}

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
  #kept: Kept[] = [];
  #current: Shown;
  #recording: Recording;
  #versions = 0;
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
    this.places = placesOf(scenario);
    if (this.places.length > PLACE_LIMIT)
      throw new UnderstudyError(
        'SERVE_SCENARIO',
        `the map of ${scenario.id} has ${this.places.length} places, the viewer shows at most ${PLACE_LIMIT}`,
      );
    this.#simulation = this.#begin(seed, scenario);
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
      await this.#canary?.ask(this.#simulation, this.#member, signal, () => this.comparison.tell());
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
    this.#kept.push({
      point: {
        tick: record.tick,
        policy: member.name,
        counts: [...record.counts],
        measures: [...Object.values(record.measures), record.reward],
        meanP: record.decided > 0 ? record.meanProbability.map(share) : null,
        distinct: record.distinct,
        failed: record.failed,
      },
      version: ++this.#versions,
    });
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
      ...{ member, only },
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
    this.#kept = [];
    this.failures.clear();
    this.comparison.clear();
    this.#simulation = this.#begin(seed);
    this.#recording = this.#record();
    this.#current = showAt(this.#simulation, this.run);
  }

  /**
   * Goes on from a tick of a run, with that run's random numbers, as another run: the tick is decided anew.
   * @param state the population before that tick
   */
  fork(from: Recording, tick: number, state: Uint8Array, member: Ready): void {
    const simulation = new Simulation({
      ...{ scenario: this.scenario, policy: member.policy, agents: this.agents, seed: from.seed },
      onFailure: 'skip',
      network: this.network,
    });
    simulation.restore(state);
    this.#coming = undefined;
    this.loseCanary(this.#canary, 'forked');
    this.finish();
    this.#member = member;
    this.#kept = from.points.slice(0, tick).map(({ gap, gapBounds, coverage, student, ...point }) => ({
      ...{ point, compared: { gap, gapBounds, coverage, student } },
      version: ++this.#versions,
    }));
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
    for (const tick of ticks) {
      const kept = this.#kept[tick];
      if (kept) kept.version = ++this.#versions;
    }
  }

  /** Points that have changed after a version, and the version that the run is at. */
  pointsSince(version: number): { points: Point[]; version: number } {
    return {
      points: this.#kept
        .filter((kept) => kept.version > version)
        .map(({ point, compared }) => ({ ...point, ...(compared ?? this.comparison.at(point.tick)) })),
      version: this.#versions,
    };
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

  #begin(seed: number, scenario = this.scenario): Simulation {
    // An agent that the policy gives no probability for takes the default action; how many did is on the charts.
    return new Simulation({
      scenario,
      policy: this.#member.policy,
      agents: this.agents,
      seed,
      onFailure: 'skip',
      network: this.network,
    });
  }

  /** The trait sets of the people of the run. */
  get traitSets(): Uint32Array {
    return this.#simulation.traitSets;
  }
}

/**
 * The population at a tick.
 * @param played the tick that has just been played: the population before it, who decided, and what had no answer then if
 *   it has one now; otherwise the coming one
 */
export function showAt(
  simulation: Simulation,
  run: number,
  played?: {
    readonly before: Look;
    readonly deciders: Deciders;
    readonly unanswered?: readonly (ReadonlySet<number> | undefined)[];
  },
): Shown {
  const look = played?.before ?? lookAt(simulation);
  const actions = played && simulation.actions;
  const { tick, world, crowd, places, observed, distinct, arms, traitSets } = look;
  const canary = played?.deciders.canary;
  const members = played && [played.deciders.member, played.deciders.canary?.member ?? played.deciders.member];
  const armOf = (row: number) => arms?.[row] ?? 0;
  const acted = actions && { actions, probability: answersThen(look, members!, played.unanswered) };
  return {
    ...{ tick, world, crowd, places, observed, distinct, traitSets },
    ...(arms && { arms }),
    ...{ played: played !== undefined, actions, decidedBy: played?.deciders.member, at: performance.now() },
    ...(canary && { canary: { member: canary.member, who: wordsOf(canary.only) } }),
    ...(members && { deciderOf: (agent: number) => members[armOf(observed[agent]!)]! }),
    ...(acted && { probability: acted.probability }),
    frame: frames(simulation.scenario, { run, traitSetCount: simulation.traitSets.length }, look, acted),
    get masks() {
      return look.masks;
    },
    get codes() {
      return look.codes;
    },
  };
}

/** What the policies answered, without what they answered only later. */
const answersThen =
  (
    { distinct, arms }: Look,
    members: readonly Ready[],
    unanswered: readonly (ReadonlySet<number> | undefined)[] = [],
  ): NonNullable<Shown['probability']> =>
  (row, action) => {
    const [mask, arm] = [distinct[row]!, arms?.[row] ?? 0];
    return unanswered[arm]?.has(mask) ? Number.NaN : members[arm]!.policy.probability(mask, action);
  };

/** Levels of the agent factors in a joint code, in words. */
export const stateInWords = (simulation: Simulation, code: number): Record<string, string> =>
  Object.fromEntries(
    simulation.scenario.agent.map(({ name, levels }) => [
      name,
      levelOnStage(simulation.scenario, name, levels[simulation.levelOf(code, name)]!),
    ]),
  );

/** Rounding can leave a mean just outside 0 to 1. */
const share = (p: number) => Math.min(1, Math.max(0, p));

/** Places in the order of the map factor's levels; a single nameless one if there is no map. */
export function placesOf(scenario: Scenario): Hello['scenario']['places'] {
  const { map, agent, staging } = scenario;
  if (!map) return [{ name: '', label: '', x: 0.5, y: 0.5 }];
  const factor = agent.find(({ name }) => name === map.factor)!;
  return factor.levels.map((level) => {
    const [x, y] = map.places[String(level)]!;
    const { drawing, green } = staging?.places[String(level)] ?? {};
    return {
      ...{ name: String(level), label: levelOnStage(scenario, map.factor, level), x, y },
      ...(drawing && { drawing: [...drawing] }),
      ...(green && { green }),
    };
  });
}
