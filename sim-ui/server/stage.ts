import { type Observable, Subject } from 'rxjs';
import { UnderstudyError } from '../../env/error.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { NetworkChoice } from '../../sim/network.ts';
import { requireSameShape } from '../../sim/same-shape.ts';
import type { Acquainted, Life } from '../protocol/agents.ts';
import type { Command } from '../protocol/commands.ts';
import type { Hello, SelfDistance } from '../protocol/hello.ts';
import type { Health, Status } from '../protocol/status.ts';
import { Acquaintances, Turns } from './acquaintances.ts';
import { Cast, type CastOptions, type Member, messageOf, type Ready } from './cast.ts';
import { Clock } from './clock.ts';
import { Comparison } from './comparison.ts';
import { Contrast, type Contrasted } from './contrast.ts';
import { Finder } from './finder.ts';
import { History } from './history.ts';
import { Explanations, Inspector } from './inspector.ts';
import { LiveRun } from './live-run.ts';
import { Questions } from './questions.ts';
import { Rebuild, sceneStatus } from './rebuild.ts';
import { selfDistanceOf } from './self-distance.ts';
import type { View } from './shown.ts';
import { recordTown } from './town-recording.ts';
import { Twin } from './twin.ts';
import { ViewerSession } from './viewer-session.ts';

export interface StageOptions extends Omit<CastOptions, 'onChange'> {
  readonly agents: number;
  readonly seed: number;
  /** Who are neighbours. Default: the scenario's. */
  readonly network?: NetworkChoice;
  /** Where the runs are kept; default: one of its own. */
  readonly history?: History;
  /** A run that plays pauses after a tick in which more than this share of agents got no answer; 1 for never. Default .1. */
  readonly pauseAboveFailures?: number;
}

/** The run with everything that people do to it: the clock, the cast, the comparison and who watches. */
export class Stage {
  readonly run: LiveRun;
  readonly cast: Cast;
  readonly questions: Questions;
  /** How far the teacher lies from itself. */
  readonly selfDistance: SelfDistance;
  readonly #clock: Clock;
  readonly #comparison: Comparison;
  readonly #explanations: Explanations;
  readonly #rebuild: Rebuild;
  readonly #log?: (line: string) => void;
  readonly #pauseAbove: number;
  /** Who plays on although many get no answer, because somebody said so. */
  #tolerated?: Member;
  #toleratedTwin?: Twin;
  readonly #changed: Subject<void>;
  /** Those who are told something, with how many viewers they stand for. */
  readonly #sessions = new Map<ViewerSession, () => number>();
  readonly #finder = new Finder();
  readonly #acquaintances = new Acquaintances();
  readonly #turns = new Turns();
  /** Those whose page has the token. */
  readonly #controllers = new Set<ViewerSession>();
  #asking?: { done: number; of: number };
  #problem?: string;
  #twin?: Twin;
  #twinLost?: { readonly policy: string; readonly words: string };
  /** Counts what happened to the twin. */
  #twinVersion = 0;
  readonly #contrasts = { run: new Contrast(), twin: new Contrast() };

