import { randomUUID } from 'node:crypto';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { UnderstudyError } from '../../../env/error.ts';
import { releaseLock, takeLock } from '../../../workspace/file-lock.ts';
import type { Answer } from '../../policy.ts';
import type { Amount } from '../../spending/budget.ts';
import { currentMeter, type Meter } from '../../spending/meter.ts';
import type { Asking, Backend, Question } from '../backend.ts';
import { replyTokens } from '../gguf/grammar.ts';
import { replyAnswer } from '../server/answer.ts';
import type { Completion } from '../server/completion.ts';
import { type Ask, replySchema } from '../server/dialect.ts';
import { BatchFailure, type BatchHttp, errorOf } from './http.ts';
import { Journal, type JournalledBatch, type Step } from './journal.ts';
import type { Result, Shape } from './shapes.ts';

export interface BatchOptions {
  /** Path of the journal. */
  readonly journal: string;
  /** Pause between looks at a batch, in ms; default a minute. */
  readonly pollMs?: number;
  /** How long after a batch was sent its server may not list it yet, in ms; default 10 s. */
  readonly settleMs?: number;
  /** Most requests in a batch; default 10,000. */
  readonly size?: number;
  readonly log?: (line: string) => void;
  /** Called before and after each step, for tests that end the process there. */
  readonly at?: (point: string) => void;
}

const POLL_MS = 60_000;
const SETTLE_MS = 10_000;
const SIZE = 10_000;
/** The smallest limit on what is sent at once is that of Gemini, 20 MB. */
const BYTES = 15_000_000;
/** No service drops a batch sooner, in ms: one that it does not know before that is an error. */
const KEPT_MS = 48 * 3_600_000;
/** Times that a batch is sent that a server does not take, and batches that a question is in that expires. */
const TRIES = 5;

/** A question with its request, for everybody who asks it at the same time. */
interface Line {
  readonly question: Question & { readonly key: string };
  readonly asking: Asking;
  readonly ask: Ask;
  readonly line: object;
  readonly done: ((answer: Answer) => void)[];
  held?: Amount;
  /** Batches that it was in and that expired. */
  expired: number;
}

/** What a request asks for: a reply in words. */
export function batchAsk(
  prompt: string,
  seed: number,
  { elicit, explain, temperature }: Asking,
  actions: readonly string[],
): Ask {
  if (elicit !== 'greedy' && elicit !== 'sample')
    throw new UnderstudyError(
      'TEACHER_UNSUPPORTED',
      `a batch cannot be asked for "${elicit}", which takes questions that depend on answers: use "greedy" or "sample"`,
    );
  return {
    messages: [{ role: 'user', content: prompt }],
    ...(elicit === 'sample' && { sampling: { temperature, seed } }),
    limit: 64 + 2 * replyTokens(actions, true),
    schema: replySchema(actions, explain),
  };
}

/** The answer that a completion of a batch gives. */
export function batchAnswer(
  completion: Completion,
  actions: readonly string[],
  explain: boolean,
  device: string,
): Answer {
  const { explanation, ...answer } = replyAnswer(completion, actions);
  const { usage } = completion;
  return {
    ...answer,
    ...(explain && explanation !== undefined && { explanation }),
    ...(usage && { usage }),
    device,
  };
}

/**
 * A language model that is asked in batches. Each step stands in a journal before the next is taken, and a batch of which it is not
 * known whether it was taken is looked for at its server, so that no question is paid for twice, wherever the process ends.
 */
export class BatchBackend implements Backend {
  readonly template: string;
  readonly unreadable = BATCHED;
  readonly #shape: Shape;
  readonly #http: BatchHttp;
  readonly #model: string;
  readonly #actions: readonly string[];
  readonly #options: BatchOptions;
  readonly #journal: Journal;
  /** Questions that are open, by the key of their label. */
  readonly #open = new Map<string, Line>();
  #working: Promise<void> | undefined;

  constructor(
    { shape, http, model, template }: { shape: Shape; http: BatchHttp; model: string; template: string },
    actions: readonly string[],
    options: BatchOptions,
  ) {
    this.#shape = shape;
    this.#http = http;
    this.#model = model;
    this.template = template;
    this.#actions = actions;
    this.#options = options;
    this.#journal = new Journal(options.journal);
  }

