import type { AskMessage, Question } from './protocol.ts';

/** A job with what is left of it: stretches of its sorted questions, one for each worker that may take part. */
interface Job {
  readonly ask: AskMessage;
  readonly left: { from: number; to: number }[];
}

/**
 * Deals the questions of jobs to workers. A worker stays in its own stretch of a job, so that the prompt it answers next
 * shares a prefix with the one before; one that has finished takes half of the longest stretch. Jobs take turns, so a
 * single question is not kept waiting by a thousand others.
 */
export class Queue {
  readonly #workers: number;
  readonly #jobs: Job[] = [];

  constructor(workers: number) {
    this.#workers = workers;
  }

  add(ask: AskMessage): void {
    const n = ask.questions.length;
    const parts = Math.min(this.#workers, ask.batch);
    const left = Array.from({ length: parts }, (_, w) => ({
      from: Math.floor((n * w) / parts),
      to: Math.floor((n * (w + 1)) / parts),
    }));
    this.#jobs.push({ ask, left });
  }

  /** Forgets a job's questions that were not dealt yet. */
  cancel(job: number): void {
    const at = this.#jobs.findIndex(({ ask }) => ask.job === job);
    if (at >= 0) this.#jobs.splice(at, 1);
  }

  /** The next question for a worker; undefined where nothing is left. */
  next(worker: number): { ask: AskMessage; question: Question } | undefined {
    const at = this.#jobs.findIndex(({ left }) => worker < left.length);
    if (at < 0) return undefined;
    const [job] = this.#jobs.splice(at, 1) as [Job];
    const { ask, left } = job;
    const own = left[worker]!;
    if (own.from === own.to) {
      const longest = left.reduce((a, b) => (b.to - b.from > a.to - a.from ? b : a));
      own.to = longest.to;
      own.from = longest.from + Math.floor((longest.to - longest.from) / 2);
      longest.to = own.from;
    }
    if (own.from === own.to) return this.next(worker);
    const question = ask.questions[own.from++]!;
    if (left.some(({ from, to }) => from < to)) this.#jobs.push(job);
    return { ask, question };
  }
}
