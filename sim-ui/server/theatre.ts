import { Subject } from 'rxjs';
import { UnderstudyError } from '../../env/error.ts';
import type { Scenario, Vocabulary } from '../../env/scenario.ts';
import { requireDynamics } from '../../env/vocabulary.ts';
import type { Hello } from '../protocol/hello.ts';
import type { Point } from '../protocol/runs.ts';
import { History } from './history.ts';
import { Stage, type StageOptions } from './stage.ts';

export interface TheatreOptions extends StageOptions {
  /** The scenario with other values of its parameters; without it they stay what they are. */
  readonly reopen?: (parameters: Readonly<Record<string, number>>) => Promise<Vocabulary>;
}

/** Agents that a page may ask for; the command line may ask for more. */
export const MOST_AGENTS = 1_000_000;

/** A run that begins anew in the world that parameters make. */
interface Restart {
  readonly seed: number;
  /** Default: those of now. */
  readonly parameters?: Readonly<Record<string, number>>;
  /** Default: as many as now. */
  readonly agents?: number;
  /** Who decides in it; default: who does now. */
  readonly policy?: string;
  /** Whether it plays at once. Default false. */
  readonly play?: boolean;
}

/**
 * The stage that is played on. A restart with other parameters is another world: it gets a stage of its own, with every
 * policy opened anew, and takes over who decides, the speed and whether the teacher is asked in the background.
 */
export class Theatre {
  #stage: Stage;
  readonly #options: TheatreOptions;
  readonly #replaced = new Subject<void>();
  #underWay: Promise<void> | undefined;
  #closed = false;
  #recording = false;
  /** What students that were trained meanwhile are called, by the name that openPolicy takes. */
  readonly #called = new Map<string, string>();

  private constructor(stage: Stage, options: TheatreOptions) {
    this.#stage = stage;
    this.#options = options;
  }

