import { AsyncLocalStorage } from 'node:async_hooks';
import { UnderstudyError } from '../../env/error.ts';
import { type Shard, shardName, shardOf } from '../../env/shard.ts';
import { hashOf } from '../../workspace/hash.ts';
import type { Workspace } from '../../workspace/paths.ts';
import { headerIn, headerKey, type ShardHeader, shardPath, shardWords } from '../../workspace/shards.ts';
import type { SpendingLine } from '../../workspace/spending.ts';
import { type LabelRecord, LabelStore } from '../labels/store.ts';
import type { Answer } from '../policy.ts';
import { firstRecord } from './lines.ts';

/** What a shard came to. */
export interface ShardReport {
  readonly verb: string;
  readonly shard: Shard;
  /** Where it keeps what it did. */
  readonly file: string;
  /** What is counted: questions to a teacher, or runs. */
  readonly unit: Grain;
  /** Pieces of the whole command, as far as they are known in one shard. */
  readonly pieces: number;
  /** Pieces of this shard: those known from before, done now, and failed now. */
  readonly own: number;
  readonly known: number;
  readonly done: number;
  readonly failed: number;
  /** Why pieces failed, each reason once. */
  readonly failures: readonly string[];
}

/** What the pieces of a command are: questions, each by itself, or runs with all questions that they ask. */
export type Grain = 'questions' | 'runs';

/** Ends the work of a shard where results would be written; what it came to is the shard's report. */
export class ShardEnd extends Error {
  readonly report: ShardReport;
  constructor(report: ShardReport) {
    super(`${shardName(report.shard)} is done`);
    this.report = report;
  }
}

/** Reasons that are kept for the report. */
const REASONS = 20;

/**
 * One shard of a command while it is done: which pieces are its own, what is known of them, and where what they come to is kept.
 * Its file is a label store, with all the care of one, whose first line says what it belongs to.
 */
export class ShardWork implements AsyncDisposable {
  readonly merges = false;
  readonly header: ShardHeader;
  readonly grain: Grain;
  readonly #file: LabelStore;
  readonly #common: LabelStore;
  readonly #counts = { pieces: 0, own: 0, known: 0, done: 0, failed: 0 };
  readonly #failures = new Set<string>();
  readonly #beyond = new AsyncLocalStorage<true>();
  /** Labels that the run which is played needs, in order. */
  #needed: string[] = [];
  readonly #writing = new Set<Promise<void>>();
  #problem: unknown;
  #spendings = 0;

  /**
   * Begins a shard, or goes on with it.
   * @throws {UnderstudyError} SHARD_FILE where its file is of something else, POLICY_FILE where it is damaged
   */
  static async begin(paths: Workspace, header: ShardHeader, grain: Grain, log?: (line: string) => void) {
    const work = new ShardWork(paths, header, grain, log);
    try {
      await work.#claim();
    } catch (error) {
      await work[Symbol.asyncDispose]();
      throw error;
    }
    return work;
  }

  private constructor(paths: Workspace, header: ShardHeader, grain: Grain, log?: (line: string) => void) {
    this.header = header;
    this.grain = grain;
    this.#file = LabelStore.open(shardPath(paths, header), log);
    this.#common = LabelStore.open(paths.labels, log);
  }

