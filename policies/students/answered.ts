import { endianness } from 'node:os';
import { phraseSets } from '../../env/phrase-sets.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { readCached, writeCached } from '../../workspace/cache.ts';
import { hashOf, sha256 } from '../../workspace/hash.ts';
import { ownPackage } from '../../workspace/package.ts';
import type { StudentConfig } from '../../workspace/student-config.ts';

/** Moves when the arithmetic of a student's answers, or the form of the table, does. */
const FORM = 1;
/** What comes after so many answers is not kept. */
const ROW_LIMIT = 2 ** 20;

/**
 * What a student answered, by observation in canonical order, kept in the user's cache from one process to the next: the
 * network is not loaded for what is known. A table is of one network and configuration, word for word, one vocabulary and one
 * version of this package; it is only ever written of a student that has passed every check.
 */
export class Answered {
  readonly #key: string;
  readonly #width: number;
  readonly #actions: number;
  /** By number of a set of phrases: shape [k], as the network gave it. */
  readonly #rows = new Map<number, Float32Array>();
  #kept = 0;
  #config: StudentConfig | undefined;

  private constructor(key: string, width: number, actions: number) {
    this.#key = key;
    this.#width = width;
    this.#actions = actions;
  }

  /** @param onnx, config the student's files, byte for byte */
  static async open(onnx: Uint8Array, config: Uint8Array, scenario: Vocabulary): Promise<Answered> {
    const { id, phrases, actions } = scenario;
    const { version } = ownPackage();
    const key = hashOf({
      ...{ form: FORM, version, order: endianness(), id, phrases, actions },
      onnx: sha256(onnx),
      config: sha256(config),
    });
    const answered = new Answered(key, phrases.length, actions.length);
    const bytes = await readCached('students', key);
    if (bytes) answered.#decode(bytes);
    return answered;
  }

  /** The configuration of a student that was checked before; undefined for one that was not. */
  get config(): StudentConfig | undefined {
    return this.#config;
  }

  row(mask: number): Float32Array | undefined {
    return this.#rows.get(mask);
  }

  /** @param row shape [k], which is copied */
  add(mask: number, row: Float32Array): void {
    if (this.#rows.size < ROW_LIMIT) this.#rows.set(mask, row.slice());
  }

  /** Writes what was added since; a cache that cannot be written is done without. */
  async keep(config: StudentConfig): Promise<void> {
    if (this.#rows.size === this.#kept) return;
    this.#kept = this.#rows.size;
    await writeCached('students', this.#key, this.#encode(config));
  }

  // Words of 32 bits: bytes of the configuration, rows, the configuration as padded JSON, the sets, the answers.

  #encode(config: StudentConfig): Uint8Array {
    const text = Buffer.from(JSON.stringify(config));
    const sets = phraseSets(this.#width);
    const at = 2 + Math.ceil(text.length / 4);
    const words = new Uint32Array(at + this.#rows.size * (sets.wordCount + this.#actions));
    const answers = new Float32Array(words.buffer, 4 * (at + this.#rows.size * sets.wordCount));
    words.set([text.length, this.#rows.size]);
    new Uint8Array(words.buffer).set(text, 8);
    let i = 0;
    for (const [mask, row] of this.#rows) {
      for (let w = 0; w < sets.wordCount; w++) words[at + i * sets.wordCount + w] = sets.word(mask, w);
      answers.set(row, i++ * this.#actions);
    }
    return new Uint8Array(words.buffer);
  }

  #decode(bytes: Uint8Array): void {
    // A copy, as what was read begins anywhere.
    const words = new Uint32Array(Uint8Array.from(bytes).buffer);
    const sets = phraseSets(this.#width);
    const [length, rows] = words as unknown as [number, number];
    const at = 2 + Math.ceil(length / 4);
    const answers = new Float32Array(words.buffer, 4 * (at + rows * sets.wordCount));
    for (let i = 0; i < rows; i++) {
      const mask = sets.ofWords(words.subarray(at + i * sets.wordCount, at + (i + 1) * sets.wordCount));
      this.#rows.set(mask, answers.subarray(i * this.#actions, (i + 1) * this.#actions));
    }
    this.#kept = rows;
    this.#config = JSON.parse(Buffer.from(words.buffer, 8, length).toString('utf8')) as StudentConfig;
  }
}
