/**
 * Rows of comma-separated values by column name (RFC 4180: quoted cells may hold commas, quotes and line ends).
 * A byte order mark is not part of the first name.
 * @param text with a header line
 * @throws {SyntaxError} if a row has another number of cells than the header (names the line), or a quote is not closed
 */
export function csvRows(text: string): Record<string, string>[] {
  const [header, ...rows] = cellsOf(text.replace(/^\uFEFF/, ''));
  if (!header) return [];
  return rows.map(({ line, cells }) => {
    if (cells.length !== header.cells.length)
      throw new SyntaxError(`line ${line} has ${cells.length} cells, the header has ${header.cells.length}`);
    return Object.fromEntries(header.cells.map((name, i) => [name, cells[i]!]));
  });
}

interface Line {
  /** From 1. */
  readonly line: number;
  readonly cells: string[];
}

/**
 * Lines of delimited values, whichever way they end; a quoted cell may hold anything.
 * @param delimiter one character
 * @throws {SyntaxError} if a quote is not closed, or stands inside a cell that is not quoted (names the line)
 */
export function cellsOf(text: string, delimiter = ','): Line[] {
  const lines: Line[] = [];
  let cells: string[] = [];
  let line = 1;
  let began = 1;
  const cell = new RegExp(`"([^"]*(?:""[^"]*)*)"|([^"${delimiter}\\r\\n]*)`, 'y');
  const end = new RegExp(`${delimiter}|\\r?\\n|\\r|$`, 'y');
  for (let at = 0; at < text.length; ) {
    cell.lastIndex = at;
    const [whole, quoted, plain] = cell.exec(text)!;
    at += whole.length;
    cells.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    line += whole.split('\n').length - 1;
    end.lastIndex = at;
    const separator = end.exec(text)?.[0];
    if (separator === undefined) throw new SyntaxError(`line ${line} has a quote that does not belong there`);
    at += separator.length;
    if (separator === delimiter) {
      // A delimiter at the very end of the text opens one more, empty cell.
      if (at === text.length) cells.push('');
      else continue;
    }
    lines.push({ line: began, cells });
    cells = [];
    began = ++line;
  }
  return lines;
}
