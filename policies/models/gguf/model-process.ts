import type { ChildProcess } from 'node:child_process';
import { UnderstudyError } from '../../../env/error.ts';
import { forkScript } from '../../child-process.ts';
import type { AskRequest, CancelMessage, EngineError, JobReply, OpenRequest, Reply } from './exchange.ts';

/** What is kept of the process's error output, in characters. */
const LAST_WORDS = 4000;

/** What kind of model runs in the process, and what is said when it keeps crashing. */
export interface Work {
  /** Its script without the extension, which is that of the source or of the compiled file. */
  readonly script: URL;
  /** How often it is started again without an answer in between. */
  readonly restarts: number;
  /** What becomes of the questions that a process left open that is not started again. */
  readonly left: (open: number) => string;
}

interface Job<Ask, Answer> {
  readonly ask: Ask;
  /** Ids of the questions without an answer. */
  readonly open: Set<number>;
  readonly onAnswer: (answer: Answer) => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A model in a process of its own. When the process dies, the questions that it left open go to a new one; what was
 * answered stays answered. While nothing is asked, it does not keep the parent alive.
 */
export class ModelProcess<
  Open extends OpenRequest,
  Opened extends { readonly type: 'opened' },
  Ask extends AskRequest,
  Answer extends { readonly id: number },
> {
  readonly #work: Work;
  readonly #start: Open;
  readonly #name: string;
  readonly #log: (line: string) => void;
  readonly #jobs = new Map<number, Job<Ask, Answer>>();
  #child: ChildProcess | undefined;
  #lastWords = '';
  /** Deaths since the last answer. */
  #deaths = 0;
  #loading = false;
  #reviving = false;
  #nextJob = 0;
  /** Why it was ended. */
  #ended: Error | undefined;

  /** @param name names the model in errors */
  constructor(work: Work, start: Open, name: string, log: (line: string) => void) {
    this.#work = work;
    this.#start = start;
    this.#name = name;
    this.#log = log;
  }

  /** Process id of the running model; undefined while none runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Loads the model.
   * @throws {UnderstudyError} POLICY_FILE, TEACHER_UNSUPPORTED, TEACHER_CRASHED
   */
  async open(): Promise<Opened> {
    try {
      return await this.#load();
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      if (error.how === 'SIGKILL' || error.how === 'SIGTERM')
        throw new UnderstudyError(
          'TEACHER_CRASHED',
          `${this.#name}: its process was ended while it loaded (${error.how}); the machine may be short of memory`,
        );
      throw this.#failure('model', `llama.cpp gave up on it (${error.how}${this.#lastLine()})`);
    }
  }

  /**
   * Asks, and resolves when every question has its answer.
   * @throws {UnderstudyError} TEACHER_CRASHED, TEACHER_UNSUPPORTED; the signal's reason when aborted
   */
  async ask(
    questions: Omit<Ask, 'type' | 'job'>,
    onAnswer: (answer: Answer) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    signal?.throwIfAborted();
    if (this.#ended) throw this.#ended;
    const job = this.#nextJob++;
    const cancel = () => {
      this.#post({ type: 'cancel', job });
      this.#jobs.get(job)?.reject(signal!.reason);
    };
    const answered = new Promise<void>((resolve, reject) => {
      const ask = { type: 'ask', job, ...questions } as unknown as Ask;
      const open = new Set(ask.questions.map(({ id }) => id));
      this.#jobs.set(job, { ask, open, onAnswer, resolve, reject });
    });
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      this.#hold();
      if (this.#child && !this.#reviving) this.#post(this.#jobs.get(job)!.ask);
      else void this.#revive();
      await answered;
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.#jobs.delete(job);
      this.#hold();
    }
  }

  /** Ends the process; what is being asked is rejected with `reason`. */
  async end(reason: Error): Promise<void> {
    this.#ended = reason;
    for (const job of this.#jobs.values()) job.reject(reason);
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    this.#hold();
    await new Promise<void>((gone) => {
      child.once('exit', () => gone());
      child.kill('SIGKILL');
    });
  }

  /** Starts a process and loads the model; resolves when it is ready for questions. */
  #load(): Promise<Opened> {
    // A model on one thread gets one for what else is computed too: its tokens are sampled in less time than it takes
    // to wake another.
    const child = forkScript(this.#work.script, {
      env: { ...process.env, ...(this.#start.threads === 1 && { UV_THREADPOOL_SIZE: '1' }) },
    });
    this.#child = child;
    this.#lastWords = '';
    child.stderr?.on('data', (text) => {
      this.#lastWords = (this.#lastWords + String(text)).slice(-LAST_WORDS);
    });
    this.#loading = true;
    this.#hold();
    return new Promise<Opened>((resolve, reject) => {
      let ready = false;
      child.on('message', (message: Reply<Opened, Answer>) => {
        if (message.type === 'opened') {
          ready = true;
          resolve(message);
        } else if (message.type === 'failed') {
          reject(this.#failure(message.kind, message.message));
          child.kill('SIGKILL');
        } else this.#take(message);
      });
      child.on('error', (cause) =>
        reject(
          new UnderstudyError('TEACHER_CRASHED', `cannot start a process for ${this.#name}: ${cause.message}`, {
            cause,
          }),
        ),
      );
      child.on('exit', (code, signal) => {
        const how = signal ?? `exit code ${code}`;
        this.#child = undefined;
        if (!ready) reject(new Died(how));
        else if (!this.#ended) this.#died(how);
      });
      child.send(this.#start);
    }).finally(() => {
      this.#loading = false;
      this.#hold();
    });
  }

  #died(how: string): void {
    if (this.#jobs.size === 0)
      this.#log(`${this.#name}: its process ended (${how}); the next question starts a new one`);
    else void this.#revive(how);
  }

  /** Sends what is open to a new process, unless the last ones died without answering anything. */
  async #revive(died?: string): Promise<void> {
    if (this.#reviving) return;
    this.#reviving = true;
    try {
      for (let how = died; ; ) {
        if (how !== undefined && ++this.#deaths > this.#work.restarts) throw this.#givenUp(how);
        if (how !== undefined)
          this.#log(`${this.#name}: its process ended (${how}${this.#lastLine()}); starting it again`);
        try {
          await this.#load();
          break;
        } catch (error) {
          if (!(error instanceof Died) || this.#ended) throw error;
          how = error.how;
        }
      }
    } catch (error) {
      this.#deaths = 0;
      for (const job of this.#jobs.values()) job.reject(error);
      return;
    } finally {
      this.#reviving = false;
    }
    for (const { ask, open } of this.#jobs.values())
      this.#post({ ...ask, questions: ask.questions.filter(({ id }) => open.has(id)) });
  }

  #givenUp(how: string): UnderstudyError {
    const open = [...this.#jobs.values()].reduce((sum, job) => sum + job.open.size, 0);
    return new UnderstudyError(
      'TEACHER_CRASHED',
      `${this.#name} crashed ${this.#work.restarts + 1} times without an answer in between (${how}${this.#lastLine()}); ` +
        this.#work.left(open),
    );
  }

  #take(message: JobReply<Answer>): void {
    const job = this.#jobs.get(message.job);
    if (!job) return;
    if (message.type === 'job-failed') {
      job.reject(this.#failure(message.kind, message.message));
      return;
    }
    this.#deaths = 0;
    for (const answer of message.answers) if (job.open.delete(answer.id)) job.onAnswer(answer);
    if (job.open.size === 0) job.resolve();
  }

  #failure(kind: EngineError['kind'] | 'other', message: string): UnderstudyError {
    const text = `${this.#name}: ${message}`;
    if (kind === 'model')
      return new UnderstudyError(
        'POLICY_FILE',
        `${this.#start.model} cannot be loaded: ${message}; it is damaged, cut off, or of a kind unknown to node-llama-cpp; download it again, or choose another`,
      );
    if (kind === 'template')
      return new UnderstudyError(
        'TEACHER_UNSUPPORTED',
        `${this.#start.model}: its chat template cannot be used: ${message}; take a file of the model with a template that runs, or let a server run it and ask it as server:URL#MODEL`,
      );
    if (kind === 'device')
      return new UnderstudyError(
        'TEACHER_UNSUPPORTED',
        `${text}; leave out the choice of device to use what is present`,
      );
    if (kind === 'length')
      return new UnderstudyError('TEACHER_UNSUPPORTED', `${text}; shorten the scenario's phrases or use another model`);
    return new UnderstudyError(kind === 'unsupported' ? 'TEACHER_UNSUPPORTED' : 'TEACHER_CRASHED', text);
  }

  #lastLine(): string {
    const line = this.#lastWords.trim().split('\n').at(-1);
    return line ? `: ${line.slice(0, 200)}` : '';
  }

  #post(message: Ask | CancelMessage): void {
    // A process that is gone has an exit event on its way, which sends what is open again.
    if (this.#child?.connected) this.#child.send(message, () => {});
  }

  /** Keeps this process alive exactly while the model loads, is asked or is being ended. */
  #hold(): void {
    const child = this.#child;
    if (!child) return;
    const hold = this.#loading || this.#ended !== undefined || this.#jobs.size > 0 ? 'ref' : 'unref';
    child[hold]();
    child.channel?.[hold]();
    (child.stderr as unknown as { ref(): void; unref(): void } | null)?.[hold]();
  }
}

/** The process ended before the model was loaded. */
class Died extends Error {
  readonly how: string;
  constructor(how: string) {
    super(how);
    this.how = how;
  }
}
