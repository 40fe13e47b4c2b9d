import { closeSync, fstatSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { UnderstudyError } from '../../env/error.ts';
import { releaseLock, takeLock } from '../../workspace/file-lock.ts';
import { isLabelKey, type LabelRecord, labelLine, labelProblem, parseLabel } from '../../workspace/label.ts';
import { append, cut, setAside, syncDirectory } from './append.ts';
import { KeyIndex } from './key-index.ts';
import { type Scanned, scan } from './scan.ts';

export type { LabelRecord } from '../../workspace/label.ts';

interface Waiting {
  readonly key: string;
  readonly line: string;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** A process holds the lock for one write: milliseconds. */
const LOCK_WAIT_MS = 5_000;

/** Stores of this process by path: policies that share a workspace share its store. */
const stores = new Map<string, { store: LabelStore; users: number }>();

/**
 * The label store of a workspace: one JSON line for each answer, keyed by a hash of everything that the answer depends
 * on and closed by a checksum. Lines are only ever appended. A label counts as kept when `append` resolves, after the
 * line has reached the disk. A process killed at any byte leaves at most one line without its end; the next that writes
 * removes it. Nothing else is ever removed: a file that holds anything but labels is refused by line. Any number of
 * processes may read and write: each holds the lock only while its lines go to the disk, and reads first what others
 * added. A process that only reads opens the file for reading.
 */
export class LabelStore {
  readonly path: string;
  #index = new KeyIndex();
  /** Open for reading; undefined if there is no file. */
  #file: number | undefined;
  /** What was read so far: complete lines, and what follows them. */
  #scanned: Scanned | undefined;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #log: (line: string) => void = () => {};

  /**
   * Opens the store at a path, or shares it with those in this process that have it open.
   * @param log called with what was repaired
   * @throws {UnderstudyError} POLICY_FILE for a file that is not a label store, naming the line
   */
  static open(path: string, log?: (line: string) => void): LabelStore {
    const at = resolve(path);
    const known = stores.get(at) ?? { store: new LabelStore(at), users: 0 };
    if (log) known.store.#log = log;
    known.users++;
    stores.set(at, known);
    return known.store;
  }

  private constructor(path: string) {
    this.path = path;
    this.#openToRead();
  }

  /** Labels in the store. */
  get size(): number {
    return this.#index.size;
  }

  has(key: string): boolean {
    return this.#index.get(key) !== undefined;
  }

  /**
   * What was kept under a key, without the key.
   * @throws {UnderstudyError} POLICY_FILE naming the line of a label whose values cannot be
   */
  get(key: string): LabelRecord | undefined {
    const offset = this.#index.get(key);
    if (offset === undefined) return undefined;
    const label = parseLabel(this.#lineAt(offset));
    if (typeof label === 'string') throw this.refusal(key, label);
    return label.key === key ? label.record : undefined;
  }

  /** An error that names the line of a label and what is wrong with it. */
  refusal(key: string, problem: string): UnderstudyError {
    return this.#wrong(
      `, line ${this.#lineNumber(this.#index.get(key) ?? 0)}: ${problem}; remove the line to have the question asked again`,
    );
  }

  /**
   * Makes sure that there is a file to write to. Done before anything is asked, so that no answer is without a place.
   * @throws {UnderstudyError} POLICY_FILE where it cannot be written
   */
  prepare(): void {
    try {
      mkdirSync(dirname(this.path), { recursive: true });
      closeSync(openSync(this.path, 'a'));
      if (this.#file === undefined) syncDirectory(dirname(this.path));
    } catch (error) {
      throw this.#wrong(` cannot be written (${(error as Error).message})`, error);
    }
    if (this.#file === undefined) this.#openToRead();
  }

  /**
   * Keeps a record under its key; the first record of a key stays. Resolves when it is on the disk.
   * @param key SHA-256 in lower-case hex
   * @throws {RangeError} for a label whose values cannot be
   * @throws {UnderstudyError} POLICY_FILE where another process holds the lock for long, or the disk is full
   */
  async append(key: string, record: LabelRecord): Promise<void> {
    if (!isLabelKey(key)) throw new RangeError(`a label's key is 64 lower-case hex digits, got "${key}"`);
    const problem = 'key' in record || 'sum' in record ? 'has a `key` or a `sum` of its own' : labelProblem(record);
    if (problem) throw new RangeError(`the label ${problem}`);
    if (this.#file === undefined) this.prepare();
    const kept = new Promise<void>((done, failed) =>
      this.#waiting.push({ key, line: labelLine(key, record), done, failed }),
    );
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    return kept;
  }

  /** Waits for what is being kept, and lets go of the store when its last user in this process has closed it. */
  async close(): Promise<void> {
    await this.#writing;
    const known = stores.get(this.path);
    if (known?.store !== this || --known.users > 0) return;
    stores.delete(this.path);
    this.#closeFile();
  }

  get #lockPath(): string {
    return `${this.path}.lock`;
  }

  #openToRead(): void {
    try {
      if (!statSync(this.path).isFile()) throw this.#wrong(' is not a file; move it away or use another workspace');
      this.#file = openSync(this.path, 'r');
      this.#scan();
    } catch (error) {
      this.#closeFile();
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error instanceof UnderstudyError
        ? error
        : this.#wrong(` cannot be opened (${(error as Error).message})`, error);
    }
  }

  #closeFile(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#scanned = undefined;
    this.#index = new KeyIndex();
  }

  /** Reads what was added since the last time. */
  #scan(): Scanned {
    const scanned = scan(this.#file!, this.#scanned, (key, offset) => this.#index.add(key, offset));
    if (scanned.problem !== undefined) throw this.#wrong(scanned.problem);
    return (this.#scanned = scanned);
  }

  /** Labels that arrive while others are being synchronised go to the disk together. */
  async #write(): Promise<void> {
    // What is appended in this turn of the event loop is part of the first batch.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#lock();
        try {
          await this.#add(batch);
        } finally {
          releaseLock(this.#lockPath);
        }
        for (const { done } of batch) done();
      } catch (error) {
        const problem =
          error instanceof UnderstudyError
            ? error
            : this.#wrong(` cannot be written (${(error as Error).message})`, error);
        for (const { failed } of batch) failed(problem);
      }
    }
  }

  /** Appends the lines of new keys and reads them back; the lock is held. */
  async #add(batch: readonly Waiting[]): Promise<void> {
    if (!this.#isCurrent()) {
      this.#log(`${this.path} was replaced while it was in use; it is read again`);
      this.#closeFile();
      this.prepare();
    }
    // Others may have written since this one read, and one of them may have died over a line.
    const { end, lineEnd, tail, tailBytes } = this.#scan();
    if (tail === 'zeros') {
      const aside = setAside(this.path, tailBytes);
      this.#log(`${this.path} ended in zeros, as after a power cut; they were moved to ${aside}`);
    } else if (tail === 'cut')
      this.#log(
        `${this.path} ended in ${tailBytes.length} bytes of a line that was cut off, as when a process is killed; they were removed, and the question is asked again`,
      );
    if (tail !== 'whole') await cut(this.path, end);
    const lines = batch.filter(({ key }) => !this.has(key)).map(({ line }) => line + lineEnd);
    // A whole line lacks nothing but its end, or the second half of it.
    const missing = tail === 'whole' ? [tailBytes.at(-1) === 13 ? '\n' : lineEnd] : [];
    await append(this.path, [...missing, ...lines].join(''));
    this.#scan();
  }

  /** Whether the open file is still the one at the path, and still holds what was read of it. */
  #isCurrent(): boolean {
    if (this.#file === undefined) return false;
    const [open, there] = [fstatSync(this.#file), statSync(this.path, { throwIfNoEntry: false })];
    return open.ino === there?.ino && open.dev === there.dev && open.size >= (this.#scanned?.end ?? 0);
  }

  /** Takes the lock, waiting while another process writes its lines. */
  async #lock(): Promise<void> {
    const giveUp = performance.now() + LOCK_WAIT_MS;
    for (;;) {
      const holder = takeLock(this.#lockPath);
      if (!holder) return;
      if (performance.now() > giveUp)
        throw this.#wrong(
          ` has been locked for ${LOCK_WAIT_MS / 1000} s by process ${holder.pid} on ${holder.host}; if there is no such process, delete ${this.#lockPath}`,
        );
      await setTimeout(5 + 20 * Math.random());
    }
  }

  #lineAt(offset: number): string {
    for (let size = 1024; ; size *= 4) {
      const buffer = Buffer.alloc(size);
      const n = readSync(this.#file!, buffer, 0, size, offset);
      const to = buffer.subarray(0, n).indexOf(10);
      // The last line may lack its end.
      if (to >= 0 || n < size) return buffer.toString('utf8', 0, to < 0 ? n : to).replace(/\r$/, '');
    }
  }

  /** @returns the number of the line that begins at an offset, from 1 */
  #lineNumber(offset: number): number {
    const chunk = Buffer.alloc(1 << 20);
    let line = 1;
    for (let at = 0; at < offset; at += chunk.length) {
      const n = readSync(this.#file!, chunk, 0, Math.min(chunk.length, offset - at), at);
      for (let i = chunk.indexOf(10); i >= 0 && i < n; i = chunk.indexOf(10, i + 1)) line++;
    }
    return line;
  }

  #wrong(what: string, cause?: unknown): UnderstudyError {
    return new UnderstudyError('POLICY_FILE', `${this.path}${what}`, { cause });
  }
}