  /** @throws as Stage.open */
  static async open(options: TheatreOptions): Promise<Theatre> {
    const { history = new History() } = options;
    return new Theatre(await Stage.open({ ...options, history }), { ...options, history });
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** Whether a restart can change parameters. */
  get adjustable(): boolean {
    return this.#options.reopen !== undefined;
  }

  /** Another stage has taken the place of the one that viewers watch. */
  get replaced(): Subject<void> {
    return this.#replaced;
  }

  /** @throws {UnderstudyError} SERVE_COMMAND while another world is being built: no command reaches either */
  requireCalm(): void {
    if (this.#underWay) throw new UnderstudyError('SERVE_COMMAND', 'a restart with other parameters is under way');
  }

  /**
   * Begins again in the world that the parameters make. If that world does not open, the run goes on as it was.
   * @throws {UnderstudyError} SERVE_COMMAND if parameters cannot be changed here, and what defineScenario and openPolicy throw
   */
  async restart({ seed, parameters, agents, policy, play }: Restart): Promise<void> {
    this.requireCalm();
    this.#underWay = this.#replace(seed, { parameters, agents, policy });
    try {
      await this.#underWay;
    } finally {
      this.#underWay = undefined;
    }
    if (play) this.#stage.command({ do: 'play' });
  }

  /**
   * Another run goes on from a tick of one that is kept: in the world of that run, which is built anew if it is not the
   * present one.
   * @throws {UnderstudyError} SERVE_COMMAND and SERVE_PAST as Stage.fork does, and what `restart` throws
   */
  async fork(run: number, tick: number, policy: string): Promise<void> {
    this.requireCalm();
    this.#underWay = this.#fork(run, tick, policy);
    try {
      await this.#underWay;
    } finally {
      this.#underWay = undefined;
    }
  }

  /**
   * The run goes on with other values of parameters, from the next tick that is begun.
   * @throws {UnderstudyError} SIMULATION_SHAPE where only another run can have them, SERVE_COMMAND if parameters cannot be
   *   changed here, and what defineScenario and openPolicy throw
   */
  async steer(parameters: Readonly<Record<string, number>>): Promise<void> {
    this.requireCalm();
    this.#underWay = this.#reopen(parameters).then((scenario) => this.#stage.continueIn(scenario));
    try {
      await this.#underWay;
    } finally {
      this.#underWay = undefined;
    }
  }

  /** The run gets a twin under a policy, or loses it. @throws as Stage.split, and SERVE_COMMAND while another world is built */
  async split(policy: string | null, since?: number): Promise<void> {
    this.requireCalm();
    await this.#stage.split(policy, since);
  }

  /**
   * Students of these names have been trained: they can be chosen, in every world to come too.
   * @returns the names that they can be chosen by
   * @throws {UnderstudyError} as Cast.adopt does
   */
  async adopt(students: readonly string[]): Promise<readonly string[]> {
    // A stage that is about to be left needs nobody.
    await this.#underWay?.catch(() => {});
    const stage = this.#stage;
    const names = await stage.adopt(students);
    // Another took its place meanwhile, whose students are those that lie in the workspace now.
    if (stage !== this.#stage && !this.#closed) return this.adopt(students);
    students.forEach((student, i) => {
      this.#called.set(student, names[i]!);
    });
    return names;
  }

  /** What came of the ticks of a run. @throws {UnderstudyError} SERVE_PAST for a run that is gone */
  pointsOf(run: number): readonly Point[] {
    return this.#stage.run.history.require(run).points;
  }

  /**
   * A run for a page without a server; one is made at a time.
   * @param hello what the page says of the world
   * @throws {UnderstudyError} SERVE_COMMAND while another is made, and as recordTown does
   */
  async record(run: number, hello: Hello): Promise<Uint8Array> {
    if (this.#recording)
      throw new UnderstudyError('SERVE_COMMAND', 'another page is being written; try again after it');
    this.#recording = true;
    try {
      return await this.#stage.record(run, hello);
    } finally {
      this.#recording = false;
    }
  }

  async #fork(run: number, tick: number, policy: string): Promise<void> {
    const { canary } = this.#stage.run;
    const recording = this.#stage.run.history.find(run);
    const scenario = recording?.scenarioAt(tick);
    if (recording && scenario && !sameRun(scenario, recording.agents, this.#stage.run)) {
      const values = Object.entries(scenario.parameters).map(([name, { value }]) => [name, value] as const);
      const { seed, agents } = recording;
      await this.#replace(seed, { parameters: values.length > 0 ? Object.fromEntries(values) : undefined, agents });
    }
    await this.#stage.fork(run, tick, policy);
    this.#stage.run.loseCanary(canary, 'forked');
  }

  /** The scenario with the values of now, except for these. */
  async #reopen(parameters: Readonly<Record<string, number>>): Promise<Scenario> {
    const { reopen } = this.#options;
    if (!reopen) throw new UnderstudyError('SERVE_COMMAND', 'the parameters of this scenario cannot be changed here');
    const now = Object.entries(this.#stage.run.scenario.parameters).map(([name, { value }]) => [name, value] as const);
    return requireDynamics(await reopen({ ...Object.fromEntries(now), ...parameters }), 'the viewer');
  }

  async #replace(
    seed: number,
    { parameters, agents = this.#stage.run.agents, policy: chosen }: Omit<Restart, 'seed' | 'play'>,
  ): Promise<void> {
    const { reopen: _, ...options } = this.#options;
    const before = this.#stage;
    if (agents > Math.max(MOST_AGENTS, this.#options.agents))
      throw new UnderstudyError(
        'SERVE_COMMAND',
        `${agents} agents are more than a page may ask for (${MOST_AGENTS}); serve again with --agents ${agents}`,
      );
    before.command({ do: 'pause' });
    const scenario = parameters ? await this.#reopen(parameters) : before.run.scenario;
    const { policy: inCharge, speed, compare } = before.status();
    const member = before.cast.ready(chosen ?? inCharge);
    // Of students of one name, another stage has the latest.
    const policy = this.#called.get(member.opens ?? member.name) ?? member.name;
    const after = await Stage.open({ ...options, scenario, seed, policy, agents, called: this.#called });
    if (this.#closed) return after.close();
    after.command({ do: 'speed', ticksPerSecond: speed });
    after.command({ do: 'compare', on: compare });
    after.run.loseCanary(before.run.canary, 'begun anew');
    this.#stage = after;
    this.#replaced.next();
    await before.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#underWay?.catch(() => {});
    this.#replaced.complete();
    await this.#stage.close();
  }
}

/** Whether a run can fork into the one that is played: as many people in the same world. */
const sameRun = (scenario: Scenario, agents: number, now: { readonly scenario: Scenario; readonly agents: number }) =>
  agents === now.agents && sameValues(scenario, now.scenario);

const sameValues = ({ parameters: a }: Scenario, { parameters: b }: Scenario): boolean =>
  Object.entries(a).every(([name, { value }]) => b[name]?.value === value);
