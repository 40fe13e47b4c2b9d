import { readdir, readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { z } from 'zod';
import { UnderstudyError } from '../env/error.ts';
import { csvRows } from './csv-rows.ts';
import type { Workspace } from './paths.ts';

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

const damaged = (paths: Workspace, path: string, verb: string, what: string, cause?: unknown) =>
  new UnderstudyError(
    'DISTILL_FILE',
    `${relative(paths.root, path)} is damaged: ${what}; run \`understudy ${verb}\` again`,
    { cause },
  );

/**
 * What a file holds; undefined where it is not there.
 * @param verb which makes the file
 * @throws {UnderstudyError} DISTILL_FILE where it is no JSON, or not of this schema
 */
export async function json<T>(
  paths: Workspace,
  path: string,
  verb: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const text = await textOf(path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(paths, path, verb, 'it is not JSON', error);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path: place, message } = parsed.error.issues[0]!;
  throw damaged(paths, path, verb, `${place.join('.')}: ${message}`);
}

/**
 * Rows of a table whose named columns are there; none where the file is not there.
 * @param verb which makes the file
 * @throws {UnderstudyError} DISTILL_FILE where it is no table, or a column is missing
 */
export async function table(
  paths: Workspace,
  path: string,
  verb: string,
  columns: readonly string[],
): Promise<Record<string, string>[]> {
  const text = await textOf(path);
  if (text === undefined) return [];
  let rows: Record<string, string>[];
  try {
    rows = csvRows(text);
  } catch (error) {
    throw damaged(paths, path, verb, (error as Error).message, error);
  }
  const missing = rows[0] && columns.find((column) => !(column in rows[0]!));
  if (missing) throw damaged(paths, path, verb, `it has no column ${missing}`);
  return rows;
}

/** Names of the files of a directory that end so, sorted; none where there is no directory. */
export async function filesIn(directory: string, extension: string): Promise<string[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => name.endsWith(extension)).sort();
}
