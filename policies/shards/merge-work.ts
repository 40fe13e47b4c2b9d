import { UnderstudyError } from '../../env/error.ts';
import { shardOf } from '../../env/shard.ts';
import { hashOf } from '../../workspace/hash.ts';
import type { Workspace } from '../../workspace/paths.ts';
import { shardWords } from '../../workspace/shards.ts';
import { addSpending, type SpendingLine, spendingTexts } from '../../workspace/spending.ts';
import { type LabelRecord, LabelStore } from '../labels/store.ts';
import type { Answer } from '../policy.ts';
import type { Incoming } from './incoming.ts';
import { saysTheSame } from './lines.ts';

/** What is known of a teacher that is not opened. */
export interface OpenedTeacher {
  /** The name that the command has for it. */
  readonly name: string;
  readonly model: {
    readonly name: string;
    readonly openedBy?: string;
    readonly model: string;
    readonly library: string;
    readonly request: string;
    readonly nameRequest?: string;
    readonly endpoints?: readonly string[];
  };
  readonly template: string;
  readonly unreadable?: string;
  readonly caveat?: string;
  readonly decidesBy: Answering;
}
type Answering = 'greedy' | 'sample' | 'expected' | 'choice';

/** What a merge took from its shards. */
export interface MergeCounts {
  /** Shards that were there, of how many. */
  readonly present: readonly number[];
  readonly of: number;
  /** Answers and runs that were not in the workspace yet. */
  readonly added: number;
  /** Pieces that no shard brought. */
  readonly open: number;
}

/** Labels that are on their way to the disk at a time. */
const BATCH = 1000;

/**
 * A command that is done once more with what its shards brought, in place of asking and playing: results come from the code that
 * they always come from, and what is kept is kept in the order of a single run. Nothing is written before everything is there.
 */
export class MergeWork implements AsyncDisposable {
  readonly merges = true;
  readonly #incoming: Incoming;
  readonly #paths: Workspace;
  readonly #common: LabelStore;
  readonly #partial: boolean;
  /** Keys that are taken, in the order of a single run. */
  readonly #taken = new Set<string>();
  readonly #runs = new Map<string, unknown>();
  /** Open pieces by the number of their shard. */
  readonly #open = new Map<number, number>();
  #added = 0;
  #ended = false;

