import { stat } from 'node:fs/promises';
import { extname, relative, resolve } from 'node:path';
import { UnderstudyError } from '../../env/error.ts';
import type { Scenario } from '../../env/scenario.ts';
import { sha256 } from '../hash.ts';
import type { Workspace } from '../paths.ts';
import type { FileFacts } from '../provenance.ts';
import type { DatasetRows } from '../rows.ts';
import { writeFileAtomically } from '../write-file.ts';
import { columnsOf, type Exported } from './columns.ts';
import { csvTable } from './csv-table.ts';
import { requireOurs } from './ours.ts';
import { researchLine } from './research-shape.ts';

/** Forms in which a data set leaves: the research original's, for spreadsheets, typed. */
export const exportForms = ['.jsonl', '.csv', '.parquet'] as const;
export type ExportForm = (typeof exportForms)[number];

/**
 * Says before anything is asked what could not be exported after.
 * @throws {UnderstudyError} DISTILL_FILE for a file from elsewhere; DISTILL_ARGUMENT for an unknown extension, a
 *   folder, a file that steps of a study read, or a form that cannot hold the scenario's actions
 */
export async function requireExportable(paths: readonly string[], scenario: Scenario, own: Workspace): Promise<void> {
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
