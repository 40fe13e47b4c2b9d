/** One line of comma-separated values, without its end (RFC 4180: quoted where a cell needs it). */
export function csvLine(cells: readonly (string | number | undefined)[]): string {
  return cells
    .map((cell) => {
      const text = cell === undefined ? '' : String(cell);
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(',');
}

/** Lines of comma-separated values, each ended by a line feed. */
export const csvText = (lines: readonly (readonly (string | number | undefined)[])[]): string =>
  lines.map((cells) => `${csvLine(cells)}\n`).join('');

/** A line of a table as it stands in its file. */
export interface CsvRow {
  /** From 1; where a cell holds line ends, the line that the row begins on. */
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
}

/**
 * Rows of comma-separated values by column name (RFC 4180: quoted cells may hold commas, quotes and line ends).
 * A byte order mark is not part of the first name. Lines end in CRLF, LF or CR; empty lines are passed over.
 * @param text with a header line
 * @throws {SyntaxError} naming the line if a row has another number of cells than the header, a column's name is there
 *   twice, or a quote is not closed
 */
export function csvRows(text: string): Record<string, string>[] {
  return parseCsv(text).rows.map(({ cells }) => ({ ...cells }));
}

/** As `csvRows`, with the names of the columns and the place of each row. */
export function parseCsv(text: string): { readonly columns: readonly string[]; readonly rows: readonly CsvRow[] } {
  const [header, ...lines] = cellsOf(text);
  if (!header) return { columns: [], rows: [] };
  const columns = columnsIn(header);
  return { columns, rows: lines.map((line) => rowIn(columns, line)) };
}

/** Names of columns; those of a spreadsheet may lack one. @throws {SyntaxError} for a name that stands there twice */
export function columnsIn({ line, cells }: Line): readonly string[] {
  const twice = cells.find((name, i) => name !== '' && cells.indexOf(name) < i);
  if (twice !== undefined) throw new SyntaxError(`line ${line} has two columns named ${twice}`);
  return cells;
}

/** @throws {SyntaxError} for a line with another number of cells than there are columns */
export function rowIn(columns: readonly string[], { line, cells }: Line): CsvRow {
  if (cells.length !== columns.length)
    throw new SyntaxError(`line ${line} has ${cells.length} cells, the header has ${columns.length}`);
  return { line, cells: Object.fromEntries(columns.map((name, i) => [name, cells[i]!])) };
}

/** The cells of one line. */
export interface Line {
  /** From 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Lines of delimited values, whichever way they end; a quoted cell may hold anything. A byte order mark is skipped.
 * @param delimiter one character
 * @throws {SyntaxError} if a quote is not closed, or stands inside a cell that is not quoted (names the line)
 */
export function cellsOf(marked: string, delimiter = ','): Line[] {
  const text = marked.replace(/^\uFEFF/, '');
  const lines: Line[] = [];
  let cells: string[] = [];
  let line = 1;
  let began = 1;
  let start = 0;
  const cell = new RegExp(`"([^"]*(?:""[^"]*)*)"|([^"${delimiter}\\r\\n]*)`, 'y');
  const end = new RegExp(`${delimiter}|\\r\\n|\\n|\\r|$`, 'y');
  for (let at = 0; at < text.length; ) {
    cell.lastIndex = at;
    const [whole, quoted, plain] = cell.exec(text)!;
    at += whole.length;
    cells.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    line += whole.split(/\r\n|\n|\r/).length - 1;
    end.lastIndex = at;
    const separator = end.exec(text)?.[0];
    if (separator === undefined) throw new SyntaxError(`line ${line} has a quote that does not belong there`);
    const empty = at === start;
    at += separator.length;
    if (separator === delimiter) {
      // A delimiter at the very end of the text opens one more, empty cell.
      if (at === text.length) cells.push('');
      else continue;
    }
    // A table of one column has an empty line where its cell is empty.
    if (!empty || lines[0]?.cells.length === 1) lines.push({ line: began, cells });
    cells = [];
    began = ++line;
    start = at;
  }
  return lines;
}

/** Between the phrases, or numbers, of a list in one cell. */
const SEPARATOR = '; ';

/** Phrases in one cell; a backslash stands before a separator, or another backslash, that belongs to a phrase. */
export const joinPhrases = (phrases: readonly string[]): string =>
  phrases.map((phrase) => phrase.replaceAll('\\', '\\\\').replaceAll(SEPARATOR, `\\${SEPARATOR}`)).join(SEPARATOR);

/** The phrases that `joinPhrases` wrote; none of an empty cell. */
export function splitPhrases(cell: string): string[] {
  if (cell === '') return [];
  const phrases = [''];
  for (const [part] of cell.matchAll(/\\\\|\\; |; |[\s\S]/g)) {
    if (part === SEPARATOR) phrases.push('');
    else phrases[phrases.length - 1] += part === '\\\\' ? '\\' : part === `\\${SEPARATOR}` ? SEPARATOR : part;
  }
  return phrases;
}
