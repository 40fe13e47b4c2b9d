import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { UnderstudyError } from '../env/error.ts';

const BUFFER = 1 << 20;

/** A file that is written piece by piece beside its place, however large it is, and takes it when it is whole. */
export class PartFile {
  readonly path: string;
  lines = 0;
  readonly #part: string;
  readonly #hash = createHash('sha256');
  #file: number | undefined;
  #pending: string[] = [];
  #size = 0;

  /** @throws {UnderstudyError} DISTILL_FILE if it cannot be written */
  constructor(path: string) {
    this.path = path;
    this.#part = `${path}.${process.pid}.part`;
    this.#attempt(() => {
      mkdirSync(dirname(path), { recursive: true });
      this.#file = openSync(this.#part, 'w');
    });
  }

  /** @throws {UnderstudyError} DISTILL_FILE if it cannot be written */
  line(text: string): void {
    this.#pending.push(text, '\n');
    this.#size += text.length + 1;
    this.lines++;
    if (this.#size >= BUFFER) this.#flush();
  }

  /** Ends the writing. @returns SHA-256 of the content in lower-case hex */
  close(): string {
    this.#flush();
    this.#attempt(() => {
      fsyncSync(this.#file!);
      closeSync(this.#file!);
      this.#file = undefined;
    });
    return this.#hash.digest('hex');
  }

  /** Takes the place of what was there. */
  commit(): void {
    this.#attempt(() => renameSync(this.#part, this.path));
  }

  /** Leaves nothing behind; what was committed stays. */
  discard(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    rmSync(this.#part, { force: true });
  }

  #flush(): void {
    const bytes = Buffer.from(this.#pending.join(''));
    this.#pending = [];
    this.#size = 0;
    this.#hash.update(bytes);
    this.#attempt(() => {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file!, bytes, at);
    });
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      throw new UnderstudyError('DISTILL_FILE', `${this.path} cannot be written (${code ?? message})`, { cause });
    }
  }
}
