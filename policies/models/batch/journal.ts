import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

/**
 * A step of a batch, on the disk before the next is taken: `planned` before it is sent, each time; `submitted` with the server's
 * number; `abandoned` where the server has no such batch; `unanswered` with the keys of questions that it was over without an
 * answer to. Answers are labels: a batch is needed no more when each of its other keys has one.
 */
const entry = z.discriminatedUnion('step', [
  z.object({
    step: z.literal('planned'),
    batch: z.string(),
    at: z.string(),
    /** Which server and model. */
    whose: z.string(),
    keys: z.array(z.string()),
  }),
  z.object({ step: z.literal('submitted'), batch: z.string(), id: z.string() }),
  z.object({ step: z.literal('abandoned'), batch: z.string() }),
  z.object({ step: z.literal('unanswered'), batch: z.string(), keys: z.array(z.string()) }),
]);
export type Step = z.infer<typeof entry>;

/** A batch as far as its journal knows it. */
export interface JournalledBatch {
  readonly batch: string;
  readonly at: string;
  readonly whose: string;
  /** Of questions that it may answer. */
  readonly keys: ReadonlySet<string>;
  /** Requests in it. */
  readonly size: number;
  /** The server's number; absent while it is not known whether it was submitted. */
  readonly id?: string;
}

/** The journal of the batches of a workspace, data/batches.jsonl: only ever added to, each line on the disk when `add` returns. */
export class Journal {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  add(step: Step): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    const file = openSync(this.#path, 'a');
    try {
      // A line that a killed process left unfinished spoils no other.
      writeSync(file, `\n${JSON.stringify(step)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  /** Every batch that may be at its server, in the order in which they were planned. */
  batches(): JournalledBatch[] {
    const found = new Map<string, JournalledBatch>();
    for (const line of this.#lines()) {
      const { data } = entry.safeParse(line);
      if (!data) continue;
      if (data.step === 'planned') {
        const { batch, at, whose, keys } = data;
        found.set(batch, { batch, at, whose, keys: new Set(keys), size: keys.length });
      }
      const known = found.get(data.batch);
      if (!known) continue;
      if (data.step === 'submitted') found.set(data.batch, { ...known, id: data.id });
      if (data.step === 'abandoned') found.delete(data.batch);
      if (data.step === 'unanswered')
        found.set(data.batch, { ...known, keys: new Set([...known.keys].filter((key) => !data.keys.includes(key))) });
    }
    return [...found.values()];
  }

  #lines(): unknown[] {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    return text.split('\n').flatMap((line) => {
      try {
        return line.trim() === '' ? [] : [JSON.parse(line) as unknown];
      } catch {
        return [];
      }
    });
  }
}
