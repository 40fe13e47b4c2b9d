import { quoted } from '../json-text.ts';
import { LineProblem } from './lines.ts';
import type { ReadRecordsOptions, TableRecord } from './records.ts';

const DELIMITERS = [',', ';', '\t', '|'];
/** Lines that show what the delimiter is. */
const SHOWN_LINES = 200;
/** A quoted cell longer than this has no closing quote. */
const LONGEST_CELL = 1 << 20;

/**
 * Cuts lines into the records of a table with a header. A quoted cell may go on over several lines; a quote inside a cell
 * that does not begin with one is a character like others.
 */
export class DelimitedRecords {
  delimiter: string | undefined;
  columns: readonly string[] = [];
  readonly #take: (record: TableRecord) => void;
  #shown: { readonly text: string; readonly line: number }[] | undefined = [];
  /** A record that is not complete, and the line that it begins on. */
  #open: { text: string; readonly line: number } | undefined;
  #header = false;
  /** Whether rows begin with a name that the header has no word for, as R writes them. */
  #rowNames = false;
  #skip: number;
  #empty = 0;
  #trailing = 0;

  constructor({ delimiter, skip = 0 }: ReadRecordsOptions, take: (record: TableRecord) => void) {
    this.delimiter = delimiter;
    this.#skip = skip;
    this.#take = take;
  }

