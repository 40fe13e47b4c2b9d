import { UnderstudyError } from '../../env/error.ts';
import type { TableForm } from '../table-form.ts';
import { ChoiceJoiner } from './alternatives.ts';
import { type PhraseReader, phraseReader } from './cell-phrases.ts';
import { type Label, labelReader } from './label-cells.ts';
import { MissingValues } from './missing.ts';
import { type DecimalMark, numberIn } from './numbers.ts';
import { readRecords, type TableRecord } from './records.ts';
import { truthOf } from './truth.ts';

/** A row of an imported table, as a decision. */
export interface TableDecision {
  readonly place: string;
  /** Phrases by their place among those of their column, for each column of the form. */
  readonly said: readonly (readonly number[])[];
  readonly label: Label;
  readonly compare: Readonly<Record<string, Label>>;
  readonly unit?: string;
  readonly weight?: number;
}

/** What a form says of reading, known before its rows are counted. */
export type Readable = Pick<
  TableForm,
  | 'delimiter'
  | 'skip'
  | 'missing'
  | 'fold'
  | 'label'
  | 'compare'
  | 'unit'
  | 'weight'
  | 'weightNumbers'
  | 'choices'
  | 'columns'
>;

export interface ReadTableOptions {
  readonly chunkBytes?: number | undefined;
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** Told why a row is not used. */
  readonly passOver?: (reason: string) => void;
}

/**
 * Reads a table by its form, row by row.
 * @returns SHA-256 of the file's bytes, and how many rows it has
 * @throws {UnderstudyError} POLICY_FILE naming the line, the column and the value, for what does not belong to the form
 */
export async function readTable(
  path: string,
  form: Readable,
  actions: readonly string[],
  { chunkBytes, onBytes, passOver = () => {} }: ReadTableOptions,
  take: (decision: TableDecision) => void,
): Promise<{ readonly sha256: string; readonly rows: number }> {
  let rows = 0;
  let given: readonly string[] = [];
  let reader: RowReader | undefined;
  let joiner: ChoiceJoiner | undefined;
  const problem = (what: string) => new UnderstudyError('POLICY_FILE', `${path}${what}`);
  const one = (record: TableRecord) => {
    let decision: TableDecision | string;
    try {
      decision = reader!.read(record);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw problem(`, ${record.place}: ${error.message}`);
    }
    if (typeof decision === 'string') passOver(decision);
    else take(decision);
  };
  const begin = (columns: readonly string[]) => {
    given = [...columns];
    const names = columns.map(cleanName);
    if (form.choices) {
      const { label } = form;
      joiner = new ChoiceJoiner(names, form.choices, label.columns[0]!, truthOf, { take: one, passOver });
    }
    reader = new RowReader(form, actions, joiner?.columns ?? names);
  };
  const { sha256 } = await readRecords(
    path,
    {
      skip: form.skip,
      ...(form.delimiter !== undefined && { delimiter: form.delimiter }),
      ...(chunkBytes !== undefined && { chunkBytes }),
      ...(onBytes && { onBytes }),
    },
    (record, columns) => {
      rows++;
      // A JSON table may show a column late.
      if (columns.length !== given.length) begin(columns);
      if (joiner) joiner.push(record);
      else one(record);
    },
  );
  joiner?.end();
  const names = joiner?.columns ?? given.map(cleanName);
  const absent = namesIn(form).find((name) => !names.includes(name));
  if (absent !== undefined)
    throw problem(` has no column ${absent}; it has ${names.slice(0, 30).join(', ')}${names.length > 30 ? ', …' : ''}`);
  return { sha256, rows };
}

/** Columns that a form reads. */
const namesIn = ({ columns, label, compare, unit, weight }: Readable): string[] => [
  ...label.columns,
  ...Object.values(compare).flatMap((other) => other.columns),
  ...columns.map(({ name }) => name),
  ...[unit, weight].filter((name) => name !== undefined),
];

