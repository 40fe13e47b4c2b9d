import type { ChildProcess } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { asyncScheduler, type Observable, Subject, throttleTime } from 'rxjs';
import { UnderstudyError } from '../../env/error.ts';
import { Pace } from '../../env/pace.ts';
import { stateCount } from '../../env/sampling/states.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { ProgressEvent } from '../../env/work.ts';
import { forkScript } from '../../policies/child-process.ts';
import { namedModels, wasPulled } from '../../policies/models/catalog.ts';
import type { OpenStudy } from '../../scenarios/study.ts';
import { readDataset } from '../../workspace/dataset.ts';
import { workspace as pathsOf, type Workspace } from '../../workspace/paths.ts';
import {
  MOST_LINES,
  MOST_STAGES,
  type Order,
  studentKinds,
  type Work,
  type WorkJob,
  type WorkPlan,
  type WorkStage,
  type WorkshopState,
} from '../workshop.ts';
import { clipped } from './answers.ts';
import type { FromWork, ToWork } from './work-child.ts';
import { commandsOf, isElsewhere, planWork } from './work-plan.ts';

export interface WorkshopOptions {
  readonly scenario: Vocabulary;
  /** Where the scenario comes from, for whoever opens it elsewhere; without it nothing can be begun. */
  readonly source?: OpenStudy['source'] | undefined;
  readonly workspace: string;
  /** The teacher of the server, which is offered first. */
  readonly teacher: string;
  /** Questions that pages may put to teachers that are not on this machine, all together. */
  readonly questions: number;
  /** Students of these kinds have been written. @returns the names that they can be chosen by */
  readonly onTrained: (students: readonly string[]) => Promise<readonly string[]>;
  /** The errors of students have been measured. */
  readonly onEvaluated: () => Promise<void>;
  readonly log?: (line: string) => void;
}

/** Viewers hear of progress so often at most, and files are looked at so often. In milliseconds. */
const TELL_MS = 250;
const LOOK_MS = 5000;
/** How long a piece of work has to come to an orderly end; what is on the disk holds either way. */
const STOP_MS = 20_000;
const CLOSE_MS = 2000;
/** Characters of a line or a problem. */
const LONGEST = 1500;

/**
 * Where a page has work done in the workspace: one order at a time, in a process of its own that yields to the town, by the
 * functions of the verbs. Work that is stopped goes on with the same order.
 */
export class Workshop {
  readonly #options: WorkshopOptions;
  readonly #paths: Workspace;
  readonly #changed = new Subject<void>();
  #job: Job | undefined;
  #jobs = 0;
  #data: WorkshopState['data'];
  #report: WorkshopState['report'];
  #questionsLeft: number;
  #looking: NodeJS.Timeout | undefined;
  #looks: Promise<void> = Promise.resolve();

  private constructor(options: WorkshopOptions) {
    this.#options = options;
    this.#paths = pathsOf(options.workspace);
    this.#questionsLeft = options.questions;
  }

  static async open(options: WorkshopOptions): Promise<Workshop> {
    const workshop = new Workshop(options);
    await workshop.#look();
    workshop.#looking = setInterval(() => void workshop.look(), LOOK_MS);
    workshop.#looking.unref();
    return workshop;
  }

  /** Something that viewers see has changed. */
  get changes(): Observable<void> {
    return this.#changed.pipe(throttleTime(TELL_MS, asyncScheduler, { leading: true, trailing: true }));
  }