  get #whose(): string {
    return `${this.#model} at ${this.#http.host}`;
  }

  /** Questions of askings that are made at the same time go together, as many to a batch as fit. */
  async ask(
    questions: readonly Question[],
    asking: Asking,
    { signal = new AbortController().signal, onAnswer }: Parameters<Backend['ask']>[2],
  ): Promise<void> {
    for (const question of questions) {
      const { key, prompt, seed, row } = question;
      if (key === undefined) throw new UnderstudyError('POLICY_ARGUMENT', 'a batch needs a label store');
      const known = this.#open.get(key);
      const done = known?.done ?? [];
      done.push((answer) => onAnswer(row, answer));
      if (known) continue;
      const ask = batchAsk(prompt, seed, asking, this.#actions);
      const line = this.#shape.line(this.#model, ask, key);
      this.#open.set(key, { question: { ...question, key }, asking, ask, line, done, expired: 0 });
    }
    this.#working ??= this.#work(signal).finally(() => {
      this.#working = undefined;
    });
    await this.#working;
  }

  /** Works until no question is open. */
  async #work(signal: AbortSignal): Promise<void> {
    // Whoever asks in this turn of the event loop is part of the first batch.
    await setImmediate();
    const open = this.#open;
    const done = (line: Line, answer: Answer) => {
      open.delete(line.question.key);
      for (const answered of line.done) answered(answer);
    };
    const lock = `${this.#options.journal}.lock`;
    const holder = takeLock(lock);
    if (holder)
      throw new UnderstudyError(
        'TEACHER_CRASHED',
        `process ${holder.pid} on ${holder.host} has batches under way here; wait for it, as both would pay for the same questions`,
      );
    try {
      while (open.size > 0) {
        const left = this.#journal.batches().find((one) => this.#concerns(one, open));
        await this.#finish(left ?? this.#plan([...open.values()]), left !== undefined, open, done, signal);
      }
    } catch (error) {
      throw errorOf(error);
    } finally {
      for (const line of open.values()) if (line.held) this.#settle(line, undefined);
      open.clear();
      releaseLock(lock);
    }
  }

  /** Whether a batch that is not over has open questions. */
  #concerns({ whose, keys }: JournalledBatch, open: ReadonlyMap<string, Line>): boolean {
    return whose === this.#whose && [...open.keys()].some((key) => keys.has(key));
  }

  /** Plans a batch of as many open questions as fit, and writes that down. */
  #plan(lines: readonly Line[]): JournalledBatch {
    const { size = SIZE } = this.#options;
    const meter = currentMeter();
    const keys: string[] = [];
    let bytes = 0;
    for (const one of lines) {
      const sent = JSON.stringify(one.line);
      if (keys.length === size || (bytes += sent.length) > BYTES) break;
      if (meter && !one.held) {
        const held = meter.tryClaim(claimOf(one), meter.batchShare);
        if (!held) break;
        one.held = held;
      }
      keys.push(one.question.key);
    }
    if (keys.length === 0) throw meter!.refusal(claimOf(lines[0]!), meter!.batchShare);
    const planned = { batch: randomUUID(), at: new Date().toISOString(), whose: this.#whose, keys };
    this.#write({ step: 'planned', ...planned });
    return { ...planned, keys: new Set(keys), size: keys.length };
  }

  #write(step: Step): void {
    this.#options.at?.(`before ${step.step}`);
    this.#journal.add(step);
    this.#options.at?.(`after ${step.step}`);
  }

  /**
   * Brings a batch to its end and hands out its answers.
   * @param left whether an earlier process left it, in whatever state
   */
  async #finish(
    batch: JournalledBatch,
    left: boolean,
    open: Map<string, Line>,
    done: (line: Line, answer: Answer) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const id = batch.id ?? (await this.#submitted(batch, left, open, signal));
    if (id === undefined) return;
    this.#options.log?.(
      `${this.#http.host}: batch ${id} of ${batch.size} questions${left ? ', which was left under way' : ''}`,
    );
    const problem = await this.#over(id, signal).catch((error: unknown) => {
      const gone = error instanceof BatchFailure && error.status === 404 && Date.now() - Date.parse(batch.at) > KEPT_MS;
      if (!gone) throw error;
      return null;
    });
    if (problem === null) {
      this.#options.log?.(
        `${this.#http.host} has batch ${id} no more, which was planned ${batch.at}; its questions are asked again`,
      );
      return this.#write({ step: 'abandoned', batch: batch.batch });
    }
    this.#options.at?.('over');
    const results = new Map((await this.#shape.results(this.#http, id, signal)).map((one) => [one.key, one]));
    this.#options.at?.('results read');
    // What a batch that expired or failed as a whole says nothing of was not worked on.
    const missing = (key: string): Result => (problem === undefined ? { key, expired: true } : { key, error: problem });
    const ended = [...batch.keys].map((key) => results.get(key) ?? missing(key));
    const unanswered = ended.filter((result) => !('completion' in result)).map(({ key }) => key);
    for (const result of ended) {
      const line = open.get(result.key);
      if (!line) continue;
      if ('completion' in result) {
        const { completion } = result;
        this.#settle(line, { usage: completion.usage, text: completion.text ?? '' });
        done(line, batchAnswer(completion, this.#actions, line.asking.explain, this.#http.host));
        continue;
      }
      this.#settle(line, undefined);
      const expired = 'expired' in result;
      if (expired && ++line.expired < TRIES) continue;
      const reason = expired
        ? `${line.expired} batches with this question expired`
        : `the server did not answer the question in a batch: ${result.error}`;
      done(line, { outcome: expired ? 'timeout' : 'refused', reason, transient: true });
    }
    if (unanswered.length > 0) {
      this.#options.log?.(`${this.#http.host}: batch ${id} ended without answers to ${unanswered.length} questions`);
      this.#write({ step: 'unanswered', batch: batch.batch, keys: unanswered });
    }
  }

  #settle(line: Line, reply: Parameters<Meter['settleClaim']>[2]): void {
    const meter = currentMeter();
    meter?.settleClaim(line.held, { prompt: claimOf(line).prompt, share: meter.batchShare }, reply);
    delete line.held;
  }

  /** Waits for the end of a batch. @returns what went wrong with all of it, if something did */
  async #over(id: string, signal: AbortSignal): Promise<string | undefined> {
    const { pollMs = POLL_MS } = this.#options;
    for (;;) {
      const { over, problem } = await this.#shape.state(this.#http, id, signal);
      if (over) return problem;
      await setTimeout(pollMs, undefined, { signal });
    }
  }

  /**
   * Sends a batch, unless it is at its server already.
   * @returns its number; undefined for one that was left and never arrived, whose questions are open again
   */
  async #submitted(
    batch: JournalledBatch,
    left: boolean,
    open: ReadonlyMap<string, Line>,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    let sent = Date.parse(batch.at);
    for (let attempt = 1; ; attempt++) {
      if (left || attempt > 1) {
        // A list may not have yet what was taken just now.
        const { settleMs = SETTLE_MS } = this.#options;
        await setTimeout(Math.max(0, sent + settleMs - Date.now()), undefined, { signal });
        const found = await this.#found(batch, signal);
        if (found !== undefined) return this.#noted(batch, found);
        if (left) {
          this.#write({ step: 'abandoned', batch: batch.batch });
          return undefined;
        }
        const { batch: name, whose, keys } = batch;
        this.#write({ step: 'planned', batch: name, whose, keys: [...keys], at: new Date().toISOString() });
      }
      this.#options.at?.('before sending');
      sent = Date.now();
      try {
        const lines = [...batch.keys].map((key) => open.get(key)!.line);
        const { at } = this.#options;
        const id = await this.#shape.submit(this.#http, { batch: batch.batch, model: this.#model, lines, at }, signal);
        this.#options.at?.('sent');
        return this.#noted(batch, id);
      } catch (error) {
        if (!(error instanceof BatchFailure)) throw error;
        const { status } = error;
        const refused = status !== undefined && status < 500 && status !== 408 && status !== 429;
        if (refused) this.#write({ step: 'abandoned', batch: batch.batch });
        if (refused || attempt === TRIES) throw error;
      }
    }
  }

  #noted({ batch }: JournalledBatch, id: string): string {
    this.#write({ step: 'submitted', batch, id });
    return id;
  }

  /** A batch at its server by what it carries; where it carries nothing of ours, by the keys in its results. */
  async #found(batch: JournalledBatch, signal: AbortSignal): Promise<string | undefined> {
    const { batch: name, at, size, keys } = batch;
    const known = new Set(this.#journal.batches().flatMap(({ id }) => id ?? []));
    const candidates = await this.#shape.find(this.#http, { batch: name, at, size }, signal);
    if (this.#shape.marked) return candidates[0];
    for (const id of candidates.filter((candidate) => !known.has(candidate))) {
      await this.#over(id, signal);
      const results = await this.#shape.results(this.#http, id, signal);
      if (results.length > 0 && results.every(({ key }) => keys.has(key))) return id;
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Why numbers are not read as distributions. */
export const BATCHED = 'a batch gives replies in words';

const claimOf = ({ ask, line }: Line) => ({
  sent: JSON.stringify(line),
  prompt: ask.messages.map(({ content }) => content).join('\n'),
  limit: ask.limit,
});
