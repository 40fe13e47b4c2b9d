import {
  closeSync,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { UnderstudyError } from '../../env/error.ts';
import { releaseLock, takeLock } from '../../workspace/file-lock.ts';
import { KeyIndex } from './key-index.ts';

/** What a line of the store holds beside its key. */
export type LabelRecord = Readonly<Record<string, unknown>>;

interface Waiting {
  readonly key: string;
  readonly line: Buffer;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

const START = '{"key":"';
const KEY = /^[0-9a-f]{64}$/;
/** Bytes from a line's start to the end of its key. */
const KEY_END = START.length + 64;
const CHUNK = 1 << 20;
const sync = promisify(fdatasync);
/** A process holds the lock for one write: milliseconds. */
const LOCK_WAIT_MS = 5_000;

/** Stores of this process by path: policies that share a workspace share its store. */
const stores = new Map<string, { store: LabelStore; users: number }>();

/**
 * The label store of a workspace: one JSON line for each answer, keyed by a hash of everything that the answer depends on.
 * Lines are only ever appended. A label counts as kept when `append` resolves, after the line has reached the disk; a
 * process killed at any byte leaves at most one line without its end, which the next one cuts off. Any number of
 * processes may read and write: each holds the lock only while its lines go to the disk, and reads first what others added.
 */
export class LabelStore {
  readonly path: string;
  private readonly index = new KeyIndex();
  private file: number | undefined;
  /** End of the last complete line, in bytes. */
  private end = 0;
  private lines = 0;
  private waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;

  /**
   * Opens the store at a path, or shares it with whoever in this process has it open.
   * @throws {UnderstudyError} POLICY_FILE for a line in the middle that is damaged
   */
  static open(path: string): LabelStore {
    const at = resolve(path);
    const known = stores.get(at) ?? { store: new LabelStore(at), users: 0 };
    known.users++;
    stores.set(at, known);
    return known.store;
  }

  private constructor(path: string) {
    this.path = path;
    try {
      this.file = openSync(path, 'r+');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw this.wrong(`cannot be opened (${(error as Error).message})`, error);
    }
    try {
      this.scan();
    } catch (error) {
      closeSync(this.file);
      throw error;
    }
    // Without the lock the rest could be a line that another process is writing at this moment.
    if (fstatSync(this.file).size > this.end && takeLock(this.lockPath) === undefined)
      try {
        this.scan();
        ftruncateSync(this.file, this.end);
      } finally {
        releaseLock(this.lockPath);
      }
  }

  /** Labels in the store. */
  get size(): number {
    return this.index.size;
  }

  has(key: string): boolean {
    return this.index.get(key) !== undefined;
  }

  /** What was kept under a key, without the key. */
  get(key: string): LabelRecord | undefined {
    const offset = this.index.get(key);
    if (offset === undefined) return undefined;
    const { key: found, ...record } = JSON.parse(this.lineAt(offset)) as Record<string, unknown>;
    return found === key ? record : undefined;
  }

  /**
   * Makes sure that there is a file to write to. Done before anything is asked, so that no answer is without a place.
   * @throws {UnderstudyError} POLICY_FILE where it cannot be written
   */
  prepare(): void {
    if (this.file !== undefined) return;
    try {
      mkdirSync(dirname(this.path), { recursive: true });
      closeSync(openSync(this.path, 'a'));
      this.file = openSync(this.path, 'r+');
    } catch (error) {
      throw this.wrong(`cannot be written (${(error as Error).message})`, error);
    }
    syncDirectory(dirname(this.path));
  }

  /**
   * Keeps a record under its key; the first record of a key stays. Resolves when it is on the disk.
   * @param key SHA-256 in lower-case hex
   * @throws {UnderstudyError} POLICY_FILE where another process holds the lock for long, or the disk is full
   */
  async append(key: string, record: LabelRecord): Promise<void> {
    if (!KEY.test(key)) throw new RangeError(`a label's key is 64 lower-case hex digits, got "${key}"`);
    this.prepare();
    const line = Buffer.from(`${START}${key}",${JSON.stringify(record).slice(1)}\n`);
    const kept = new Promise<void>((done, failed) => this.waiting.push({ key, line, done, failed }));
    this.writing ??= this.write().finally(() => {
      this.writing = undefined;
    });
    return kept;
  }

  /** Waits for what is being kept, and lets go of the store when its last user in this process has closed it. */
  async close(): Promise<void> {
    await this.writing;
    const known = stores.get(this.path);
    if (known?.store !== this || --known.users > 0) return;
    stores.delete(this.path);
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private get lockPath(): string {
    return `${this.path}.lock`;
  }

  /** Labels that arrive while others are being synchronised go to the disk together. */
  private async write(): Promise<void> {
    // Whoever appends in this turn of the event loop is part of the first batch.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        await this.lock();
        try {
          // Others may have written since this one read, and one of them may have died over a line.
          this.scan();
          ftruncateSync(this.file!, this.end);
          await this.add(batch.filter(({ key }) => !this.has(key)));
        } finally {
          releaseLock(this.lockPath);
        }
        for (const { done } of batch) done();
      } catch (error) {
        const problem =
          error instanceof UnderstudyError
            ? error
            : this.wrong(`cannot be written (${(error as Error).message})`, error);
        for (const { failed } of batch) failed(problem);
      }
    }
  }

  /** Appends lines and waits until they are on the disk; where that fails, the file ends where it ended before. */
  private async add(batch: readonly Waiting[]): Promise<void> {
    try {
      const bytes = Buffer.concat(batch.map(({ line }) => line));
      for (let written = 0; written < bytes.length; )
        written += writeSync(this.file!, bytes, written, bytes.length - written, this.end + written);
      await sync(this.file!);
    } catch (error) {
      ftruncateSync(this.file!, this.end);
      throw error;
    }
    for (const { key, line } of batch) {
      this.index.add(key, this.end);
      this.end += line.length;
      this.lines++;
    }
  }

  /** Takes the lock, waiting while another process writes its lines. */
  private async lock(): Promise<void> {
    const giveUp = performance.now() + LOCK_WAIT_MS;
    for (;;) {
      const holder = takeLock(this.lockPath);
      if (!holder) return;
      if (performance.now() > giveUp)
        throw this.wrong(
          `has been locked for ${LOCK_WAIT_MS / 1000} s by process ${holder.pid} on ${holder.host}; if there is no such process, delete ${this.lockPath}`,
        );
      await setTimeout(5 + 20 * Math.random());
    }
  }

  /** Indexes the complete lines from `end` on. */
  private scan(): void {
    const chunk = Buffer.alloc(CHUNK);
    let rest = Buffer.alloc(0);
    let position = this.end;
    let damaged: number | undefined;
    for (;;) {
      const n = readSync(this.file!, chunk, 0, CHUNK, position);
      if (n === 0) break;
      position += n;
      const bytes = rest.length > 0 ? Buffer.concat([rest, chunk.subarray(0, n)]) : chunk.subarray(0, n);
      let from = 0;
      let offset = position - bytes.length;
      for (let to = bytes.indexOf(10); to >= 0; to = bytes.indexOf(10, from)) {
        const key = keyOf(bytes.subarray(from, to));
        this.lines++;
        if (key === undefined) damaged ??= this.lines;
        else if (damaged !== undefined)
          throw this.wrong(`is damaged in line ${damaged}, and there are labels after it; remove the line`);
        else {
          this.index.add(key, offset);
          this.end = offset + to - from + 1;
        }
        offset += to - from + 1;
        from = to + 1;
      }
      rest = Buffer.from(bytes.subarray(from));
    }
    if (damaged !== undefined) this.lines = damaged - 1;
  }

  private lineAt(offset: number): string {
    let bytes = Buffer.alloc(0);
    for (let size = 1024; ; size *= 4) {
      const buffer = Buffer.alloc(size);
      const n = readSync(this.file!, buffer, 0, size, offset);
      bytes = buffer.subarray(0, n);
      const to = bytes.indexOf(10);
      if (to >= 0) return bytes.toString('utf8', 0, to);
      if (n < size) throw this.wrong('became shorter while it was in use');
    }
  }

  private wrong(what: string, cause?: unknown): UnderstudyError {
    return new UnderstudyError('POLICY_FILE', `${this.path} ${what}`, { cause });
  }
}

/** The key of a complete line; undefined for a line that is none of this store's. */
function keyOf(line: Buffer): string | undefined {
  if (line.length <= KEY_END || line[line.length - 1] !== 0x7d || line[KEY_END] !== 0x22) return undefined;
  const key = line.toString('latin1', START.length, KEY_END);
  return line.toString('latin1', 0, START.length) === START && KEY.test(key) ? key : undefined;
}

/** A new file survives a power cut only when its directory has reached the disk too. */
function syncDirectory(path: string): void {
  try {
    const directory = openSync(path, 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  } catch (error) {
    // Windows has no handle on a directory.
    if (process.platform !== 'win32') throw error;
  }
}
