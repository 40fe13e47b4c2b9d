import { GROUP } from '../../../env/people.ts';
import type { StateSpace } from '../../../env/state-space.ts';
import type { LuckEmitter } from './emit-luck.ts';
import type { Packing } from './packing.ts';
import { type Routine, scratch } from './program.ts';
import {
  areLoaded,
  type ByteTable,
  type DrawsShape,
  drawsLayout,
  entryAt,
  type IndexShape,
  indexLayout,
  rowBytes,
  tableBytes,
} from './shape.ts';

/** Writes how a routine finds the rows of 16 agents and draws by them. Tables are named by the local that holds their address. */
export class TableEmitter {
  readonly #space: StateSpace;
  readonly #packing: Packing;
  readonly #routine: Routine;
  readonly #luck: LuckEmitter;
  /** Halves of bytes that are at hand. */
  #halves = new Set<number>();

  constructor(space: StateSpace, packing: Packing, routine: Routine, luck: LuckEmitter) {
    this.#space = space;
    this.#packing = packing;
    this.#routine = routine;
    this.#luck = luck;
  }

  beginGroup(): void {
    this.#halves = new Set();
  }

  /**
   * Numbers each agent's row: into a vector if a byte can, and into the scratch space if there are more than vectors look
   * up.
   */
  emitIndex(shape: IndexShape, tables: string, into: string): void {
    const { code } = this.#routine;
    const layout = indexLayout(this.#space, shape);
    const terms: { readonly at: number; readonly entries: number; readonly levels: number }[] = [];
    shape.halves.forEach((half, i) => terms.push({ ...layout.halves[i]!, levels: this.#half(half) }));
    shape.wide.forEach((f, i) =>
      terms.push({ ...layout.wide[i]!, levels: this.#v128(`state ${this.#packing.fields[f]!.plane}`) }),
    );
    for (const table of layout.action) terms.push({ ...table, levels: this.#v128('action') });
    shape.next.forEach((f, i) => terms.push({ ...layout.next[i]!, levels: this.#v128(`next ${f}`) }));

    if (rowBytes(shape.rows) === 1) {
      if (terms.length === 0) code.v128(ZERO);
      terms.forEach(({ at, entries, levels }, i) => {
        this.#lookUp(tables, at, entries, levels);
        if (i > 0) code.op('i8x16.add');
      });
      code.set(this.#v128(into));
      if (!areLoaded(shape.rows)) return;
      code.get(this.#i32('scratch')).get(this.#v128(into)).memory('v128.store', scratch.rows);
      return;
    }
    const sums = [this.#v128('first rows'), this.#v128('last rows')];
    const [lower, upper] = [this.#v128('lower bytes'), this.#v128('upper bytes')];
    terms.forEach(({ at, entries, levels }, i) => {
      this.#lookUp(tables, at, entries, levels);
      code.set(lower);
      this.#lookUp(tables, at + tableBytes(entries), entries, levels);
      code.set(upper);
      sums.forEach((sum, part) => {
        if (i > 0) code.get(sum);
        code.get(lower).get(upper).shuffle(PAIRED[part]!);
        if (i > 0) code.op('i16x8.add');
        code.set(sum);
      });
    });
    sums.forEach((sum, part) =>
      code
        .get(this.#i32('scratch'))
        .get(sum)
        .memory('v128.store', scratch.rows + 16 * part),
    );
  }

  /**
   * Draws a level for each agent: the top less the steps whose thresholds lie at or above the uniform.
   * @param rows where `emitIndex` left the rows
   * @param from where the tables of the draws begin
   */
  emitDraws(shape: DrawsShape, tables: string, from: number, rows: string, slot: number, into: string): void {
    const { code } = this.#routine;
    const layout = drawsLayout(shape);
    const level = this.#v128(into);
    const thresholds = Array.from({ length: shape.steps }, (_, step) => this.#v128(`threshold ${step}`));
    this.#read(layout.high, tables, from, rows, [level, ...thresholds]);
    if (shape.steps === 0) return;
    const high = this.#luck.highOf(slot);
    const ties = this.#v128('ties');
    thresholds.forEach((threshold, step) => {
      code.get(level).get(high).get(threshold).op('i8x16.le_u', 'i8x16.add').set(level);
      code.get(high).get(threshold).op('i8x16.eq');
      if (step > 0) code.get(ties).op('v128.or');
      code.set(ties);
    });
    code
      .get(ties)
      .op('v128.any_true')
      .when(() => {
        const low = this.#luck.emitLow(slot);
        const lower = thresholds.map((_, step) => this.#v128(`lower threshold ${step}`));
        this.#read(layout.low, tables, from, rows, lower);
        thresholds.forEach((threshold, step) => {
          // If the high bytes tie and the low one lies above, the step is not taken after all.
          code.get(level).get(high).get(threshold).op('i8x16.eq');
          code.get(low).get(lower[step]!).op('i8x16.le_u', 'v128.andnot', 'i8x16.sub').set(level);
        });
      });
  }

  /** The vector of a half of the bytes of a plane. */
  #half(half: number): number {
    const { code } = this.#routine;
    const vector = this.#v128(`half ${half}`);
    if (this.#halves.has(half)) return vector;
    this.#halves.add(half);
    code.get(this.#v128(`state ${half >> 1}`));
    if (half & 1) code.i32(4).op('i8x16.shr_u');
    else code.v128(new Uint8Array(16).fill(15)).op('v128.and');
    code.set(vector);
    return vector;
  }

  /** Reads the columns of a table at the agents' rows. */
  #read(table: ByteTable, tables: string, from: number, rows: string, columns: readonly number[]): void {
    const { code } = this.#routine;
    if (table.record > 0) this.#load({ ...table, at: from + table.at }, tables, columns);
    else
      columns.forEach((column, c) => {
        this.#lookUp(tables, from + entryAt(table, 0, c), table.rows, this.#v128(rows));
        code.set(column);
      });
  }

  /** Leaves the entries of a column of bytes at the numbers in a vector on the stack. */
  #lookUp(tables: string, offset: number, entries: number, numbers: number): void {
    const { code } = this.#routine;
    const i32 = (name: string) => this.#i32(name);
    const load = (at: number) => code.get(i32(tables)).memory('v128.load', offset + at);
    if (entries === 1) {
      load(0);
      return;
    }
    if (!areLoaded(entries)) {
      for (let from = 0; from < entries; from += 16) {
        load(from).get(numbers);
        if (from > 0) code.v128(new Uint8Array(16).fill(from)).op('i8x16.sub');
        code.op('i8x16.swizzle');
        if (from > 0) code.op('v128.or');
      }
      return;
    }
    code.get(i32('scratch')).get(numbers).memory('v128.store', scratch.lanes);
    const found = this.#v128('found');
    code.v128(ZERO).set(found);
    for (let lane = 0; lane < GROUP; lane++) {
      code
        .get(i32('scratch'))
        .memory('i32.load8_u', scratch.lanes + lane)
        .get(i32(tables))
        .op('i32.add');
      code.get(found).memoryLane('v128.load8_lane', offset, lane).set(found);
    }
    code.get(found);
  }

  /** Reads the records of a table at the rows in the scratch space, a word of four columns at a time. */
  #load({ at, rows, record }: ByteTable, tables: string, columns: readonly number[]): void {
    const { code } = this.#routine;
    const address = (agent: number) => {
      const bytes = rowBytes(rows);
      code.get(this.#i32('scratch')).memory(bytes === 1 ? 'i32.load8_u' : 'i32.load16_u', scratch.rows + bytes * agent);
      if (record > 1) code.i32(record).op('i32.mul');
      code.get(this.#i32(tables)).op('i32.add');
    };
    if (record === 1) {
      const [column] = columns;
      code.v128(ZERO).set(column!);
      for (let agent = 0; agent < GROUP; agent++) {
        address(agent);
        code.get(column!).memoryLane('v128.load8_lane', at, agent).set(column!);
      }
      return;
    }
    const fours = [0, 1, 2, 3].map((four) => this.#v128(`words of four ${four}`)) as [number, number, number, number];
    const [first, last] = [this.#v128('pairs of the first'), this.#v128('pairs of the last')];
    for (let from = 0; from < columns.length; from += 4) {
      fours.forEach((words, four) => {
        code.v128(ZERO).set(words);
        for (let lane = 0; lane < 4; lane++) {
          address(4 * four + lane);
          code
            .get(words)
            .memoryLane('v128.load32_lane', at + from, lane)
            .set(words);
        }
      });
      // The bytes of 16 words by column: two columns of eight agents each are a vector, then one of 16.
      for (let pair = 0; pair < 4 && from + pair < columns.length; pair += 2) {
        const bytes = [pair, pair + 1].flatMap((byte) => [0, 4, 8, 12, 16, 20, 24, 28].map((word) => word + byte));
        code.get(fours[0]).get(fours[1]).shuffle(bytes).set(first);
        code.get(fours[2]).get(fours[3]).shuffle(bytes).set(last);
        for (const half of [0, 1]) {
          const column = columns[from + pair + half];
          if (column !== undefined) code.get(first).get(last).shuffle(EIGHTS[half]!).set(column);
        }
      }
    }
  }

  #i32(name: string): number {
    return this.#routine.i32(name);
  }

  #v128(name: string): number {
    return this.#routine.v128(name);
  }
}

const ZERO = new Uint8Array(16);

/** The first and the last eight bytes of two vectors, in turns: lower and upper bytes make numbers of 16 bits. */
const PAIRED = [0, 8].map((from) => Array.from({ length: 16 }, (_, i) => from + (i >> 1) + 16 * (i & 1)));

/** The first and the last eight bytes of two vectors, one after the other. */
const EIGHTS = [0, 8].map((from) => Array.from({ length: 16 }, (_, i) => from + (i & 7) + 16 * (i >> 3)));
