import { readdir, readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { z } from 'zod';
import { UnderstudyError } from '../env/error.ts';
import type { Workspace } from './paths.ts';
import { writeFileAtomically } from './write-file.ts';

/** JSON has no NaN: a number that could not be computed is null. */
export const number = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

/** A number with bounds, as an interval has them. */
export const interval = z.object({ lower: number, upper: number });

/** A list that is not changed after it was read. */
export const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();

/**
 * The error for a result that cannot be used.
 * @param what is wrong with it: "it is not JSON"
 * @param verb which makes the file: "train --active N"
 */
export function damaged(paths: Workspace, path: string, verb: string, what: string, cause?: unknown): UnderstudyError {
  const name = relative(paths.root, path);
  return new UnderstudyError('DISTILL_FILE', `${name} is damaged: ${what}; run \`understudy ${verb}\` again`, {
    cause,
  });
}

/**
 * The text of a file; undefined where it is not there.
 * @throws {UnderstudyError} DISTILL_FILE where it cannot be read or is not UTF-8
 */
export async function readText(paths: Workspace, path: string, verb: string): Promise<string | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const name = relative(paths.root, path);
    const what = code === 'EISDIR' ? 'is a folder, expected a file' : `cannot be read (${code})`;
    throw new UnderstudyError('DISTILL_FILE', `${name} ${what}; move it away and run \`understudy ${verb}\` again`, {
      cause: error,
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw damaged(paths, path, verb, 'it is not UTF-8 text', error);
  }
}

/**
 * What a JSON file holds; undefined where it is not there. Fields that the schema does not name are left out: nothing
 * that is read here is written back.
 * @param verb which makes the file
 * @throws {UnderstudyError} DISTILL_FILE where it is not JSON, or not of this schema
 */
export async function readJson<T>(
  paths: Workspace,
  path: string,
  verb: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const text = await readText(paths, path, verb);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(paths, path, verb, text.trim() === '' ? 'it is empty' : 'it is not JSON', error);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path: place, message } = parsed.error.issues[0]!;
  throw damaged(paths, path, verb, place.length > 0 ? `${place.join('.')}: ${message}` : message);
}

/** A value as it stands in a JSON file: indented by two spaces, not-a-number as null. */
export const jsonText = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** Writes a JSON file in one step. */
export const writeJson = (path: string, value: object): Promise<void> => writeFileAtomically(path, jsonText(value));

/** Names of the files of a folder that end so, sorted; none if there is no folder. */
export async function filesIn(directory: string, extension: string): Promise<string[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  return names.filter((name) => name.endsWith(extension)).sort();
}
