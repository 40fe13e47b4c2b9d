import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ShardWork } from '../../policies/shards/shard-work.ts';
import { GrowingFile } from '../../workspace/growing-file.ts';

/** What a run came to. */
export interface RunResult {
  readonly policy: string;
  readonly ticks: number;
  /** As `outcomesOf` names them; what was not a number is null. */
  readonly outcomes: Readonly<Record<string, number | null>>;
  /** Agent-ticks without a probability. */
  readonly unanswered: number;
  readonly stateHash: string;
  /** SHA-256 of the world that it was played in. */
  readonly scenario: string;
}

/** How a run ended. */
export type RunEnd = { readonly result: RunResult } | { readonly failure: string };

/** Where it is kept what the runs of a sweep came to. */
export interface Ends {
  get(key: string): RunEnd | undefined;
  add(key: string, end: RunEnd): Promise<void>;
  /** Hands everything to the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * What the runs of a sweep came to, in a file that only grows: whatever ends the process, the lines that were written are
 * there, and a last one that is cut off counts for nothing.
 */
export class Journal implements Ends {
  readonly #file: GrowingFile;
  readonly #ends: Map<string, RunEnd>;

  private constructor(file: GrowingFile, ends: Map<string, RunEnd>) {
    this.#file = file;
    this.#ends = ends;
  }

  static async open(path: string): Promise<Journal> {
    await mkdir(dirname(path), { recursive: true });
    const read = readEnds(path);
    if (!read) return new Journal(await GrowingFile.create(path), new Map());
    return new Journal(await GrowingFile.resume(path, read.whole), read.ends);
  }

  get(key: string): RunEnd | undefined {
    return this.#ends.get(key);
  }

  /** Adds how a run ended; it is on its way to the disk when this returns. */
  async add(key: string, end: RunEnd): Promise<void> {
    this.#ends.set(key, end);
    await this.#file.text(`${JSON.stringify({ key, ...end })}\n`);
  }

  /** Hands everything to the disk. */
  async sync(): Promise<void> {
    await this.#file.sync();
  }

  async close(): Promise<void> {
    await this.#file.sync();
    await this.#file.close();
  }
}

/** What a journal has, and the bytes of its whole lines; undefined if there is none. */
function readEnds(path: string): { readonly ends: Map<string, RunEnd>; readonly whole: number } | undefined {
  const ends = new Map<string, RunEnd>();
  let whole = 0;
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, whole)) {
    try {
      const { key, ...how } = JSON.parse(bytes.toString('utf8', whole, end)) as { key: string } & RunEnd;
      ends.set(key, how);
    } catch {
      // A line that a full disk cut in the middle, with what was written after it: that run is played again.
    }
    whole = end + 1;
  }
  return { ends, whole };
}

/** The journal of a shard: it reads that of the sweep, and keeps what is new in the shard's own file. */
export class ShardJournal implements Ends {
  readonly #ends: ReadonlyMap<string, RunEnd>;
  readonly #shard: ShardWork;

  constructor(path: string, shard: ShardWork) {
    this.#ends = readEnds(path)?.ends ?? new Map();
    this.#shard = shard;
  }

  get(key: string): RunEnd | undefined {
    const known = this.#ends.get(key);
    if (known && 'result' in known) return known;
    const result = this.#shard.run(key) as RunResult | undefined;
    return result && { result };
  }

  async add(key: string, end: RunEnd): Promise<void> {
    if ('result' in end) await this.#shard.keepRun(key, end.result);
    else await this.#shard.keepFailure(key, end.failure);
  }

  async sync(): Promise<void> {}

  async close(): Promise<void> {}
}