  async #claim(): Promise<void> {
    const key = headerKey(this.header);
    if (this.#file.size === 0) await this.#file.append(key, { shard: this.header });
    if (this.#file.has(key)) return;
    const other = headerIn(firstRecord(this.#file.path));
    const whose = other
      ? `${shardWords(other)} by understudy ${other.understudy} in ${other.scenario} (tables ${other.sha256.slice(0, 12)})`
      : 'something that is not a shard';
    throw new UnderstudyError(
      'SHARD_FILE',
      `${this.#file.path} is of ${whose}, and this is ${shardWords(this.header)} by ${this.header.understudy} in ${this.header.scenario} (tables ${this.header.sha256.slice(0, 12)}); merge it or move it away first`,
    );
  }

  /** Whether a piece belongs to this shard; it counts as one of all. */
  takes(piece: string): boolean {
    if (this.#beyond.getStore()) return true;
    this.#counts.pieces++;
    const own = shardOf(piece, this.header.of) === this.header.index;
    if (own) this.#counts.own++;
    return own;
  }

  /**
   * Asks what belongs to other shards, where all of them have to come to the same conclusion. The answers are this shard's to go
   * by; a merge leaves them out, as those that count are in the shards of their questions.
   */
  beyond<T>(ask: () => Promise<T>): Promise<T> {
    return this.#beyond.run(true, ask);
  }

  /** Whether answers to questions of other shards may be known. */
  get knowsOthers(): boolean {
    return this.#common.size > 0;
  }

  /** What is known under a key, in the workspace or in this shard. */
  label(key: string): LabelRecord | undefined {
    const known = this.#common.get(key) ?? this.#file.get(key);
    if (known || !this.#beyond.getStore()) return known;
    return (this.#file.get(beyondKey(key)) as { beyond?: LabelRecord } | undefined)?.beyond;
  }

  /** Counts pieces that are known. */
  knows(n: number): void {
    if (!this.#beyond.getStore()) this.#counts.known += n;
  }

  /** Notes which labels the run that is played needs, if they are this shard's own. */
  needs(keys: readonly string[]): void {
    if (this.grain === 'runs') this.#needed.push(...keys.filter((key) => !this.#common.has(key)));
  }

  /** Keeps an answer, or what is to be remembered of a model. */
  async keep(key: string, record: LabelRecord): Promise<void> {
    if (this.#beyond.getStore()) return await this.#file.append(beyondKey(key), { beyond: record });
    await this.#file.append(key, record);
    if (this.grain === 'questions' && record.outcome !== undefined) this.#counts.done++;
  }

  /** Notes an answer that is not kept: the question is asked again the next time. */
  lost(key: string, answer: Answer): void {
    if (this.#beyond.getStore()) return;
    if (this.grain === 'questions') this.#fails(answer.reason ?? answer.outcome);
    this.#write(() => this.#file.append(this.#attempt(key), { failure: answer }));
  }

  /** What a run came to, from this shard. */
  run(key: string): unknown {
    return (this.#file.get(key) as { run?: unknown } | undefined)?.run;
  }

  /** Keeps what a run came to, with the labels that it needed. */
  async keepRun(key: string, run: unknown): Promise<void> {
    const labels = this.#needed;
    this.#needed = [];
    this.#counts.done++;
    await this.#file.append(key, { run, ...(labels.length > 0 && { labels }) });
  }

  /** Keeps why a run failed; it is played again the next time. */
  async keepFailure(key: string, reason: string): Promise<void> {
    const labels = this.#needed;
    this.#needed = [];
    this.#fails(reason);
    await this.#file.append(this.#attempt(key), { failure: reason, ...(labels.length > 0 && { labels }) });
  }

  /** Keeps what identifies a teacher, so that merging does not need it. */
  opened(name: string, teacher: object): void {
    this.#write(() => this.#file.append(openedKey(name), { opened: { name, ...teacher } }));
  }

  /** Keeps why a teacher could not be opened. */
  unopened(name: string, reason: string): void {
    this.#write(() => this.#file.append(this.#attempt(openedKey(name)), { failure: reason }));
  }

  /** Keeps what was spent. */
  spent(line: SpendingLine): void {
    this.#write(() => this.#file.append(hashOf({ spending: line, number: this.#spendings++ }), { spending: line }));
  }

  /**
   * Ends the shard where results would be written.
   * @throws {ShardEnd} with what it came to
   */
  async end(): Promise<never> {
    await this.#written();
    throw new ShardEnd(this.report());
  }

  report(): ShardReport {
    const { verb, index, of } = this.header;
    return {
      ...{ verb, shard: { index, of }, file: this.#file.path, unit: this.grain },
      ...this.#counts,
      failures: [...this.#failures],
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#written().catch(() => {});
    await this.#file.close();
    await this.#common.close();
  }

  #fails(reason: string): void {
    this.#counts.failed++;
    if (this.#failures.size < REASONS) this.#failures.add(reason);
  }

  /** The key of the next failure of a piece. */
  #attempt(key: string): string {
    for (let attempt = 0; ; attempt++) {
      const at = failureKey(key, attempt);
      if (!this.#file.has(at)) return at;
    }
  }

  #write(work: () => Promise<void>): void {
    const writing = work()
      .catch((error: unknown) => {
        this.#problem ??= error;
      })
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  async #written(): Promise<void> {
    await Promise.all(this.#writing);
    if (this.#problem) throw this.#problem;
  }
}

/** Under which it is kept what identifies a teacher. */
export const openedKey = (name: string): string => hashOf({ opened: name });

/** Under which an answer is kept that belongs to another shard. */
const beyondKey = (key: string): string => hashOf({ beyond: key });

/** Under which a failure of a piece is kept. */
export const failureKey = (key: string, attempt: number): string => hashOf({ failure: key, attempt });
