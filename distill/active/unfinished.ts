import { readFile, rm } from 'node:fs/promises';
import { writeFileAtomically } from '../../workspace/write-file.ts';
import type { Progress } from './learn.ts';

/** What an interrupted study of questions has done, by run and strategy, in one file of the same identity. */
export class Unfinished {
  readonly #file: string;
  readonly #identity: string;
  readonly #done: Record<string, Progress>;

  private constructor(file: string, identity: string, done: Record<string, Progress>) {
    this.#file = file;
    this.#identity = identity;
    this.#done = done;
  }

  /** Empty if there is nothing of this identity, or if the file is damaged. */
  static async open(file: string, identity: string): Promise<Unfinished> {
    try {
      const saved = JSON.parse(await readFile(file, 'utf8')) as { identity: string; done: Record<string, Progress> };
      return new Unfinished(file, identity, saved.identity === identity ? saved.done : {});
    } catch (error) {
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT')
        return new Unfinished(file, identity, {});
      throw error;
    }
  }

  of(key: string): Progress | undefined {
    return this.#done[key];
  }

  async keep(key: string, progress: Progress): Promise<void> {
    this.#done[key] = progress;
    await writeFileAtomically(this.#file, JSON.stringify({ identity: this.#identity, done: this.#done }));
  }

  remove(): Promise<void> {
    return rm(this.#file, { force: true });
  }
}
