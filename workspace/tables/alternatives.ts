import type { TableRecord } from './records.ts';

/** A table with a row for each alternative of a choice. */
export interface Choices {
  /** Column that the rows of a choice share, or several. */
  readonly key: string | readonly string[];
  /** Column that says which alternative a row is; otherwise its place among the rows of the choice. */
  readonly alternative?: string | undefined;
  readonly alternatives: readonly string[];
  /** Columns that differ within a choice. */
  readonly attributes: readonly string[];
}

/** Name of an alternative's column: "A price". */
export const sideColumn = (side: string, attribute: string): string => `${side} ${attribute}`;

/** What the rows of one choice share; undefined if a cell is missing. */
export function choiceKey(cells: TableRecord['cells'], places: readonly number[]): string | undefined {
  if (places.length === 1) return cells[places[0]!];
  const parts = places.map((place) => cells[place]);
  return parts.includes(undefined) ? undefined : JSON.stringify(parts);
}

/** Choices whose rows may lie apart at once; a table sorted by choice needs one. */
const OPEN_LIMIT = 100_000;

/**
 * Makes one record of the rows of each choice: the columns that its rows share, those that differ once for each alternative
 * ("A price", "B price"), and in the label's place the alternative that was chosen.
 */
export class ChoiceJoiner {
  readonly columns: readonly string[];
  readonly #choices: Choices;
  readonly #key: readonly number[];
  readonly #keyNames: string;
  readonly #alternative: number;
  readonly #label: number;
  readonly #shared: readonly number[];
  readonly #own: readonly number[];
  readonly #isChosen: (cell: string) => boolean | undefined;
  readonly #open = new Map<string, TableRecord[]>();
  readonly #take: (record: TableRecord) => void;
  readonly #passOver: (reason: string) => void;

  /**
   * @param columns of the table
   * @param isChosen whether a label says that the alternative was taken
   * @param passOver told of choices that cannot be used
   */
  constructor(
    columns: readonly string[],
    choices: Choices,
    label: string,
    isChosen: (cell: string) => boolean | undefined,
    { take, passOver }: { take: (record: TableRecord) => void; passOver: (reason: string) => void },
  ) {
    const place = (name: string) => columns.indexOf(name);
    this.#choices = choices;
    const keys = typeof choices.key === 'string' ? [choices.key] : choices.key;
    this.#key = keys.map(place);
    this.#keyNames = keys.join(' and ');
    this.#alternative = choices.alternative === undefined ? -1 : place(choices.alternative);
    this.#label = place(label);
    this.#own = choices.attributes.map(place);
    this.#shared = [...columns.keys()].filter((c) => !this.#own.includes(c) && c !== this.#alternative);
    this.#isChosen = isChosen;
    this.#take = take;
    this.#passOver = passOver;
    this.columns = [
      ...this.#shared.map((c) => columns[c]!),
      ...choices.alternatives.flatMap((side) => choices.attributes.map((name) => sideColumn(side, name))),
    ];
  }

  push(record: TableRecord): void {
    const key = choiceKey(record.cells, this.#key);
    if (key === undefined) {
      this.#passOver(`without a ${this.#keyNames}`);
      return;
    }
    const rows = this.#open.get(key) ?? [];
    rows.push(record);
    if (rows.length < this.#choices.alternatives.length) {
      this.#open.set(key, rows);
      if (this.#open.size > OPEN_LIMIT) this.#drop(this.#open.keys().next().value!);
      return;
    }
    this.#open.delete(key);
    this.#join(rows);
  }

  end(): void {
    for (const key of [...this.#open.keys()]) this.#drop(key);
  }

  #drop(key: string): void {
    for (const _ of this.#open.get(key)!)
      this.#passOver(`of a choice without ${this.#choices.alternatives.length} rows`);
    this.#open.delete(key);
  }

  #join(rows: readonly TableRecord[]): void {
    const { alternatives } = this.#choices;
    const ordered =
      this.#alternative < 0
        ? rows
        : alternatives.map((side) => rows.find(({ cells }) => cells[this.#alternative] === side));
    const chosen = ordered.flatMap((row, i) => (this.#isChosen(row?.cells[this.#label] ?? '') ? i : []));
    const repeats = ordered.some((row) => row === undefined);
    if (repeats || chosen.length !== 1) {
      const why = repeats ? `whose ${this.#choices.alternative} repeats` : `with ${chosen.length} alternatives taken`;
      for (const _ of rows) this.#passOver(`of a choice ${why}`);
      return;
    }
    const [first] = ordered;
    this.#take({
      place: first!.place,
      cells: [
        ...this.#shared.map((c) => (c === this.#label ? alternatives[chosen[0]!] : first!.cells[c])),
        ...ordered.flatMap((row) => this.#own.map((c) => row!.cells[c])),
      ],
    });
  }
}
