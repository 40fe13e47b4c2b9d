import { UnderstudyError } from '../../env/error.ts';
import type { Scenario } from '../../env/scenario.ts';
import { isSameSelection, wordsOf } from '../../sim/engine/selection.ts';
import type { NetworkChoice } from '../../sim/network.ts';
import type { Simulation } from '../../sim/simulation.ts';
import { readSnapshot, writeSnapshot } from '../../sim/snapshot.ts';
import type { Point, RunInfo } from '../protocol/runs.ts';
import type { Ready } from './cast.ts';
import type { Deciders } from './shown.ts';

/** Ticks between two snapshots of a run, as long as there is memory for them. */
const EVERY = 8;

/** Bytes of snapshots that are kept in all. */
const BUDGET_BYTES = 256 * 2 ** 20;

/** Runs that are kept, the one that is played among them. */
const RUNS = 20;

/** Where a run began: anew, or at a tick of another. */
export interface Origin {
  readonly recording: Recording;
  readonly tick: number;
}

export interface Beginning {
  readonly scenario: Scenario;
  readonly agents: number;
  readonly seed: number;
  /** Who are neighbours, if that is not the scenario's to say. */
  readonly network?: NetworkChoice;
  /** In charge at first. */
  readonly member: Ready;
  readonly from?: Origin;
  /** What came of the ticks played so far. */
  readonly points: () => readonly Point[];
}

/**
 * All that it takes to show any tick of a run again, exactly as it was: the population every few ticks, who decided
 * when, and which observations had no answer then. The answers themselves are in the memos of those who gave them.
 */
export class Recording {
  readonly run: number;
  /** The world that the run began in; it may have gone on in others of the same shape. */
  readonly scenario: Scenario;
  readonly agents: number;
  readonly seed: number;
  readonly network?: NetworkChoice;
  readonly from?: { readonly run: number; readonly tick: number };
  /** The first tick that was decided here. */
  readonly #first: number;
  /** By tick: the population before it. */
  readonly #snapshots = new Map<number, Uint8Array>();
  /** Who decided from a tick on, in the order of ticks. */
  readonly #reigns: Reign[] = [];
  /** Why the canary of the last reign goes back, until another reign begins. */
  #reason = '';
  /** By tick: observations that had no answer, of the policy of the moment and of a canary. */
  readonly #unanswered = new Map<number, readonly ReadonlySet<number>[]>();
  /** The worlds that the run went on in, from a tick on, in the order of ticks. */
  readonly #worlds: { readonly tick: number; readonly scenario: Scenario }[] = [];
  readonly #onChange: () => void;
  #points: () => readonly Point[];
  #every = EVERY;
  #ticks: number;