  private constructor(cast: Cast, changed: Subject<void>, selfDistance: SelfDistance, options: StageOptions) {
    const { scenario, agents, seed, network, log, history = new History(), pauseAboveFailures = 0.1 } = options;
    this.selfDistance = selfDistance;
    this.questions = new Questions(cast, scenario);
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
    this.run = new LiveRun(scenario, agents, seed, cast.ready(cast.first.name), this.#comparison, history, network);
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
    const { teacher } = cast;
    const selfDistance = await selfDistanceOf(options.workspace ?? '.', [
      teacher.name,
      ...(teacher.policy ? [teacher.policy.id] : []),
    ]);
    opened.stage = new Stage(cast, changed, selfDistance, options);
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

  /**
   * A viewer comes to watch, with or without control.
   * @param viewers how many look through its eyes; default: it alone
   */
  enter(control = true, viewers: () => number = () => 1): ViewerSession {
    const changed = () => this.#changed.next();
    const session = new ViewerSession(
      this.run,
      this.#rebuild,
      () => this.status(),
      this,
      (view, onChange) => new Inspector(this.cast, view, this.#explanations, { control, onChange }),
      changed,
      this.#finder,
      this.#turns,
    );
    this.#sessions.set(session, viewers);
    if (control) this.#controllers.add(session);
    return session;
  }

  leave(session: ViewerSession): void {
    session.inspector.look(null);
    session.close();
    this.#sessions.delete(session);
    this.#controllers.delete(session);
    this.#changed.next();
  }

  /** The run's twin, if it has one, and a number that changes with it. */
  get twin(): { readonly twin: Twin | undefined; readonly version: number } {
    return { twin: this.#twin, version: this.#twinVersion };
  }

  /**
   * Another policy lives the run a second time, on the same random numbers.
   * @param policy null: there is no twin any more
   * @param since the first tick that it plays anew; default the one on show
   * @throws {UnderstudyError} SERVE_COMMAND for a policy that cannot take over or a tick to come, SERVE_PAST as Rebuild does
   */
  async split(policy: string | null, since?: number): Promise<void> {
    if (policy === null) {
      this.#setTwin(undefined);
      return;
    }
    const member = this.cast.ready(policy);
    const { run } = this;
    requireNoCanary(run);
    const number = run.run;
    const from = since ?? run.shown.tick;
    if (from > run.shown.tick)
      throw new UnderstudyError(
        'SERVE_COMMAND',
        `a twin cannot begin at tick ${from}: the run is at tick ${run.shown.tick}`,
      );
    const state = from > 0 ? await this.#rebuild.stateBefore(number, from) : undefined;
    // Restarted meanwhile: what was asked for is gone.
    if (run.run !== number) return;
    requireNoCanary(run);
    this.#setTwin(this.#twinOf(member, state));
    this.#catchUp();
  }

  /** What a viewer's tick on show is held against: the run's twin, a canary, otherwise the teacher, or a student beside it. */
  contrasted(view: View, of: 'run' | 'twin' = 'run'): Contrasted | undefined {
    const { scenario, shown } = view;
    const twin = view.past ? undefined : this.#twin;
    const left = shown.decidedBy;
    // In another world, policies of this one would be asked what they do not know.
    if (!left || !shown.played || scenario !== this.run.scenario) return undefined;
    const { teacher } = this.cast;
    const { canary } = shown;
    if (canary && of === 'run' && canary.member !== left)
      return { scenario, shown, left, right: canary.member, canary: canary.who };
    const right = twin?.member ?? (left.name === teacher.name ? this.#comparison.student : teacher);
    if (!right?.policy) return undefined;
    if (of === 'run') return { scenario, shown, left, right: right as Ready };
    return twin?.shown.played ? { scenario, shown: twin.shown, left, right: right as Ready } : undefined;
  }

  /** How far two policies lie apart over a tick, worked out once for all viewers. */
  contrast(of: 'run' | 'twin' = 'run'): Contrast {
    return this.#contrasts[of];
  }

  /** A viewer wants to know how far two policies lie apart. */
  contrastWanted(): void {
    this.#learnContrast();
    this.#changed.next();
  }

  /** Students of these names have been trained. @returns the names that they can be chosen by. @throws as Cast.adopt */
  async adopt(students: readonly string[]): Promise<readonly string[]> {
    const names: string[] = [];
    for (const student of students) names.push(await this.cast.adopt(student));
    this.#refreshInspectors();
    return names;
  }

  /** The errors of students have been measured. */
  async rescore(): Promise<void> {
    await this.cast.rescore();
    this.announce();
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
    if (this.#twin) this.#setTwin(this.#twinOf(this.#twin.member, state));
    this.#comparison.hold(member === this.cast.teacher);
    this.#refreshInspectors();
  }

  /**
   * The run goes on in another world of the same shape, from the next tick that is begun.
   * @throws {UnderstudyError} SIMULATION_SHAPE for a world in which it cannot go on, and what openPolicy throws
   */
  async continueIn(scenario: Scenario): Promise<void> {
    const { run } = this;
    requireSameShape(run.scenario, scenario);
    const members = await this.cast.renew(scenario);
    const before = this.#twin?.member.name;
    // A twin lives on in no other world.
    this.#setTwin(undefined);
    if (before !== undefined)
      this.#twinLost = {
        policy: before,
        words: 'The world was changed, and a twin lives in one world only.',
      };
    run.continueIn(scenario, members);
    this.#comparison.renew(members);
    if (members.size > 0) this.#explanations.clear();
    this.#clock.renew();
    this.#refreshInspectors();
  }

  /** What one agent saw and did in ticks of a run. @throws as Rebuild.life, {UnderstudyError} SERVE_COMMAND if many ask */
  life(run: number, agent: number, from: number): Promise<Life> {
    return this.#turns.take(() => this.#rebuild.life(run, agent, from));
  }

  /** Who are neighbours in a run. @throws as Acquaintances.of, {UnderstudyError} SERVE_PAST */
  acquaint(run: number, agent: number | null): Promise<Acquainted> {
    return this.#turns.take(() => this.#acquaintances.of(this.run.history.require(run), agent));
  }

  /** A run for a page without a server. @throws as recordTown */
  record(run: number, hello: Hello): Promise<Uint8Array> {
    const recording = this.run.history.require(run);
    return recordTown({ hello, status: this.status(), recording, rebuild: this.#rebuild, cast: this.cast });
  }

  /** @throws {UnderstudyError} SERVE_COMMAND for a policy that cannot take over, or a clock that has run out */
  command(command: Exclude<Command, { do: 'fork' | 'split' | 'steer' }>): void {
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
      case 'canary':
        this.#beginCanary(command);
        break;
      case 'callBack':
        this.#problem = undefined;
        run.callBack();
        clock.renew();
        break;
      case 'restart': {
        const next = command.policy === undefined ? undefined : this.cast.ready(command.policy);
        this.#problem = undefined;
        this.#tolerated = undefined;
        clock.pause();
        if (next) this.#swap(next.name);
        this.#twinLost = undefined;
        run.restart(command.seed);
        if (this.#twin) this.#setTwin(this.#twinOf(this.#twin.member));
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
      parameters: Object.fromEntries(Object.entries(run.scenario.parameters).map(([name, { value }]) => [name, value])),
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
        ...(run.canary?.asking ? [{ policy: run.canary.member.name, why: 'tick' as const, ...run.canary.asking }] : []),
        ...(background ? [{ policy: cast.teacher.name, why: 'comparison' as const, ...background }] : []),
      ],
      compare: comparison.on,
      teacherKnows: cast.teacher.policy?.answered ?? 0,
      ...(this.#twinLost && { twinLost: this.#twinLost }),
      ...(run.canary && { canary: run.canary.status() }),
      ...(run.canaryOver && { canaryOver: run.canaryOver }),
      ...(this.#problem && { problem: this.#problem }),
      failures: run.failures.table(cast.members, inCharge.name),
      ...(run.failures.alarm && { alarm: run.failures.alarm }),
      viewers: this.#viewers(),
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
      viewers: this.#viewers(),
    };
  }

  #viewers(): number {
    return [...this.#sessions.values()].reduce((sum, viewers) => sum + viewers(), 0);
  }

  async close(): Promise<void> {
    this.run.finish();
    this.questions.close();
    this.#setTwin(undefined);
    await this.#clock.close();
    await this.#comparison.close();
    this.#changed.complete();
    await this.cast.close();
  }

  #clockState(): Status['clock'] {
    if (this.#asking || this.run.canary?.asking) return 'asking';
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

  /** A tick that is under way is begun anew with it. */
  #beginCanary({ policy, only, bound }: Extract<Command, { do: 'canary' }>): void {
    const { run } = this;
    const member = this.cast.ready(policy);
    if (this.#twin)
      throw new UnderstudyError(
        'SERVE_COMMAND',
        'a canary and a town beside do not go together: close the one beside first',
      );
    if (member === run.inCharge)
      throw new UnderstudyError('SERVE_COMMAND', `${policy} decides already: a canary needs another policy`);
    if (run.ended) throw new UnderstudyError('SERVE_COMMAND', 'the run has ended: a canary needs ticks to come');
    run.beginCanary(member, 'percent' in only ? { share: [0, only.percent / 100] } : only, bound);
    this.#problem = undefined;
    this.#tolerated = undefined;
    run.failures.forget();
    member.problem = undefined;
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
      const twin = await this.#twinReady(signal);
      const over = this.run.canaryOver;
      const more = await this.run.advance(signal, onAsking, twin);
      const { canaryOver } = this.run;
      if (canaryOver && canaryOver !== over)
        this.#log?.(`canary of ${canaryOver.policy} (${canaryOver.who}): ${canaryOver.words}`);
      inCharge.problem = undefined;
      this.#pauseIfUnanswered(inCharge);
      this.#learnContrast();
      this.#refreshInspectors();
      return more;
    } finally {
      this.#asking = undefined;
      // A tick that was given up may have kept the twin from where the run is.
      const twin = this.#twin;
      if (signal.aborted && twin && twin.problem === undefined && twin.simulation.tick < this.run.ticks)
        this.#catchUp();
    }
  }

  /** The twin at the tick that the run plays next, its policy asked; it ends when nobody in control watches it any more. */
  async #twinReady(signal: AbortSignal): Promise<Twin | undefined> {
    if (this.#twin && ![...this.#controllers].some(({ wishes }) => wishes.twin)) this.#setTwin(undefined);
    const twin = this.#twin;
    if (!twin || this.run.ended) return undefined;
    await twin.catchUp(this.run.ticks, signal);
    await twin.decide(signal);
    return this.#twin === twin ? twin : undefined;
  }

  #twinOf(member: Ready, state?: Uint8Array): Twin {
    const { scenario, agents, seed, run, network } = this.run;
    const onChange = () => this.#twinChanged();
    return new Twin({ scenario, agents, seed, run, network, member, onChange, ...(state && { state }) });
  }

  #setTwin(twin: Twin | undefined): void {
    this.#twinLost = undefined;
    if (!twin && !this.#twin) return;
    this.#twin?.close();
    this.#twin = twin;
    this.#twinChanged();
  }

  #twinChanged(): void {
    this.#twinVersion++;
    this.#changed.next();
  }

  /** Plays what the run has played already, outside its clock. */
  #catchUp(): void {
    const twin = this.#twin!;
    twin
      .catchUp(this.run.ticks)
      .then(() => {
        // The run may have gone on meanwhile.
        if (this.#twin === twin && twin.simulation.tick < this.run.ticks) this.#catchUp();
        this.#learnContrast();
      })
      // It says itself what went wrong; the clock asks again.
      .catch(() => this.#changed.next());
  }

  /** Policies that cost nothing say what they make of what they do not decide, for those who want to know. */
  #learnContrast(): void {
    if (![...this.#sessions.keys()].some(({ wishes }) => wishes.distances || wishes.differences)) return;
    const all = [this.contrasted(this.run), this.contrasted(this.run, 'twin')].filter((one) => one !== undefined);
    for (const { shown, left, right } of all)
      for (const member of [left, right])
        if (!member.costly)
          member.policy.learn(shown.distinct).then(
            (asked) => asked > 0 && this.#changed.next(),
            (error: unknown) => {
              (member as Member).problem = messageOf(error);
            },
          );
  }

  /** A run whose policy leaves too many without an answer is no run of that policy: it goes on only if somebody says so. */
  #pauseIfUnanswered(decided: Member): void {
    const { failures } = this.run;
    const twin = this.#twin;
    if (this.#clock.playing && twin && twin.failedShare > this.#pauseAbove && this.#toleratedTwin !== twin) {
      // Said once: who plays on has read it.
      this.#toleratedTwin = twin;
      this.#problem = `The run has paused: ${Math.round(100 * twin.failedShare)} % of the twin's people got no answer from ${twin.member.name}. Play to go on in spite of it.`;
      this.#clock.pause();
      return;
    }
    if (!this.#clock.playing || failures.share <= this.#pauseAbove || this.#tolerated === decided) return;
    failures.paused(this.#pauseAbove);
    this.#clock.pause();
  }

  #fail(error: unknown): void {
    const { inCharge } = this.run;
    const reason = messageOf(error);
    const twin = this.#twin;
    if (twin?.problem !== undefined) {
      this.#problem = `The twin under ${twin.member.name} could not decide: ${reason}. Both are paused; play to ask again, or close the split view.`;
      this.#log?.(`${twin.member.name}: ${reason}`);
      return;
    }
    const { canary } = this.run;
    if (canary?.problem !== undefined) {
      canary.member.problem = reason;
      this.#problem = `The canary under ${canary.member.name} could not decide: ${reason}. The run is paused where it was; play to ask again, or call the canary back.`;
      this.#log?.(`${canary.member.name}: ${reason}`);
      return;
    }
    inCharge.problem = reason;
    this.#problem = `${inCharge.name} could not decide: ${reason}. The run is paused where it was; play to ask again, or let another policy take over.`;
    this.#log?.(`${inCharge.name}: ${reason}`);
  }

  #refreshInspectors(): void {
    for (const { inspector } of this.#sessions.keys()) inspector.refresh();
    this.#changed.next();
  }
}

/** @throws {UnderstudyError} SERVE_COMMAND */
function requireNoCanary({ canary }: LiveRun): void {
  if (canary)
    throw new UnderstudyError(
      'SERVE_COMMAND',
      'a town beside and a canary do not go together: call the canary back first',
    );
}