/** A column's name without invisible characters and doubled blanks. */
export const cleanName = (name: string): string =>
  name
    .normalize('NFC')
    .replace(/[\p{Cf}\p{Cc}]/gu, (character) => (/\s/.test(character) ? ' ' : ''))
    .replace(/\s+/g, ' ')
    .trim();

/** Cells that are remembered of a column. */
const CELLS = 10_000;

/** A reader that reads equal cells once. */
function remembering(read: PhraseReader): PhraseReader {
  const known = new Map<string, readonly number[]>();
  return (cell) => {
    const before = known.get(cell);
    if (before) return before;
    const said = read(cell);
    if (known.size < CELLS) known.set(cell, said);
    return said;
  };
}

/** Reads rows of one header. */
class RowReader {
  readonly #columns: readonly { readonly at: number; readonly name: string; readonly phrases: PhraseReader }[];
  readonly #label: (cells: TableRecord['cells']) => Label | undefined;
  readonly #compare: readonly (readonly [string, (cells: TableRecord['cells']) => Label | undefined])[];
  readonly #unit: { readonly name: string; readonly at: number } | undefined;
  readonly #weightDecimal: DecimalMark | undefined;
  readonly #weight: { readonly name: string; readonly at: number } | undefined;
  readonly #cell: (cells: TableRecord['cells'], at: number) => string | undefined;

  constructor(form: Readable, actions: readonly string[], names: readonly string[]) {
    // A column that no row had so far is missing in this one.
    const place = (name: string) => names.indexOf(name);
    const missing = new MissingValues(form.missing, names);
    const clean = names.map((name) => missing.of(name));
    this.#cell = (cells, at) => (at < 0 ? undefined : clean[at]!(cells[at]));
    this.#columns = form.columns.map((column) => ({
      at: place(column.name),
      name: column.name,
      phrases: remembering(phraseReader(column, form.fold)),
    }));
    const readerOf = (label: TableForm['label']) => {
      const places = label.columns.map(place);
      const read = labelReader(label, actions, form.fold);
      return (cells: TableRecord['cells']) => read(places.map((at) => this.#cell(cells, at)));
    };
    this.#label = readerOf(form.label);
    this.#compare = Object.entries(form.compare).map(([name, label]) => [name, readerOf(label)]);
    this.#unit = form.unit === undefined ? undefined : { name: form.unit, at: place(form.unit) };
    this.#weightDecimal = form.weightNumbers?.decimal;
    this.#weight = form.weight === undefined ? undefined : { name: form.weight, at: place(form.weight) };
  }

  /** @returns the decision, or why the row is not used. @throws {SyntaxError} */
  read({ place, cells }: TableRecord): TableDecision | string {
    const label = this.#label(cells);
    if (!label) return 'without a label';
    const unit = this.#unit && this.#cell(cells, this.#unit.at);
    if (this.#unit && unit === undefined) return `without a ${this.#unit.name}`;
    let weight: number | undefined;
    if (this.#weight) {
      const cell = this.#cell(cells, this.#weight.at);
      if (cell === undefined) return `without a ${this.#weight.name}`;
      weight = this.#weightDecimal
        ? numberIn(cell, this.#weightDecimal)
        : (numberIn(cell, 'point') ?? numberIn(cell, 'comma'));
      if (weight === undefined || weight < 0)
        throw new SyntaxError(`${this.#weight.name}: expected a number of 0 or more, got ${JSON.stringify(cell)}`);
      if (weight === 0) return 'of weight 0';
    }
    const compare: Record<string, Label> = {};
    for (const [name, read] of this.#compare) {
      const said = read(cells);
      if (said) compare[name] = said;
    }
    return {
      place,
      said: this.#columns.map(({ at, name, phrases }) => {
        const cell = this.#cell(cells, at);
        try {
          return cell === undefined ? [] : phrases(cell);
        } catch (error) {
          throw error instanceof SyntaxError ? new SyntaxError(`${name}: ${error.message}`) : error;
        }
      }),
      label,
      compare,
      ...(unit !== undefined && { unit }),
      ...(weight !== undefined && { weight }),
    };
  }
}