  constructor(
    run: number,
    { scenario: present, agents, seed, network, member, from, points }: Beginning,
    onChange: () => void,
  ) {
    this.run = run;
    const scenario = from?.recording.scenario ?? present;
    this.scenario = scenario;
    this.agents = agents;
    this.seed = seed;
    if (network !== undefined) this.network = network;
    this.#onChange = onChange;
    this.#points = points;
    this.#first = from?.tick ?? 0;
    this.#ticks = this.#first;
    if (!from) {
      this.#reigns.push({ tick: 0, member });
      return;
    }
    // What both have in common stands once.
    const { recording, tick } = from;
    this.from = { run: recording.run, tick };
    this.#every = recording.#every;
    for (const [at, snapshot] of recording.#snapshots) if (at <= tick) this.#snapshots.set(at, snapshot);
    for (const [at, masks] of recording.#unanswered) if (at < tick) this.#unanswered.set(at, masks);
    this.#reigns.push(...recording.#reigns.filter((reign) => reign.tick < tick));
    this.#worlds.push(...recording.#worlds.filter((world) => world.tick <= tick));
    if (!isSameReign(this.#reigns.at(-1), { member })) this.#reigns.push({ tick, member });
  }

  /** Ticks played. */
  get ticks(): number {
    return this.#ticks;
  }

  get points(): readonly Point[] {
    return this.#points();
  }

  get info(): RunInfo {
    return {
      run: this.run,
      seed: this.seed,
      agents: this.agents,
      parameters: Object.fromEntries(
        Object.entries(this.scenario.parameters).map(([name, { value }]) => [name, value]),
      ),
      ticks: this.#ticks,
      policies: this.#reigns
        .filter(({ member }, i) => member.name !== this.#reigns[i - 1]?.member.name)
        .map(({ tick, member }) => ({ tick, policy: member.name })),
      changes: this.#worlds.map(({ tick, scenario }, i) => ({
        tick,
        parameters: changedParameters(this.#worlds[i - 1]?.scenario ?? this.scenario, scenario),
      })),
      canaries: this.#reigns.flatMap((reign, i) => canaryNews(reign, this.#reigns[i - 1])),
      from: this.from ?? null,
    };
  }

  /** Keeps the population before the coming tick, if it is time for that. */
  keep(simulation: Simulation): void {
    const { tick } = simulation;
    if (this.#snapshots.has(tick) || (tick !== this.#first && tick % this.#every !== 0)) return;
    const { past, ...snapshot } = readSnapshot(simulation.snapshot());
    this.#snapshots.set(tick, writeSnapshot({ ...snapshot, past: { ...past, answers: new Map() } }));
    this.#onChange();
  }

  /** @param masks observations of the tick by who decided there, the canary last, if some of them had no answer */
  decided(tick: number, deciders: Deciders, masks: readonly Uint32Array[]): void {
    this.#ticks = tick + 1;
    if (masks.length > 0) {
      const policies = [deciders.member.policy, deciders.canary?.member.policy];
      this.#unanswered.set(
        tick,
        masks.map((own, arm) => new Set(own.filter((mask) => policies[arm]!.outcome(mask) !== 'ok'))),
      );
    }
    const last = this.#reigns.at(-1)!;
    const reason = this.#reason;
    this.#reason = '';
    if (isSameReign(last, deciders)) return;
    if (last.tick === tick) this.#reigns.pop();
    if (!isSameReign(this.#reigns.at(-1), deciders))
      this.#reigns.push({ tick, ...deciders, ...(reason && !deciders.canary && { reason }) });
    this.#onChange();
  }

  /** The canary goes back before the coming tick. */
  calledBack(reason: string): void {
    this.#reason = reason;
  }

  /** From the coming tick on the run goes on in another world of the same shape. */
  changed(tick: number, scenario: Scenario): void {
    // What was kept of a tick that broke off is of the world before.
    this.#snapshots.delete(tick);
    if (this.#worlds.at(-1)?.tick === tick) this.#worlds.pop();
    this.#worlds.push({ tick, scenario });
    this.#onChange();
  }

  /** The world that a tick is played in. */
  scenarioAt(tick: number): Scenario {
    return this.#worlds.findLast((world) => world.tick <= tick)?.scenario ?? this.scenario;
  }

  /** Who decided a tick. */
  decidersOf(tick: number): Deciders {
    return this.#reigns.findLast((reign) => reign.tick <= tick)!;
  }

  /** Observations of a tick that had no answer, by who decided there, the canary last; nothing if all had one. */
  unansweredAt(tick: number): readonly ReadonlySet<number>[] {
    return this.#unanswered.get(tick) ?? [];
  }

  /** The latest snapshot from which a tick can be reached; undefined before the first was kept. */
  snapshotBefore(tick: number): { readonly tick: number; readonly bytes: Uint8Array } | undefined {
    const at = Math.max(...[...this.#snapshots.keys()].filter((kept) => kept <= tick));
    const bytes = this.#snapshots.get(at);
    return bytes && { tick: at, bytes };
  }

  /** What came of it stays as it is. */
  finish(): void {
    const points = [...this.#points()];
    this.#points = () => points;
  }

  get snapshots(): Iterable<Uint8Array> {
    return this.#snapshots.values();
  }

  /** Keeps every other snapshot; false if only the first is left. */
  thin(): boolean {
    if (this.#snapshots.size < 2) return false;
    this.#every *= 2;
    for (const tick of this.#snapshots.keys())
      if (tick !== 0 && tick !== this.#first && tick % this.#every !== 0) this.#snapshots.delete(tick);
    return true;
  }
}

/** Who decides from a tick on. */
interface Reign extends Deciders {
  readonly tick: number;
  /** Why the canary of the one before went back, if it was called back by its bound. */
  readonly reason?: string;
}

function isSameReign(a: Deciders | undefined, b: Deciders): boolean {
  if (a?.member !== b.member || a.canary?.member !== b.canary?.member) return false;
  return !a.canary || isSameSelection(a.canary.only, b.canary!.only);
}

/** What became of the canary at the beginning of a reign. */
function canaryNews({ tick, canary, reason }: Reign, before: Reign | undefined): RunInfo['canaries'] {
  if (canary) {
    const same = before?.canary?.member.name === canary.member.name && isSameSelection(before.canary.only, canary.only);
    return same ? [] : [{ tick, policy: canary.member.name, who: wordsOf(canary.only), agents: canary.agents }];
  }
  const over = before?.canary;
  if (!over) return [];
  return [{ tick, policy: null, who: wordsOf(over.only), agents: over.agents, ...(reason && { reason }) }];
}

/** The values of the parameters that differ. */
function changedParameters(before: Scenario, after: Scenario): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after.parameters)
      .filter(([name, { value }]) => before.parameters[name]?.value !== value)
      .map(([name, { value }]) => [name, value]),
  );
}

export interface HistoryOptions {
  readonly runs?: number;
  readonly bytes?: number;
}

/** The runs of this session of the server: the latest, within a budget of memory. */
export class History {
  readonly #recordings: Recording[] = [];
  readonly #runs: number;
  readonly #bytes: number;
  #begun = 0;
  #dropped = 0;
  #version = 0;

  constructor({ runs = RUNS, bytes = BUDGET_BYTES }: HistoryOptions = {}) {
    this.#runs = runs;
    this.#bytes = bytes;
  }

  /** Moves whenever the list of runs says something else. */
  get version(): number {
    return this.#version;
  }

  /** Runs that are kept, the oldest first. */
  get recordings(): readonly Recording[] {
    return this.#recordings;
  }

  /** Runs that were let go. */
  get dropped(): number {
    return this.#dropped;
  }

  find(run: number): Recording | undefined {
    return this.#recordings.find((recording) => recording.run === run);
  }

  /** @throws {UnderstudyError} SERVE_PAST for a run that is not kept */
  require(run: number): Recording {
    const recording = this.find(run);
    if (recording) return recording;
    throw new UnderstudyError(
      'SERVE_PAST',
      run < this.#begun
        ? `run ${run + 1} is gone: this server keeps the latest ${this.#runs} runs, as far as its memory goes`
        : `there is no run ${run + 1} yet`,
    );
  }

  /** A run begins. */
  begin(beginning: Beginning): Recording {
    // Of a run in which nothing was played there is nothing to show.
    if (this.#recordings.at(-1)?.ticks === 0) this.#recordings.pop();
    const recording = new Recording(this.#begun++, beginning, () => this.#changed());
    this.#recordings.push(recording);
    if (this.#recordings.length > this.#runs) this.#drop();
    this.#changed();
    return recording;
  }

  #drop(): void {
    this.#recordings.shift();
    this.#dropped++;
  }

  #changed(): void {
    this.#version++;
    while (this.#size() > this.#bytes) {
      const heaviest = [...this.#recordings].sort((a, b) => sizeOf([...b.snapshots]) - sizeOf([...a.snapshots]))[0]!;
      if (heaviest.thin()) continue;
      if (this.#recordings.length === 1) return;
      this.#drop();
    }
  }

  /** Bytes of the snapshots, those that forks share counted once. */
  #size(): number {
    return sizeOf(new Set(this.#recordings.flatMap(({ snapshots }) => [...snapshots])));
  }
}

const sizeOf = (snapshots: Iterable<Uint8Array>) => {
  let bytes = 0;
  for (const { length } of snapshots) bytes += length;
  return bytes;
};
