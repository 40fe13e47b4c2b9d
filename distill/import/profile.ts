import { type NumberShape, shapeOf } from '../../workspace/tables/numbers.ts';

/** Distinct values that are remembered. */
const VALUES = 1000;
/** Values that quantiles are taken from, at most. */
const SAMPLE = 4000;

/** Numbers that rows may lack on average, where some were left out of a table. */
const LARGEST_GAP = 20;

/** What may stand between the items of a list in one cell. */
export const SEPARATORS = [';', '|', ','] as const;
type ListSeparator = (typeof SEPARATORS)[number];

/** What a column was seen to hold. Its size does not grow with the table. */
export class Profile {
  readonly name: string;
  /** Columns of the table that it is of. */
  readonly columns: readonly string[];
  rows = 0;
  missing = 0;
  /** Values with how often they occur and where first: all of them, or the first thousand if `many`. */
  readonly values = new Map<string, { count: number; readonly place: string; readonly shape: NumberShape | 'text' }>();
  /** Whether there are more than a thousand different values. */
  many = false;
  /** How numbers are written: rows by shape, with the first of each; text that is no number under 'text'. */
  readonly shapes = new Map<NumberShape | 'text', { count: number; readonly place: string; readonly cell: string }>();
  /** Items of lists between each separator, in values that are not remembered; undefined for more than a thousand. */
  readonly items = new Map<ListSeparator, Set<string> | undefined>(
    SEPARATORS.map((separator) => [separator, new Set()]),
  );
  percents = 0;
  #ascends = true;
  #first: number | undefined;
  #last: number | undefined;
  /** Values of some rows, with the rows' draws. */
  readonly #sample: { readonly draw: number; readonly value: string }[] = [];
  #threshold = 1;

  constructor(name: string, columns: readonly string[] = [name]) {
    this.name = name;
    this.columns = columns;
  }

  get present(): number {
    return this.rows - this.missing;
  }

  /** Whether each value is an integer above the one before, without large gaps: it numbers the rows. */
  get counting(): boolean {
    return this.#ascends && this.present > 20 && this.#last! - this.#first! <= LARGEST_GAP * this.present;
  }

  /** Mean number of rows that have the same value. */
  get repeats(): number {
    if (this.values.size === 0) return 0;
    let sum = 0;
    for (const { count } of this.values.values()) sum += count;
    return sum / this.values.size;
  }

  /** Values drawn evenly from the rows. */
  get sample(): string[] {
    return this.#sample.map(({ value }) => value);
  }

  /**
   * @param cell undefined if it is missing
   * @param draw uniform number of the row, which decides whether it is in the sample
   */
  add(cell: string | undefined, place: string, draw: number): void {
    this.rows++;
    if (cell === undefined) {
      this.missing++;
      return;
    }
    const known = this.values.get(cell);
    const shape = known?.shape ?? shapeOf(cell) ?? 'text';
    if (known) known.count++;
    else if (this.values.size < VALUES) this.values.set(cell, { count: 1, place, shape });
    else {
      this.many = true;
      this.#addItems(cell);
    }
    const shaped = this.shapes.get(shape);
    if (shaped) shaped.count++;
    else this.shapes.set(shape, { count: 1, place, cell });
    if (shape !== 'text' && cell.endsWith('%')) this.percents++;
    if (this.#ascends) {
      const number = shape === 'integer' ? Number(cell) : Number.NaN;
      this.#ascends = number > (this.#last ?? Number.NEGATIVE_INFINITY);
      this.#first ??= number;
      this.#last = number;
    }
    if (draw < this.#threshold) this.#keep(draw, cell);
  }

  #addItems(cell: string): void {
    for (const [separator, items] of this.items) {
      if (items === undefined) continue;
      for (const item of cell.split(separator)) items.add(item.trim());
      if (items.size > VALUES) this.items.set(separator, undefined);
    }
  }

  /** Several columns as if they were one: those of an attribute that alternatives have. */
  static pooled(
    name: string,
    profiles: readonly Profile[],
    columns: readonly string[] = profiles.map((profile) => profile.name),
  ): Profile {
    const pooled = new Profile(name, columns);
    for (const profile of profiles) {
      pooled.rows += profile.rows;
      pooled.missing += profile.missing;
      pooled.many ||= profile.many;
      pooled.percents += profile.percents;
      pooled.#sample.push(...profile.#sample);
      for (const [value, seen] of profile.values) {
        const known = pooled.values.get(value);
        if (known) known.count += seen.count;
        else pooled.values.set(value, { ...seen });
      }
      for (const [shape, seen] of profile.shapes) {
        const known = pooled.shapes.get(shape);
        if (known) known.count += seen.count;
        else pooled.shapes.set(shape, { ...seen });
      }
      for (const [separator, items] of profile.items) {
        const all = pooled.items.get(separator);
        if (items && all) for (const item of items) all.add(item);
        else pooled.items.set(separator, undefined);
      }
    }
    pooled.#ascends = false;
    return pooled;
  }

  #keep(draw: number, value: string): void {
    this.#sample.push({ draw, value });
    if (this.#sample.length <= SAMPLE) return;
    this.#threshold /= 2;
    const kept = this.#sample.filter(({ draw: own }) => own < this.#threshold);
    this.#sample.splice(0, this.#sample.length, ...kept);
  }
}
