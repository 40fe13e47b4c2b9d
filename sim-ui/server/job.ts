import type { ChildProcess } from 'node:child_process';
import { Pace } from '../../env/pace.ts';
import type { ProgressEvent } from '../../env/work.ts';
import { forkScript } from '../../policies/child-process.ts';
import type { Spent } from '../../policies/spending/budget.ts';
import { MOST_LINES, MOST_STAGES, type Order, type WorkJob, type WorkStage } from '../protocol/work.ts';
import { clipped } from './answers.ts';
import type { FromWork, ToWork } from './work-child.ts';

/** Characters of a line or a problem. */
const LONGEST = 1500;

export interface JobOptions {
  /** Students of these names have been written. @returns the names that they can be chosen by */
  readonly onTrained: (students: readonly string[]) => Promise<readonly string[]>;
  /** The errors of students have been measured. */
  readonly onEvaluated: () => Promise<void>;
  readonly place: Extract<ToWork, { readonly order: unknown }>['place'];
  readonly onChange: () => void;
  /** @param spent on teachers; undefined if its process did not say */
  readonly onEnd: (spent: Spent | undefined) => void;
}

/** One order, and the process that sees to it. */
export class Job {
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
  #spent: Spent | undefined;
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
      this.#spent = message.spent;
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
    this.#options.onEnd(this.#spent);
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