  get notes(): readonly string[] {
    return [
      ...(this.#empty > 0 ? [`${this.#empty} empty ${this.#empty === 1 ? 'line' : 'lines'} passed over`] : []),
      ...(this.#trailing > 0
        ? [`${this.#trailing} ${this.#trailing === 1 ? 'line has' : 'lines have'} empty cells beyond the header`]
        : []),
    ];
  }

  /** @throws {LineProblem} for what is not a row of the table */
  push(text: string, line: number): void {
    if (this.#shown === undefined) this.#line(text, line);
    else if (this.#shown.push({ text, line }) === SHOWN_LINES) this.#begin();
  }

  end(): void {
    this.#begin();
    if (this.#open) throw new LineProblem(this.#open.line, 'has a quote that is never closed');
  }

  /** Decides on the delimiter, and reads what has been shown. */
  #begin(): void {
    const shown = this.#shown ?? [];
    this.#shown = undefined;
    const named = /^sep=(.)$/i.exec(shown[0]?.text ?? '')?.[1];
    const lines = named === undefined ? shown : shown.slice(1);
    this.delimiter ??= named ?? guess(lines.map(({ text }) => text));
    this.#rowNames = haveRowNames(
      lines.map(({ text }) => text),
      this.delimiter,
    );
    for (const { text, line } of lines) this.#line(text, line);
  }

  #line(text: string, line: number): void {
    if (this.#open) {
      this.#open.text += `\n${text}`;
      if (this.#open.text.length > LONGEST_CELL)
        throw new LineProblem(this.#open.line, 'has a quote that is never closed');
      // Only a quote can close what is open.
      if (!text.includes('"')) return;
    } else if (text.trim() === '') return void this.#empty++;
    const { text: whole, line: began } = this.#open ?? { text, line };
    const cells = cellsOf(whole, this.delimiter!, began);
    if (cells === undefined) this.#open ??= { text, line };
    else {
      this.#open = undefined;
      this.#record(cells, began);
    }
  }

  #record(cells: string[], line: number): void {
    if (!this.#header) {
      this.#columns(cells, line);
      return;
    }
    const { length } = this.columns;
    if (cells.length > length && cells.slice(length).every((cell) => cell === '')) {
      cells.length = length;
      this.#trailing++;
    }
    if (cells.every((cell) => cell === '')) return void this.#empty++;
    if (cells.length !== length)
      throw new LineProblem(
        line,
        `has ${cells.length} cells, the header has ${length}; is ${quoted(this.delimiter!)} what separates them (--delimiter)?`,
      );
    if (this.#skip-- > 0) return;
    this.#take({ place: `line ${line}`, cells: cells.map((cell) => (cell === '' ? undefined : cell)) });
  }

  #columns(cells: readonly string[], line: number): void {
    this.#header = true;
    if (this.#rowNames) {
      this.columns = ['row name', ...cells];
      return;
    }
    let { length } = cells;
    // A spreadsheet's empty columns at the end have no names.
    while (length > 1 && cells[length - 1] === '') length--;
    this.columns = cells.slice(0, length).map((name, c) => (name === '' ? `column ${c + 1}` : name));
    if (length === 1 && cells.length === 1)
      throw new LineProblem(
        line,
        `has one column, ${quoted(cells[0]!)}; a table has two or more, separated by a comma, semicolon, tab or bar (--delimiter)`,
      );
  }
}

/**
 * Cells of a record without the blanks around them.
 * @returns undefined if a quoted cell is still open at the end
 * @throws {LineProblem} for text between a closing quote and the delimiter
 */
function cellsOf(text: string, delimiter: string, line: number): string[] | undefined {
  if (!text.includes('"')) return text.split(delimiter).map((cell) => cell.trim());
  const cells: string[] = [];
  for (let at = 0; ; ) {
    const begins = skipBlanks(text, at, delimiter);
    if (text[begins] === '"') {
      const end = closing(text, begins + 1);
      if (end < 0) return undefined;
      cells.push(
        text
          .slice(begins + 1, end)
          .replaceAll('""', '"')
          .trim(),
      );
      at = skipBlanks(text, end + 1, delimiter);
      if (at === text.length) return cells;
      if (text[at] !== delimiter)
        throw new LineProblem(line, `has text after a closing quote: ${quoted(text.slice(begins, at + 10))}`);
    } else {
      const end = text.indexOf(delimiter, at);
      cells.push(text.slice(at, end < 0 ? undefined : end).trim());
      if (end < 0) return cells;
      at = end;
    }
    at++;
  }
}

function skipBlanks(text: string, from: number, delimiter: string): number {
  let at = from;
  while (at < text.length && (text[at] === ' ' || text[at] === '\t') && text[at] !== delimiter) at++;
  return at;
}

/** Where a quoted cell's closing quote is; -1 if it is not in the text. */
function closing(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) if (text[at + 1] !== '"') return at;
  return -1;
}

/** The delimiter by which most lines have as many cells as the first one; of several, the one with most cells. */
function guess(lines: readonly string[]): string {
  const scores = DELIMITERS.map((delimiter) => {
    const counts = lines
      .filter((line) => line.trim() !== '')
      .map((line) => line.replace(/"(?:[^"]|"")*"/g, '').split(delimiter).length);
    const [header = 1] = counts;
    const agree = counts.filter((count) => count === header).length / Math.max(1, counts.length);
    return { delimiter, header, agree: header > 1 ? agree : 0 };
  });
  const best = Math.max(...scores.map(({ agree }) => agree));
  if (best === 0 && separatedByBlanks(lines)) return ' ';
  const near = scores.filter(({ agree }) => agree > 0 && agree >= best - 0.1);
  return near.sort((a, b) => b.header - a.header)[0]?.delimiter ?? ',';
}

/** Whether one blank stands between the cells, as R writes tables. */
function separatedByBlanks(lines: readonly string[]): boolean {
  const [header = 1, ...rows] = lines
    .filter((line) => line.trim() !== '')
    .map((line) => line.replace(/"(?:[^"]|"")*"/g, '').split(' ').length);
  return (
    header > 1 && rows.length > 0 && rows.every((count) => count === rows[0] && count - header <= 1 && count >= header)
  );
}

/** Whether every row has one cell more than the header, and begins with a quoted name or its number. */
function haveRowNames([head = '', ...lines]: readonly string[], delimiter: string): boolean {
  const rows = lines.filter((line) => line.trim() !== '');
  const cells = rows.map((line) => splitWhole(line, delimiter));
  const columns = splitWhole(head, delimiter)?.length;
  if (columns === undefined || rows.length < 2) return false;
  return cells.every(
    (row, i) =>
      row?.length === columns + 1 && row.at(-1) !== '' && (rows[i]!.startsWith('"') || row[0] === String(i + 1)),
  );
}

/** Cells of a line that is a record of its own. */
function splitWhole(line: string, delimiter: string): string[] | undefined {
  try {
    return cellsOf(line, delimiter, 0);
  } catch {
    return undefined;
  }
}
