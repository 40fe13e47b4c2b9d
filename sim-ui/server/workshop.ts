import { stat } from 'node:fs/promises';
import { asyncScheduler, type Observable, Subject, throttleTime } from 'rxjs';
import { UnderstudyError } from '../../env/error.ts';
import { stateCount } from '../../env/sampling/states.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { namedModels, wasPulled } from '../../policies/models/catalog.ts';
import type { Budget } from '../../policies/spending/budget.ts';
import type { OpenStudy } from '../../scenarios/study.ts';
import { readDataset } from '../../workspace/dataset.ts';
import { workspace as pathsOf, type Workspace } from '../../workspace/paths.ts';
import { type Order, studentKinds, type Work, type WorkPlan, type WorkshopState } from '../protocol/work.ts';
import { Job, type JobOptions } from './job.ts';
import { commandsOf, isElsewhere, planWork, pricedWords } from './work-plan.ts';

export interface WorkshopOptions extends Pick<JobOptions, 'onTrained' | 'onEvaluated'> {
  readonly scenario: Vocabulary;
  /** Where the scenario comes from, for whoever opens it elsewhere; without it nothing can be begun. */
  readonly source?: OpenStudy['source'] | undefined;
  readonly workspace: string;
  /** The teacher of the server, which is offered first. */
  readonly teacher: string;
  /** Questions that pages may put to teachers that are not on this machine, all together. */
  readonly questions: number;
  /** Of the server, which work from pages is held to; default: it is not held. */
  readonly budget?: Budget | undefined;
  readonly log?: (line: string) => void;
}

/** Viewers hear of progress so often at most, and files are looked at so often. In milliseconds. */
const TELL_MS = 250;
const LOOK_MS = 5000;
/** How long a piece of work has to come to an orderly end; what is on the disk holds either way. */
const STOP_MS = 20_000;
const CLOSE_MS = 2000;

/**
 * Where a page has work done in the workspace: one order at a time, in a process of its own that yields to the town, by the
 * functions of the verbs. Work that is stopped goes on with the same order.
 */
export class Workshop {
  readonly #options: WorkshopOptions;
  readonly #paths: Workspace;
  readonly #changed = new Subject<void>();
  readonly #states: number;
  #teachers: WorkshopState['teachers'] = [];
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
    // Of hundreds of phrases there are more than a number holds.
    this.#states = Math.min(stateCount(options.scenario), Number.MAX_SAFE_INTEGER);
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
    const { scenario, source } = this.#options;
    return {
      ...(!source && {
        problem: `${scenario.id} was handed over by a program, which no other process can open: begin work by the verbs`,
      }),
      teachers: this.#teachers,
      students: [...studentKinds],
      states: this.#states,
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
    if (wish.do === 'plan') {
      const { scenario, workspace } = this.#options;
      return { ...plan, words: [...plan.words, ...(await pricedWords(wish.order, { scenario, workspace }))] };
    }
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

  #teachersNow(): WorkshopState['teachers'] {
    const { teacher, scenario, workspace } = this.#options;
    const pulled = namedModels.filter(({ name, embeds }) => !embeds && wasPulled(workspace, name));
    const names = [teacher, ...pulled.map(({ name }) => name), ...(scenario.knownRule ? ['oracle'] : [])];
    return [...new Set(names)].map((name) => ({ name, elsewhere: isElsewhere(name, workspace) }));
  }

  #plan(order: Order): WorkPlan {
    const { scenario, workspace, source } = this.#options;
    const wrong = (message: string) => new UnderstudyError('SERVE_COMMAND', message);
    if (!source) throw wrong(this.state().problem!);
    const teachers = this.#teachers.map(({ name }) => name);
    if (order.do !== 'train' && !teachers.includes(order.teacher))
      throw wrong(`no teacher ${order.teacher} to ask from here; the teachers are ${teachers.join(', ')}`);
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
    const loan = this.#loan(plan);
    const { workspace, source, log } = this.#options;
    log?.(`begun from a page: ${commandsOf(order, workspace).join(' && ')}`);
    this.#job = new Job(++this.#jobs, order, plan.commands, {
      place: { workspace, source: source!, ...(loan && { limits: loan.limits }) },
      onTrained: this.#options.onTrained,
      onEvaluated: this.#options.onEvaluated,
      onChange: () => this.#changed.next(),
      onEnd: (spent) => {
        loan?.settle(spent);
        void this.look().then(() => this.#changed.next());
      },
    });
    this.#changed.next();
  }

  /** What is left of the server's limits, for a piece of work that asks. @throws {UnderstudyError} SERVE_COMMAND */
  #loan({ questions }: WorkPlan): ReturnType<Budget['lend']> | undefined {
    const { budget } = this.#options;
    if (!budget?.limited || questions === 0) return undefined;
    try {
      // An answer that cannot be read is asked for once more.
      return budget.lend(2 * questions);
    } catch (error) {
      throw new UnderstudyError('SERVE_COMMAND', (error as Error).message);
    }
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
    const before = JSON.stringify([this.#data, this.#report, this.#teachers]);
    this.#teachers = this.#teachersNow();
    this.#data = data && rows !== undefined ? { rows, teacher: data.teacher } : undefined;
    this.#report =
      report === undefined
        ? undefined
        : {
            made: new Date(report).toISOString(),
            newer: names.filter((_, i) => others[i] !== undefined && others[i] > report),
          };
    if (JSON.stringify([this.#data, this.#report, this.#teachers]) !== before) this.#changed.next();
  }
}

/** When a file or a folder was changed last, in milliseconds; undefined if it is not there. */
const madeAt = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
