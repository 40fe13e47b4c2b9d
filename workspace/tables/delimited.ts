import { type CsvRow, cellsOf, columnsIn, rowIn } from '../csv.ts';
import { LineProblem } from './lines.ts';

/** Columns by one of which a table of decisions is known. */
const KNOWN = ['traits', 'context', 'probability_LLM', 'probabilities'];
const DELIMITERS = [',', '\t', ';'];

/** What separates the columns of a table of decisions; undefined for text whose first line does not name them. */
export function delimiterOf(text: string): string | undefined {
  const [header = ''] = text.trimStart().split(/[\r\n]/);
  return DELIMITERS.find((delimiter) => {
    const names = header.split(delimiter).map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
    return names.some((name) => KNOWN.includes(name)) && names.length > 1;
  });
}

/**
 * Rows of delimited values by column; empty lines are passed over.
 * @throws {LineProblem} for a header without the columns of a decision, and for a row with more or fewer cells
 */
export function* delimitedRows(text: string, delimiter: string): Generator<CsvRow> {
  try {
    const [header, ...lines] = cellsOf(text, delimiter).filter(
      ({ cells }) => cells.length > 1 || cells[0]!.trim() !== '',
    );
    if (!header) return;
    const columns = columnsIn({ ...header, cells: header.cells.map((name) => name.trim()) });
    const absent = ['traits', 'context'].find((name) => !columns.includes(name));
    if (absent)
      throw new LineProblem(
        header.line,
        `has the columns ${columns.join(', ').slice(0, 200)}; a table of decisions has traits, context, and probability_LLM or probabilities`,
      );
    for (const line of lines) yield rowIn(columns, line);
  } catch (error) {
    const [, line, what] = /^line (\d+) (.*)$/s.exec((error as Error).message) ?? [];
    if (!(error instanceof SyntaxError) || line === undefined) throw error;
    throw new LineProblem(Number(line), what!);
  }
}
