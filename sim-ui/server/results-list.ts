import { stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { UnderstudyError } from '../../env/error.ts';
import { workspace as pathsOf, type Workspace } from '../../workspace/paths.ts';
import { MOST_RESULTS, type Result, type Results } from '../protocol/work.ts';
import { clipped } from './answers.ts';
import { messageOf } from './cast.ts';
import type { FoundResult } from './result-commands.ts';
import { type ResultKind, resultKinds } from './result-kinds.ts';

/** Files that are larger are not read for a list. */
const LARGEST_BYTES = 64 * 2 ** 20;
/** What was read is told again for so long. In milliseconds. */
const FRESH_MS = 1000;
const LONGEST = 1000;

/** What lies in a workspace: kind by kind, each result with its number; and which files cannot be read. */
export class ResultsList {
  readonly #paths: Workspace;
  readonly #kinds: readonly ResultKind[];
  #latest: { readonly at: number; readonly list: Promise<Results> } | undefined;

  constructor(workspace: string, kinds = resultKinds(workspace)) {
    this.#paths = pathsOf(workspace);
    this.#kinds = kinds;
  }

  /** However many ask, the files are read once at a time. */
  read(): Promise<Results> {
    const now = performance.now();
    if (!this.#latest || now - this.#latest.at > FRESH_MS) {
      const list = this.#read();
      this.#latest = { at: Number.POSITIVE_INFINITY, list };
      const done = () => {
        this.#latest = { at: performance.now(), list };
      };
      list.then(done, () => {
        this.#latest = undefined;
      });
    }
    return this.#latest!.list;
  }

  async #read(): Promise<Results> {
    const kinds: Results['kinds'] = [];
    for (const kind of this.#kinds) {
      const listed = await this.#ofKind(kind);
      if (listed.results.length > 0 || listed.problems.length > 0) kinds.push(listed);
    }
    return { kinds };
  }

  async #ofKind({ kind, title, files, read }: ResultKind): Promise<Results['kinds'][number]> {
    const found: Result[] = [];
    const problems: string[] = [];
    const say = (problem: string) => problems.push(clipped(problem, LONGEST));
    const paths = await files(this.#paths).catch((error: unknown) => {
      say(messageOf(error));
      return [];
    });
    for (const file of paths) {
      const facts = await stat(file).catch(() => undefined);
      if (!facts) continue;
      const name = relative(this.#paths.root, file) || '.';
      if (facts.size > LARGEST_BYTES) {
        say(`${name} has ${Math.round(facts.size / 1e6)} MB: too large for a list`);
        continue;
      }
      try {
        const made = facts.mtime.toISOString();
        for (const result of await read(this.#paths, file)) found.push({ ...cut(result), file: name, made });
      } catch (error) {
        const known = error instanceof UnderstudyError;
        say(known ? messageOf(error) : `${name} cannot be read: ${messageOf(error)}`);
      }
    }
    return {
      ...{ kind, title },
      results: found.slice(0, MOST_RESULTS),
      more: Math.max(0, found.length - MOST_RESULTS),
      problems: problems.slice(0, MOST_RESULTS),
    };
  }
}

const cut = ({ what, number, command }: FoundResult): FoundResult => ({
  what: clipped(what, LONGEST),
  number: clipped(number, LONGEST),
  ...(command !== undefined && { command: clipped(command, LONGEST) }),
});
