import { csvLine } from '../csv.ts';
import type { Column, Exported } from './columns.ts';

/** Lists of phrases or numbers in one cell; evaluate's tables write them alike. */
const SEPARATOR = '; ';

/** Rows as comma-separated values with a header (RFC 4180, lines ended by a line feed). An absent value is an empty cell. */
export function csvTable(columns: readonly Column[], rows: readonly Exported[]): string {
  const lines = [
    csvLine(columns.map(({ name }) => name)),
    ...rows.map((row) =>
      csvLine(
        columns.map(({ name }) => {
          const value = row[name];
          return Array.isArray(value) ? value.join(SEPARATOR) : ((value ?? undefined) as string | number | undefined);
        }),
      ),
    ),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
