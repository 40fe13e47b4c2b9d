import { type Observable, Subject } from 'rxjs';
import { UnderstudyError } from '../../env/error.ts';
import type { Command, Health, Hello, Status } from '../protocol.ts';
import { Cast, type CastOptions, type Member, messageOf } from './cast.ts';
import { Clock } from './clock.ts';
import { Comparison } from './comparison.ts';
import { History } from './history.ts';
import { Explanations, Inspector } from './inspector.ts';
import { LiveRun } from './live-run.ts';
import { Rebuild, sceneStatus } from './rebuild.ts';
import { recordTown } from './town-recording.ts';
import { ViewerSession } from './viewer-session.ts';

export interface StageOptions extends Omit<CastOptions, 'onChange'> {
  readonly agents: number;
  readonly seed: number;
  /** Where the runs are kept; default: one of its own. */
  readonly history?: History;
  /** A run that plays pauses after a tick in which more than this share of agents got no answer; 1 for never. Default .1. */
  readonly pauseAboveFailures?: number;
}

/** The run with everything that people do to it: the clock, the cast, the comparison and who watches. */
export class Stage {
  readonly run: LiveRun;
  readonly cast: Cast;
  readonly #clock: Clock;
  readonly #comparison: Comparison;
  readonly #explanations: Explanations;
  readonly #rebuild: Rebuild;
  readonly #log?: (line: string) => void;
  readonly #pauseAbove: number;
  /** Who plays on although many get no answer, because somebody said so. */
  #tolerated?: Member;
  readonly #changed: Subject<void>;
  readonly #sessions = new Set<ViewerSession>();
  #asking?: { done: number; of: number };
  #problem?: string;

