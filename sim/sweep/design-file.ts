import { readFile } from 'node:fs/promises';
import { UnderstudyError } from '../../env/error.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { cellsOf, type Line } from '../../workspace/csv.ts';
import { type Point, requireInRange, requireParameter } from './design.ts';

/** Columns of a design file that are not parameters. */
const OTHERS = ['policy', 'population', 'agents', 'seed'] as const;

const wrong = (message: string, cause?: unknown) => new UnderstudyError('SIMULATION_ARGUMENT', message, { cause });

export interface DesignFileOptions {
  /** Names of the columns, for a file without a header. */
  readonly columns?: readonly string[];
  /** Whether a row may be there twice. */
  readonly repeats?: boolean;
}

/**
 * The points of a design file: one run a line, with a header of parameters and, if wanted, `policy`, `population`, `agents` and `seed`; or
 * plain numbers, as SALib and NumPy write them, with the names of the columns given apart. Cells are separated by commas,
 * semicolons, tabs or spaces; a line that begins with # is a comment.
 * @throws {UnderstudyError} SIMULATION_ARGUMENT naming the line: for a file that cannot be read or has no row, a name that is
 *   not a parameter, a cell that is not a number or lies outside its range, and a row that is there twice
 */
export async function readDesign(
  path: string,
  scenario: Vocabulary,
  { columns, repeats = false }: DesignFileOptions = {},
): Promise<Point[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw wrong(`the design ${path} cannot be read (${error.code}); name a CSV file with one run a line`, error);
  });
  const [first, ...rest] = linesOf(path, text);
  if (!first) throw wrong(`the design ${path} is empty; it needs one run a line`);
  const plain = first.cells.every((cell) => cell.trim() !== '' && Number.isFinite(Number(cell)));
  if (plain && !columns)
    throw wrong(
      `the design ${path} has no header: its first line is numbers; name its columns with --columns ${Object.keys(scenario.parameters).join(',') || 'a,b,c'}`,
    );
  const names = columns ?? first.cells.map((cell) => cell.trim());
  const rows = plain ? [first, ...rest] : rest;
  if (columns && !plain && names.join() !== first.cells.map((cell) => cell.trim()).join())
    throw wrong(`the design ${path} has a header, ${first.cells.join(',')}; leave out --columns ${columns.join(',')}`);
  const at = (line: number) => `line ${line} of ${path}: `;
  for (const [i, name] of names.entries()) {
    if (names.indexOf(name) < i) throw wrong(`${at(first.line)}${name} is there twice`);
    if (!OTHERS.includes(name as (typeof OTHERS)[number])) requireParameter(scenario, name, at(first.line));
  }
  if (rows.length === 0) throw wrong(`the design ${path} is empty: below its header it has no row`);
  const seen = new Map<string, number>();
  return rows.map(({ line, cells }) => {
    if (cells.length !== names.length)
      throw wrong(`${at(line)}expected ${names.length} cells (${names.join(', ')}), got ${cells.length}`);
    const point = pointOf(names, cells, scenario, at(line));
    const same = seen.get(JSON.stringify(point));
    if (same !== undefined && !repeats)
      throw wrong(`${at(line)}it is the same run as line ${same}; leave one of the two out`);
    seen.set(JSON.stringify(point), line);
    return point;
  });
}

function pointOf(names: readonly string[], cells: readonly string[], scenario: Vocabulary, where: string): Point {
  const parameters: Record<string, number> = {};
  const others: { policy?: string; population?: string; agents?: number; seed?: number } = {};
  names.forEach((name, i) => {
    const cell = cells[i]!.trim();
    if (name === 'policy' || name === 'population') {
      if (cell === '') throw wrong(`${where}${name} is empty`);
      others[name] = cell;
      return;
    }
    const value = cell === '' ? Number.NaN : Number(cell);
    if (!Number.isFinite(value)) throw wrong(`${where}${name} is "${cell}", expected a number`);
    if (name === 'agents' || name === 'seed') {
      if (!Number.isSafeInteger(value) || value < (name === 'agents' ? 1 : 0))
        throw wrong(`${where}${name}=${cell} is not a whole number of ${name === 'agents' ? 1 : 0} or more`);
      others[name] = value;
    } else {
      requireInRange(scenario, name, value, where);
      parameters[name] = value;
    }
  });
  return { parameters, ...others };
}

function linesOf(path: string, text: string): Line[] {
  const data = text.replace(/^\s*#.*$/gm, '');
  const [first = ''] = data.trim().split(/\r\n|\n|\r/);
  const delimiter = [',', ';', '\t'].find((one) => first.includes(one));
  if (!delimiter)
    return data
      .split(/\r\n|\n|\r/)
      .map((line, i) => ({ line: i + 1, cells: line.trim().split(/\s+/) }))
      .filter(({ cells }) => cells[0] !== '');
  try {
    return cellsOf(data, delimiter).filter(({ cells }) => cells.length > 1 || cells[0]!.trim() !== '');
  } catch (error) {
    throw wrong(`the design ${path}: ${(error as Error).message}`, error);
  }
}
