import { UnderstudyError } from '../../../env/error.ts';
import { Memory } from './web-assembly.ts';

const PAGE = 2 ** 16;
/** All that 32 bits address: 4 GiB. */
const PAGE_LIMIT = 2 ** 16;
/** Room beside what is known to be needed, of which only what is used is taken: for tables and for what is counted. */
const SPARE_PAGES = 2 ** 13;

/** Bytes of the largest table that there is room for. Tables are made in pieces of so many. */
export const TABLE_LIMIT = 2 ** 22;
/** Bytes of the tables of a tick that there is room for. Once there are more, of all ticks, they are made anew as they are needed. */
export const TABLES_LIMIT = 2 ** 26;

/** The memory that threads and their programs share: bytes for good, and tables that can be made again. */
export class SharedBytes {
  readonly memory: Memory;
  /** Address 0 stands for nothing. */
  #end = 64;
  readonly #pieces: number[] = [];
  #piece = 0;
  #used = 0;
  #tables = new WeakMap<object, Map<number, number>>();
  #generation = 0;

  /** @param bytes that are going to be allotted for good */
  constructor(bytes: number) {
    const maximum = Math.min(PAGE_LIMIT, Math.ceil(bytes / PAGE) + SPARE_PAGES);
    this.memory = new Memory({ initial: 1, maximum, shared: true });
  }

  /** Zeroed bytes, on a boundary of 64. */
  allot(bytes: number): number {
    const at = this.#end;
    this.#end = 64 * Math.ceil((at + bytes) / 64);
    const missing = Math.ceil(this.#end / PAGE) - this.memory.buffer.byteLength / PAGE;
    if (missing > 0)
      try {
        this.memory.grow(missing);
      } catch (error) {
        throw new UnderstudyError(
          'SIMULATION_SIZE',
          `single agents need ${(this.#end / 1e9).toFixed(1)} GB in one piece of memory, which could not be had; simulate cohorts (--cohorts)`,
          { cause: error },
        );
      }
    return at;
  }

  view(at: number, bytes: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, at, bytes);
  }

  words(at: number, length: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, at, length);
  }

  /** Before the tables of a tick are asked for: if there are too many by now, all are forgotten. */
  beginTables(): void {
    if (this.#pieces.length * TABLE_LIMIT <= TABLES_LIMIT) return;
    this.#piece = this.#used = 0;
    this.#tables = new WeakMap();
    this.#generation++;
  }

  /** Another number once all tables were forgotten. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * The address of a table.
   * @param form a number for how it is laid out
   * @param write fills it, if it is new
   */
  table(of: object, form: number, bytes: number, write: (into: Uint8Array) => void): number {
    let forms = this.#tables.get(of);
    if (!forms) this.#tables.set(of, (forms = new Map()));
    let at = forms.get(form);
    if (at === undefined) {
      forms.set(form, (at = this.#tableAt(bytes)));
      write(this.view(at, bytes));
    }
    return at;
  }

  #tableAt(bytes: number): number {
    if (this.#used + bytes > TABLE_LIMIT) {
      this.#piece++;
      this.#used = 0;
    }
    if (this.#piece === this.#pieces.length) this.#pieces.push(this.allot(TABLE_LIMIT));
    const at = this.#pieces[this.#piece]! + this.#used;
    this.#used += 16 * Math.ceil(bytes / 16);
    return at;
  }
}
