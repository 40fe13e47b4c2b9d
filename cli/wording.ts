import type { NamedTable } from '../report/teacher-tables.ts';
import { grouped } from '../report/wording.ts';

/** A length of time as people say it: "0.8 s", "42 s", "3 min 05 s", "2 h 10 min". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** What to run next in a workspace. */
export const nextWords = (workspace: string, ...verbs: readonly string[]): string =>
  `Next: ${verbs.map((verb) => `understudy ${verb}${workspace === '.' ? '' : ` --workspace ${workspace}`}`).join(' · ')}`;

/** A count with its thousands apart, or a size in the unit that suits it. */
export function amount(value: number, unit?: 'bytes'): string {
  if (unit === undefined) return grouped(value);
  if (value < 1e6) return `${Math.round(value / 1e3)} kB`;
  return value < 1e9 ? `${(value / 1e6).toFixed(1)} MB` : `${(value / 1e9).toFixed(2)} GB`;
}

/** A statistic with as many decimals as say something, without the zero before the point: ".0387", "1.20". */
export function decimal(value: number | undefined | null, digits = 4): string {
  if (value === undefined || value === null || !Number.isFinite(value)) return 'undefined';
  return value.toFixed(digits).replace(/^(-?)0\./, '$1.');
}

/** Rows of cells, columns aligned: the first to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map((row) => (row[c] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!)))
      .join('  ')
      .trimEnd(),
  );
}

/** Rows under a head, columns aligned: names to the left, numbers to the right. */
export function namedRows({ names, head, rows }: NamedTable): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, c) => Math.max(...all.map((row) => row[c]!.length)));
  return all.map((row) =>
    row
      .map((cell, c) => (c < names ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!)))
      .join('  ')
      .trimEnd(),
  );
}

/** Names with what they are, one a line. */
export function facts(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}
