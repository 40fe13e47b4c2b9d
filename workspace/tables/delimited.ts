import { cellsOf } from '../csv.ts';
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
export function* delimitedRows(
  text: string,
  delimiter: string,
): Generator<{ line: number; cells: Record<string, string> }> {
  const [header, ...rows] = linesOf(text.replace(/^\uFEFF/, ''), delimiter);
  if (!header) return;
  const names = header.cells.map((name) => name.trim());
  const twice = names.find((name, i) => name !== '' && names.indexOf(name) !== i);
  if (twice !== undefined) throw new LineProblem(header.line, `has two columns named ${twice}`);
  const absent = ['traits', 'context'].find((name) => !names.includes(name));
  if (absent)
    throw new LineProblem(
      header.line,
      `has the columns ${names.join(', ').slice(0, 200)}; a table of decisions has traits, context, and probability_LLM or probabilities`,
    );
  for (const { line, cells } of rows) {
    if (cells.length !== names.length)
      throw new LineProblem(line, `has ${cells.length} cells, the header has ${names.length}`);
    yield { line, cells: Object.fromEntries(names.map((name, i) => [name, cells[i]!])) };
  }
}

function linesOf(text: string, delimiter: string) {
  try {
    return cellsOf(text, delimiter).filter(({ cells }) => cells.length > 1 || cells[0]!.trim() !== '');
  } catch (error) {
    const [, line, what] = /^line (\d+) (.*)$/s.exec((error as Error).message) ?? [];
    if (line === undefined) throw error;
    throw new LineProblem(Number(line), what!);
  }
}