  private constructor(cast: Cast, changed: Subject<void>, options: StageOptions) {
    const { scenario, agents, seed, log, history = new History(), pauseAboveFailures = 0.1 } = options;
    this.#pauseAbove = pauseAboveFailures;
    this.cast = cast;
    this.#changed = changed;
    this.#log = log;
    this.#comparison = new Comparison({
      cast,
      actions: scenario.actions.length,
      onChange: (ticks) => {
        this.run.touch(ticks);
        changed.next();
      },
    });
    this.run = new LiveRun(scenario, agents, seed, cast.ready(cast.first.name), this.#comparison, history);
    this.#rebuild = new Rebuild(history);
    this.#explanations = new Explanations(cast, this.run);
    this.#comparison.hold(this.run.inCharge === cast.teacher);
    this.#clock = new Clock({
      advance: (signal) => this.#advance(signal),
      onChange: () => changed.next(),
      onFailure: (error) => this.#fail(error),
    });
  }

  static async open(options: StageOptions): Promise<Stage> {
    const changed = new Subject<void>();
    const opened: { stage?: Stage } = {};
    const cast = await Cast.open({
      ...options,
      onChange: () => {
        if (opened.stage) opened.stage.#membersChanged();
        changed.next();
      },
    });
    opened.stage = new Stage(cast, changed, options);
    return opened.stage;
  }

  #membersChanged(): void {
    this.#comparison.nudge();
    this.#refreshInspectors();
  }

  /** Something that viewers see has changed. */
  get changes(): Observable<void> {
    return this.#changed;
  }

  /** Tells every viewer how things are. */
  announce(): void {
    this.#changed.next();
  }

  /** A viewer comes to watch, with or without control. */
  enter(control = true): ViewerSession {
    const changed = () => this.#changed.next();
    const session = new ViewerSession(
      this.run,
      this.#rebuild,
      () => this.status(),
      (view, onChange) => new Inspector(this.cast, view, this.#explanations, { control, onChange }),
      changed,
    );
    this.#sessions.add(session);
    return session;
  }

  leave(session: ViewerSession): void {
    session.inspector.look(null);
    this.#sessions.delete(session);
    this.#changed.next();
  }

  /**
   * Another run goes on from a tick of one that is kept, in the same world, on the same random numbers.
   * @throws {UnderstudyError} SERVE_COMMAND for a policy that cannot take over, SERVE_PAST as Rebuild does
   */
  async fork(run: number, tick: number, policy: string): Promise<void> {
    const member = this.cast.ready(policy);
    this.#clock.pause();
    const state = await this.#rebuild.stateBefore(run, tick);
    this.#clock.pause();
    this.#problem = undefined;
    this.#tolerated = undefined;
    this.run.fork(this.run.history.find(run)!, tick, state, member);
    this.#comparison.hold(member === this.cast.teacher);
    this.#refreshInspectors();
  }

  /** A run for a page without a server. @throws as recordTown */
  record(run: number, hello: Hello): Promise<Uint8Array> {
    const recording = this.run.history.require(run);
    return recordTown({ hello, status: this.status(), recording, rebuild: this.#rebuild, cast: this.cast });
  }

  /** @throws {UnderstudyError} SERVE_COMMAND for a policy that cannot take over, or a clock that has run out */
  command(command: Exclude<Command, { do: 'fork' }>): void {
    const { run } = this;
    const clock = this.#clock;
    const comparison = this.#comparison;
    if ((command.do === 'play' || command.do === 'step') && run.ended)
      throw new UnderstudyError('SERVE_COMMAND', `the run has ended after ${run.scenario.horizon} ticks; restart it`);
    switch (command.do) {
      case 'play':
        this.#problem = undefined;
        if (run.failures.alarm?.pausedAbove !== undefined) this.#tolerated = run.inCharge;
        run.failures.settle();
        clock.play();
        break;
      case 'step':
        this.#problem = undefined;
        clock.step();
        break;
      case 'pause':
        clock.pause();
        break;
      case 'speed':
        clock.setSpeed(command.ticksPerSecond);
        break;
      case 'swap':
        this.#swap(command.policy);
        break;
      case 'restart': {
        const next = command.policy === undefined ? undefined : this.cast.ready(command.policy);
        this.#problem = undefined;
        this.#tolerated = undefined;
        clock.pause();
        if (next) this.#swap(next.name);
        run.restart(command.seed);
        this.#refreshInspectors();
        if (command.play) clock.play();
        break;
      }
      case 'compare':
        if (this.cast.teacher.state === 'ready') this.cast.teacher.problem = undefined;
        comparison.on = command.on;
        this.announce();
    }
  }

  status(): Status {
    const { run, cast } = this;
    const clock = this.#clock;
    const comparison = this.#comparison;
    const { shown, inCharge } = run;
    const background = comparison.asking;
    return {
      run: run.run,
      seed: run.seed,
      ticks: run.ticks,
      past: null,
      clock: this.#clockState(),
      playing: clock.playing,
      ...sceneStatus(run),
      ageMs: performance.now() - shown.at,
      speed: clock.speed,
      rate: clock.rate,
      policy: inCharge.name,
      policies: cast.status(),
      asking: [
        ...(this.#asking ? [{ policy: inCharge.name, why: 'tick' as const, ...this.#asking }] : []),
        ...(background ? [{ policy: cast.teacher.name, why: 'comparison' as const, ...background }] : []),
      ],
      compare: comparison.on,
      teacherKnows: cast.teacher.policy?.answered ?? 0,
      ...(this.#problem && { problem: this.#problem }),
      failures: run.failures.table(cast.members, inCharge.name),
      ...(run.failures.alarm && { alarm: run.failures.alarm }),
      viewers: this.#sessions.size,
    };
  }

  health(version: string): Health {
    const { policy, clock, seed } = this.status();
    const { scenario, agents, ticks } = this.run;
    const teacher = this.cast.status().find(({ name }) => name === this.cast.teacher.name)!;
    return {
      ok: true,
      name: 'understudy',
      version,
      scenario: scenario.id,
      agents,
      seed,
      tick: ticks,
      clock,
      policy,
      teacher,
      viewers: this.#sessions.size,
    };
  }

  async close(): Promise<void> {
    this.run.finish();
    await this.#clock.close();
    await this.#comparison.close();
    this.#changed.complete();
    await this.cast.close();
  }

  #clockState(): Status['clock'] {
    if (this.#asking) return 'asking';
    if (this.run.ended) return 'ended';
    return this.#clock.playing ? 'playing' : 'paused';
  }

  /** A tick that is under way is begun anew under the other policy; what was answered for it is kept. */
  #swap(name: string): void {
    const member = this.cast.ready(name);
    if (member === this.run.inCharge) return;
    this.#problem = undefined;
    this.#tolerated = undefined;
    this.run.failures.forget();
    member.problem = undefined;
    this.run.swap(member);
    this.#comparison.hold(member === this.cast.teacher);
    this.#clock.renew();
  }

  async #advance(signal: AbortSignal): Promise<boolean> {
    const { inCharge } = this.run;
    // A student answers within the tick; a teacher takes its time and says how far it is.
    const onAsking =
      inCharge.role === 'teacher'
        ? (done: number, of: number) => {
            if (signal.aborted) return;
            this.#asking = { done, of };
            this.#changed.next();
          }
        : undefined;
    try {
      const more = await this.run.advance(signal, onAsking);
      inCharge.problem = undefined;
      this.#pauseIfUnanswered(inCharge);
      this.#refreshInspectors();
      return more;
    } finally {
      this.#asking = undefined;
    }
  }

  /** A run whose policy leaves too many without an answer is no run of that policy: it goes on only if somebody says so. */
  #pauseIfUnanswered(decided: Member): void {
    const { failures } = this.run;
    if (!this.#clock.playing || failures.share <= this.#pauseAbove || this.#tolerated === decided) return;
    failures.paused(this.#pauseAbove);
    this.#clock.pause();
  }

  #fail(error: unknown): void {
    const { inCharge } = this.run;
    const reason = messageOf(error);
    inCharge.problem = reason;
    this.#problem = `${inCharge.name} could not decide: ${reason}. The run is paused where it was; play to ask again, or let another policy take over.`;
    this.#log?.(`${inCharge.name}: ${reason}`);
  }

  #refreshInspectors(): void {
    for (const { inspector } of this.#sessions) inspector.refresh();
    this.#changed.next();
  }
}