  /** @throws {UnderstudyError} SHARD_CONFLICT for an answer that the workspace has otherwise, naming both */
  constructor(
    paths: Workspace,
    incoming: Incoming,
    { partial = false, log }: { readonly partial?: boolean; readonly log?: (line: string) => void } = {},
  ) {
    this.#paths = paths;
    this.#incoming = incoming;
    this.#partial = partial;
    this.#common = LabelStore.open(paths.labels, log);
    try {
      for (const { key, kind } of incoming.entries()) {
        if (kind !== 'answer' || !this.#common.has(key)) continue;
        if (saysTheSame(this.#common.get(key)!, incoming.get(key)!)) continue;
        const { message } = this.#common.refusal(key, `contradicts ${incoming.where(key)}`);
        throw new UnderstudyError('SHARD_CONFLICT', `${message}; nothing is merged`);
      }
    } catch (error) {
      void this.#common.close();
      throw error;
    }
  }

  /** What the workspace knows. */
  label(key: string): LabelRecord | undefined {
    return this.#common.get(key);
  }

  /** A teacher that a shard opened by this name. */
  teacher(name: string): OpenedTeacher | undefined {
    const { opened } = (this.#incoming.get(hashOf({ opened: name })) ?? {}) as { opened?: OpenedTeacher };
    if (!opened) return undefined;
    for (const { key, kind } of this.#incoming.entries()) {
      // What is remembered of a model stands before its first answer.
      if (kind === 'answer') break;
      const { sha256, model } = this.#incoming.get(key) ?? {};
      if (kind === 'model' && (sha256 ?? model) === opened.model.model) this.#take(key);
    }
    return opened;
  }

  /**
   * The answer to a question: a record as a label store has it, or one that was not kept.
   * @param piece says what the question is, to know whose it was
   */
  answer(key: string, piece: string): { readonly label: LabelRecord } | { readonly lost: Answer } | undefined {
    const label = this.#incoming.get(key);
    if (label) {
      this.#take(key);
      return { label };
    }
    const { failure } = (this.#incoming.failure(key) ?? {}) as { failure?: Answer };
    if (failure) return { lost: failure };
    this.#misses(piece);
    return undefined;
  }

  /**
   * What a run came to: what was kept, or why it failed; undefined if no shard played it.
   * @param journalled whether the command has a journal of its own to keep it in
   */
  run(key: string, journalled = false): { readonly run: unknown } | { readonly failure: string } | undefined {
    const record = this.#incoming.get(key) ?? this.#incoming.failure(key);
    if (!record) {
      this.#misses(key);
      return undefined;
    }
    for (const label of (record.labels ?? []) as readonly string[]) if (this.#incoming.has(label)) this.#take(label);
    if ('failure' in record) return { failure: record.failure as string };
    if (!journalled) this.#runs.set(key, record.run);
    return { run: record.run };
  }

  /** Why a piece has nothing, where results are made all the same. */
  whyOpen(piece: string): string {
    const { of } = this.#incoming.group.header;
    return `shard ${shardOf(piece, of)}/${of} did not bring it`;
  }

  /**
   * Puts everything into the stores, when it is known that all is there.
   * @throws {UnderstudyError} SHARD_MISSING saying what each shard lacks; nothing is written then
   */
  async end(): Promise<void> {
    if (this.#ended) return;
    if (this.#open.size > 0 && !this.#partial) throw this.#incomplete();
    this.#ended = true;
    const spent: SpendingLine[] = [];
    const rest: string[] = [];
    for (const { key, kind } of this.#incoming.entries()) {
      if (kind === 'spending') spent.push((this.#incoming.get(key) as unknown as { spending: SpendingLine }).spending);
      else if ((kind === 'answer' || kind === 'model') && !this.#taken.has(key)) rest.push(key);
    }
    await this.#append([...this.#taken, ...rest]);
    await this.#keepRuns();
    const known = await spendingTexts(this.#paths);
    for (const line of spent) if (!known.has(JSON.stringify(line))) addSpending(this.#paths.spending, line);
  }

  /** Counts runs that go into a journal. */
  adds(n: number): void {
    this.#added += n;
  }

  counts(): MergeCounts {
    const { present, header } = this.#incoming.group;
    return {
      present: [...present].sort((a, b) => a - b),
      of: header.of,
      added: this.#added,
      open: [...this.#open.values()].reduce((sum, n) => sum + n, 0),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#common.close();
  }

  #take(key: string): void {
    this.#taken.add(key);
  }

  #misses(piece: string): void {
    const shard = shardOf(piece, this.#incoming.group.header.of);
    this.#open.set(shard, (this.#open.get(shard) ?? 0) + 1);
  }

  /** Keeps runs that have no journal of their own. */
  async #keepRuns(): Promise<void> {
    if (this.#runs.size === 0) return;
    const store = LabelStore.open(this.#paths.runs);
    try {
      const open = [...this.#runs].filter(([key]) => !store.has(key));
      await Promise.all(open.map(([key, run]) => store.append(key, { run })));
      this.#added += open.length;
    } finally {
      await store.close();
    }
  }

  async #append(keys: readonly string[]): Promise<void> {
    const open = keys.filter((key) => !this.#common.has(key));
    for (let from = 0; from < open.length; from += BATCH)
      await Promise.all(
        open.slice(from, from + BATCH).map((key) => this.#common.append(key, this.#incoming.get(key)!)),
      );
    this.#added += open.length;
  }

  #incomplete(): UnderstudyError {
    const { header, present } = this.#incoming.group;
    const { of } = header;
    const lacking = [...this.#open].sort(([a], [b]) => a - b);
    const words = (shards: typeof lacking) =>
      shards
        .slice(0, 8)
        .map(([index, n]) => `${index}/${of} (${n.toLocaleString('en-US')})`)
        .join(', ') + (shards.length > 8 ? ` and ${shards.length - 8} more` : '');
    const [missing, unfinished] = [true, false].map((gone) => lacking.filter(([index]) => present.has(index) !== gone));
    return new UnderstudyError(
      'SHARD_MISSING',
      [
        ...(missing!.length > 0 ? [`missing shards of ${header.verb} with their open pieces: ${words(missing!)}`] : []),
        ...(unfinished!.length > 0
          ? [`${shardWords({ ...header, index: unfinished![0]![0] })} is not finished`]
          : []
        ).map((first) =>
          unfinished!.length > 1
            ? `unfinished shards of ${header.verb}: ${words(unfinished!)}`
            : `${first}: ${words(unfinished!)}`,
        ),
        'nothing is merged: run them, or take what is there with --partial',
      ].join('; '),
    );
  }
}
