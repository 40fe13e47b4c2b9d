import { stat } from 'node:fs/promises';
import { extname, relative, resolve } from 'node:path';
import { UnderstudyError } from '../../env/error.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { csvText, joinPhrases } from '../csv.ts';
import { sha256 } from '../hash.ts';
import type { Workspace } from '../paths.ts';
import type { FileFacts } from '../provenance.ts';
import type { DatasetRow, DatasetRows } from '../rows.ts';
import { writeFileAtomically } from '../write-file.ts';
import { type Column, columnsOf, type Exported } from './columns.ts';
import { requireOurs } from './ours.ts';

/** Forms in which a data set leaves: the research original's, for spreadsheets, typed. */
export const exportForms = ['.jsonl', '.csv', '.parquet'] as const;
export type ExportForm = (typeof exportForms)[number];

/**
 * Says before anything is asked what could not be exported after.
 * @throws {UnderstudyError} DISTILL_FILE for a file from elsewhere; DISTILL_ARGUMENT for an unknown extension, a
 *   folder, a file that steps of a study read, or a form that cannot hold the scenario's actions
 */
export async function requireExportable(paths: readonly string[], scenario: Vocabulary, own: Workspace): Promise<void> {
  const wrong = (message: string) => new UnderstudyError('DISTILL_ARGUMENT', message);
  for (const path of paths) {
    if (!exportForms.some((form) => form === formOf(path)))
      throw wrong(`export ${path}: the extension chooses the form, one of ${exportForms.join(', ')}`);
    if (formOf(path) === '.jsonl' && scenario.actions.length > 2)
      throw wrong(
        `export ${path}: the research original's shape is for two actions and ${scenario.id} has ${scenario.actions.length}; use .csv or .parquet`,
      );
    if ((await stat(path).catch(() => undefined))?.isDirectory())
      throw wrong(`export ${path} is a folder; name a file`);
    if ([own.train, own.test, own.rejects, own.labels].includes(resolve(path)))
      throw wrong(`export ${path} is a file of the data set itself; name another`);
    await requireOurs(path, own);
  }
}

/**
 * Writes rows in the form that the path's extension says, in one step. `.jsonl` is the research original's shape,
 * `traits`, `context` and `probability_LLM` only, the rows of train before those of test; the others have every value
 * that a row has, and a column `split`.
 */
export async function exportRows(path: string, { train, test }: DatasetRows, root: string): Promise<FileFacts> {
  const rows = [
    ...train.map((row): Exported => ({ split: 'train', ...row })),
    ...test.map((row): Exported => ({ split: 'test', ...row })),
  ];
  const content = await contentOf(formOf(path) as ExportForm, rows);
  return writeHashed(path, content, rows.length, root);
}

/** Writes a file in one step and says what was written. */
async function writeHashed(path: string, content: string | Uint8Array, rows: number, root: string): Promise<FileFacts> {
  await writeFileAtomically(path, content);
  return { path: relative(root, resolve(path)), rows, sha256: sha256(content) };
}

async function contentOf(form: ExportForm, rows: readonly Exported[]): Promise<string | Uint8Array> {
  if (form === '.jsonl') return rows.map((row) => `${researchLine(row)}\n`).join('');
  if (form === '.csv') return csvTable(columnsOf(rows), rows);
  const { parquetTable } = await import('./parquet.ts');
  return parquetTable(columnsOf(rows), rows);
}

const formOf = (path: string) => extname(path).toLowerCase();

/** Rows as comma-separated values with a header. Lists of phrases or numbers stand in one cell; an absent value is empty. */
function csvTable(columns: readonly Column[], rows: readonly Exported[]): string {
  const cellOf = (row: Exported, { name, type }: Column) => {
    const value = row[name] ?? undefined;
    if (type === 'texts') return value === undefined ? value : joinPhrases(value as readonly string[]);
    return Array.isArray(value) ? value.join('; ') : (value as string | number | undefined);
  };
  return csvText([columns.map(({ name }) => name), ...rows.map((row) => columns.map((column) => cellOf(row, column)))]);
}

/**
 * A line of the research original's data sets, byte for byte as Python's json module writes it (ensure_ascii off): a
 * space after each comma and colon, a point in every float.
 * @example researchLine({ traits: ['cheap'], context: [], probability_LLM: 1 }) // => '{"traits": ["cheap"], "context": [], "probability_LLM": 1.0}'
 */
export function researchLine({
  traits,
  context,
  probability_LLM,
}: Pick<DatasetRow, 'traits' | 'context' | 'probability_LLM'>) {
  const list = (phrases: readonly string[]) => `[${phrases.map((phrase) => JSON.stringify(phrase)).join(', ')}]`;
  const number = Number.isInteger(probability_LLM) ? probability_LLM.toFixed(1) : float(probability_LLM);
  return `{"traits": ${list(traits)}, "context": ${list(context)}, "probability_LLM": ${number}}`;
}

/** Python goes over to an exponent below 1e-4, of two digits at least. */
function float(value: number): string {
  if (value >= 1e-4) return String(value);
  return value.toExponential().replace(/e-(\d)$/, 'e-0$1');
}
