import { ModelProcess, type Work } from './model-process.ts';
import type { AskMessage, Opened, OpenMessage, Question, RawAnswer } from './protocol.ts';

/** Questions that a further process must have to itself to be worth its start. */
const WORTH = 192;
/** Bounds on the questions that a process is given at a time: neighbours stay together, and all processes end together. */
const PIECE = { least: 96, most: 512 };

/** A teacher's work: answers are kept by who asks, so a crash costs little. */
const WORK: Work = {
  script: new URL('./child', import.meta.url),
  restarts: 2,
  left: (open) => `${open} questions are open, the answers so far are kept: run the same command again to resume`,
};

type TeacherProcess = ModelProcess<OpenMessage, Opened, AskMessage, RawAnswer>;

/**
 * A model in one process, or where a core is free in several: a small model uses one thread, so processes share out
 * what is asked. Each answer depends on its question alone, so it does not matter which process gives it.
 */
export class ModelPool {
  readonly #processes: readonly TeacherProcess[];
  /** Loading or loaded, by process; the first is loaded by `open`. */
  readonly #loaded: (Promise<unknown> | undefined)[] = [];
  readonly #sequences: number;
  readonly #log: (line: string) => void;

  /** @param size maximum number of processes */
  constructor(start: OpenMessage, name: string, size: number, log: (line: string) => void, work = WORK) {
    this.#processes = Array.from({ length: size }, () => new ModelProcess(work, start, name, log));
    this.#sequences = start.sequences;
    this.#log = log;
  }

  /** Process ids of the running models. */
  get pids(): number[] {
    return this.#processes.flatMap(({ pid }) => pid ?? []);
  }

  /** @throws as ModelProcess.open */
  async open(): Promise<Opened> {
    const opened = this.#processes[0]!.open();
    this.#loaded[0] = opened;
    return opened;
  }

  /** @throws as ModelProcess.ask */
  async ask(
    { questions, ...how }: Omit<AskMessage, 'type' | 'job'>,
    onAnswer: (answer: RawAnswer) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    // A smaller batch than one process holds is asked for to see what batching does, not to be spread.
    const useful = how.batch < this.#sequences ? 1 : Math.floor(questions.length / WORTH);
    const [first, ...others] = this.#processes.slice(0, Math.max(1, useful)) as [TeacherProcess, ...TeacherProcess[]];
    if (others.length === 0) return first.ask({ ...how, questions }, onAnswer, signal);

    const failed = new AbortController();
    const signals = AbortSignal.any(signal ? [signal, failed.signal] : [failed.signal]);
    const pieces = piecesOf(questions, 1 + others.length);
    const work = async (process: TeacherProcess) => {
      for (let piece = pieces.next(); !piece.done && !signals.aborted; piece = pieces.next())
        await process.ask({ ...how, questions: piece.value }, onAnswer, signals);
    };
    const own = work(first);
    const done = own.then(
      () => false,
      () => false,
    );
    // One that is still loading when nothing is left to ask is not waited for.
    const join = async (process: TeacherProcess, i: number) => {
      if (await Promise.race([this.#ready(process, i), done])) await work(process);
    };
    const all = [own, ...others.map((process, i) => join(process, i + 1))];
    try {
      await Promise.all(all);
    } catch (error) {
      failed.abort(error);
      await Promise.allSettled(all);
      throw error;
    }
    signal?.throwIfAborted();
  }

  /** Ends all processes; what is being asked is rejected with `reason`. */
  async end(reason: Error): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.end(reason)));
  }

  /** Whether a further process can be used; the first does without one that cannot be started. */
  async #ready(process: TeacherProcess, i: number): Promise<boolean> {
    this.#loaded[i] ??= process.open();
    try {
      await this.#loaded[i];
      return true;
    } catch (error) {
      this.#log(`${(error as Error).message}; continuing with fewer processes`);
      return false;
    }
  }
}

/** Stretches of sorted questions, so that neighbours, whose prompts share a beginning, stay together. */
function* piecesOf(questions: readonly Question[], processes: number): Generator<readonly Question[]> {
  const size = Math.min(PIECE.most, Math.max(PIECE.least, Math.ceil(questions.length / (2 * processes))));
  for (let from = 0; from < questions.length; from += size) yield questions.slice(from, from + size);
}