  state(): WorkshopState {
    const { scenario, source, workspace } = this.#options;
    return {
      ...(!source && {
        problem: `${scenario.id} was handed over by a program, which no other process can open: begin work by the verbs`,
      }),
      teachers: this.#teachers().map((name) => ({ name, elsewhere: isElsewhere(name, workspace) })),
      students: [...studentKinds],
      // Of hundreds of phrases there are more than a number holds.
      states: Math.min(stateCount(scenario), Number.MAX_SAFE_INTEGER),
      questionsLeft: this.#questionsLeft,
      ...(this.#data && { data: this.#data }),
      ...(this.#job && { job: this.#job.told() }),
      ...(this.#report && { report: this.#report }),
    };
  }

  /**
   * @returns the plan, where one was asked for
   * @throws {UnderstudyError} SERVE_COMMAND for what cannot be begun now, with the reason
   */
  async work(wish: Work): Promise<WorkPlan | undefined> {
    if (wish.do === 'cancel') {
      this.#cancel();
      return undefined;
    }
    await this.look();
    const plan = this.#plan(wish.order);
    if (wish.do === 'plan') return plan;
    this.#begin(wish.order, plan, wish.confirmed);
    return undefined;
  }

  /** What stands in the workspace may have changed. */
  look(): Promise<void> {
    return (this.#looks = this.#looks.then(() => this.#look()));
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    await this.#job?.stop(CLOSE_MS);
    await this.#looks;
    this.#changed.complete();
  }

  #teachers(): string[] {
    const { teacher, scenario, workspace } = this.#options;
    const pulled = namedModels.filter(({ name, embeds }) => !embeds && wasPulled(workspace, name));
    return [...new Set([teacher, ...pulled.map(({ name }) => name), ...(scenario.knownRule ? ['oracle'] : [])])];
  }

  #plan(order: Order): WorkPlan {
    const { scenario, workspace, source } = this.#options;
    const wrong = (message: string) => new UnderstudyError('SERVE_COMMAND', message);
    if (!source) throw wrong(this.state().problem!);
    if (order.do !== 'train' && !this.#teachers().includes(order.teacher))
      throw wrong(`no teacher ${order.teacher} to ask from here; the teachers are ${this.#teachers().join(', ')}`);
    return planWork(order, { scenario, workspace, data: this.#data });
  }

  #begin(order: Order, plan: WorkPlan, confirmed: number | undefined): void {
    const wrong = (message: string) => new UnderstudyError('SERVE_COMMAND', message);
    if (this.#job?.running) throw wrong('work is under way already; wait for it, or cancel it first');
    if (plan.confirm) {
      const teacher = order.do === 'train' ? '' : order.teacher;
      if (plan.questions > this.#questionsLeft)
        throw wrong(
          `${plan.questions} questions to ${teacher} are more than the ${this.#questionsLeft} that pages may still put to a teacher elsewhere; ask about fewer observations, or serve again with --page-questions N`,
        );
      if (confirmed !== plan.questions)
        throw wrong(`${plan.questions} questions to ${teacher} may cost money: somebody has to agree to them first`);
      this.#questionsLeft -= plan.questions;
    }
    const { workspace, source, log } = this.#options;
    log?.(`begun from a page: ${commandsOf(order, workspace).join(' && ')}`);
    this.#job = new Job(++this.#jobs, order, plan.commands, {
      place: { workspace, source: source! },
      onTrained: this.#options.onTrained,
      onEvaluated: this.#options.onEvaluated,
      onChange: () => this.#changed.next(),
      onEnd: () => void this.look().then(() => this.#changed.next()),
    });
    this.#changed.next();
  }

  #cancel(): void {
    if (!this.#job?.running) throw new UnderstudyError('SERVE_COMMAND', 'no work is under way');
    void this.#job.stop(STOP_MS);
  }

  async #look(): Promise<void> {
    const paths = this.#paths;
    // What is damaged is the matter of whoever works with it.
    const data = await readDataset(paths).catch(() => undefined);
    const rows = data?.files.train?.rows;
    const [report, ...others] = await Promise.all(
      [paths.report, paths.labels, paths.dataset, paths.configs, paths.evaluation, paths.stability].map(madeAt),
    );
    const names = ['the latest answers', 'the data set', 'the students', 'the evaluation', 'the stability study'];
    const before = JSON.stringify([this.#data, this.#report]);
    this.#data = data && rows !== undefined ? { rows, teacher: data.teacher } : undefined;
    this.#report =
      report === undefined
        ? undefined
        : {
            made: new Date(report).toISOString(),
            newer: names.filter((_, i) => others[i] !== undefined && others[i] > report),
          };
    if (JSON.stringify([this.#data, this.#report]) !== before) this.#changed.next();
  }
}

/** When a file or a folder was changed last, in milliseconds; undefined if it is not there. */
const madeAt = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );

interface JobOptions extends Pick<WorkshopOptions, 'onTrained' | 'onEvaluated'> {
  readonly place: Extract<ToWork, { readonly order: unknown }>['place'];
  readonly onChange: () => void;
  readonly onEnd: () => void;
}

/** One order, and the process that sees to it. */
class Job {
  readonly #id: number;
  readonly #order: Order;
  readonly #commands: readonly string[];
  readonly #options: JobOptions;
  readonly #child: ChildProcess;
  readonly #began = performance.now();
  #ended: number | undefined;
  #state: WorkJob['state'] = 'working';
  /** In the order in which they began. */
  readonly #stages = new Map<string, { event: ProgressEvent; readonly pace: Pace }>();
  readonly #lines: string[] = [];
  readonly #students: string[] = [];
  #problem: string | undefined;
  #lastWords = '';
  /** What comes of one message is done before the next is looked at. */
  #told: Promise<unknown> = Promise.resolve();
  readonly #gone: Promise<void>;

  constructor(id: number, order: Order, commands: readonly string[], options: JobOptions) {
    this.#id = id;
    this.#order = order;
    this.#commands = commands;
    this.#options = options;
    this.#child = forkScript(new URL('./work-child', import.meta.url), { serialization: 'advanced' });
    this.#child.stderr!.on('data', (text) => (this.#lastWords = (this.#lastWords + String(text)).slice(-1000)));
    this.#child.on('message', (message: FromWork) => this.#hear(message));
    this.#gone = new Promise((resolve) => {
      const gone = (how: string) => {
        this.#told = this.#told.then(() => this.#end('failed', `its process ended (${how})`)).then(resolve);
      };
      this.#child.on('error', (error) => gone(error.message));
      this.#child.on('exit', (code, signal) => {
        const line = this.#lastWords.trim().split('\n').at(-1);
        gone(`${signal ?? `exit code ${code}`}${line ? `: ${line}` : ''}`);
      });
    });
    this.#child.send({ order, place: options.place } satisfies ToWork);
  }

  get running(): boolean {
    return this.#ended === undefined;
  }

  /** Asks the process to stop, and ends it if it takes longer than this. Resolves when it is gone. */
  async stop(withinMs: number): Promise<void> {
    if (this.running) {
      this.#state = 'stopping';
      this.#options.onChange();
      if (this.#child.connected) this.#child.send({ stop: true } satisfies ToWork);
      setTimeout(() => this.#child.kill('SIGKILL'), withinMs).unref();
    }
    await this.#gone;
  }

  told(): WorkJob {
    return {
      ...{ id: this.#id, order: this.#order, state: this.#state, students: [...this.#students] },
      seconds: ((this.#ended ?? performance.now()) - this.#began) / 1000,
      stages: [...this.#stages.values()].slice(-MOST_STAGES).map(stageTold),
      lines: [...this.#lines],
      commands: [...this.#commands],
      ...(this.#problem !== undefined && { problem: this.#problem }),
    };
  }

  #hear(message: FromWork): void {
    const { onTrained, onEvaluated, onChange } = this.#options;
    if ('progress' in message) this.#progress(message.progress);
    else if ('line' in message) {
      this.#lines.push(clipped(message.line, LONGEST));
      if (this.#lines.length > MOST_LINES) this.#lines.shift();
    } else if ('trained' in message) {
      const names = message.trained.map((student) => `student:${student}`);
      this.#told = this.#told.then(async () => {
        for (const name of await onTrained(names)) if (!this.#students.includes(name)) this.#students.push(name);
      });
      this.#guard();
    } else if ('evaluated' in message) {
      this.#told = this.#told.then(onEvaluated);
      this.#guard();
    } else {
      const problem = message.end === 'failed' ? message.problem : undefined;
      this.#told = this.#told.then(() => {
        this.#end(message.end, problem);
        this.#child.kill('SIGKILL');
      });
    }
    onChange();
  }

  /** A student that cannot be opened here is a failure of the work that made it. */
  #guard(): void {
    this.#told = this.#told.then(this.#options.onChange, (error: Error) => {
      this.#end('failed', error.message);
      this.#child.kill('SIGKILL');
    });
  }

  #progress(event: ProgressEvent): void {
    const known = this.#stages.get(event.stage);
    const stage = known ?? { event, pace: new Pace() };
    const figures = event.figures ?? known?.event.figures;
    stage.event = { ...event, ...(figures && { figures }) };
    stage.pace.mark(event.done, performance.now());
    this.#stages.set(event.stage, stage);
    // Told are the latest; the others need no memory.
    for (const name of [...this.#stages.keys()].slice(0, -MOST_STAGES)) this.#stages.delete(name);
  }

  /** Only the first end counts. */
  #end(how: 'done' | 'stopped' | 'failed', problem?: string): void {
    if (!this.running) return;
    this.#ended = performance.now();
    const stopped = how === 'stopped' || (how === 'failed' && this.#state === 'stopping');
    this.#state = stopped ? 'stopped' : how;
    if (how === 'failed' && !stopped) this.#problem = clipped(problem ?? 'it failed', LONGEST);
    this.#options.onChange();
    this.#options.onEnd();
  }
}

function stageTold({ event, pace }: { readonly event: ProgressEvent; readonly pace: Pace }): WorkStage {
  const { stage, done, of, note, figures } = event;
  const { rate } = pace;
  const secondsLeft = pace.secondsLeft(of);
  return {
    ...{ name: clipped(stage, LONGEST), done, of },
    ...(rate !== undefined && Number.isFinite(rate) && { rate }),
    ...(secondsLeft !== undefined && Number.isFinite(secondsLeft) && { secondsLeft }),
    ...(note !== undefined && { note: clipped(note, LONGEST) }),
    ...(figures && { figures: { ...figures } }),
  };
}
