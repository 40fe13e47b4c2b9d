import { csvLine } from '../../workspace/csv.ts';
import type { Figure } from './render.ts';

/** Columns that say how something is drawn, not what. */
const APPEARANCE = new Set(['ink', 'shift']);

type Row = Readonly<Record<string, unknown>>;

/**
 * The data of a figure as CSV: every row that it holds, with all columns that some row has. Where a figure has several
 * data sets, the column `dataset` counts them from 1, in the order in which they are drawn; equal ones are written once.
 */
export function figureTable(figure: Figure): string {
  const sets = new Map<string, readonly Row[]>();
  for (const rows of dataSetsOf(figure)) sets.set(JSON.stringify(rows), rows);
  const rows = [...sets.values()].flatMap((set, i) =>
    set.map((row): Row => (sets.size > 1 ? { dataset: i + 1, ...row } : row)),
  );
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((column) => !APPEARANCE.has(column));
  return [csvLine(columns), ...rows.map((row) => csvLine(columns.map((column) => cell(row[column])))), ''].join('\n');
}

/** The rows under each key `data`, wherever the specification has one. */
function* dataSetsOf(part: unknown): Generator<readonly Row[]> {
  if (typeof part !== 'object' || part === null) return;
  for (const [key, value] of Object.entries(part)) {
    if (key !== 'data') yield* dataSetsOf(value);
    else if (Array.isArray(value?.values)) yield value.values;
  }
}

const cell = (value: unknown): string | number | undefined => {
  if (value === undefined || value === null || Number.isNaN(value)) return undefined;
  if (typeof value === 'number') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};
