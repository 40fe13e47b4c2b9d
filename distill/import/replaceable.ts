import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { UnderstudyError } from '../../env/error.ts';
import { sha256 } from '../../workspace/hash.ts';
import type { Workspace } from '../../workspace/paths.ts';
import { filesIn } from '../../workspace/result-file.ts';
import { vocabularyFile } from '../../workspace/vocabulary.ts';

/** What an import is about to write. */
export interface Imported {
  /** Hash of scenario.json. */
  readonly text: string;
  /** SHA-256 of train.jsonl and test.jsonl. */
  readonly files: { readonly train: string; readonly test: string };
}

/**
 * Refuses to write over what is not an import, was changed since, or has been worked with.
 * @returns whether the very same is there already
 * @throws {UnderstudyError} DISTILL_FILE naming the file that would be lost
 */
export async function requireReplaceable(paths: Workspace, made: Imported): Promise<boolean> {
  const refuse = (path: string, why: string) =>
    new UnderstudyError(
      'DISTILL_FILE',
      `${relative(paths.root, path)} ${why} and would be lost; move it away or use another workspace (--workspace DIR)`,
    );
  const there = await readFile(paths.scenario, 'utf8').catch(() => undefined);
  const [train, test] = await Promise.all([hashOf(paths.train), hashOf(paths.test)]);
  if (there === made.text && train === made.files.train && test === made.files.test && existsSync(paths.study))
    return true;
  const before = there === undefined ? undefined : importIn(there);
  if (there !== undefined && before === undefined) throw refuse(paths.scenario, 'was not written by import');
  for (const [path, hash, own] of [
    [paths.train, train, before?.train],
    [paths.test, test, before?.test],
  ] as const)
    if (hash !== undefined && hash !== own)
      throw refuse(path, own === undefined ? 'was not written by import' : 'was changed after it was imported');
  if (before === undefined && existsSync(paths.study)) throw refuse(paths.study, 'is of another study');
  const [student] = await filesIn(paths.configs, '.json');
  const result = [student && join(paths.configs, student), paths.evaluation, paths.stability, paths.labels].find(
    (path) => path && existsSync(path),
  );
  if (result) throw refuse(result, 'is a result of what was imported before');
  return false;
}

/** Hashes of the rows of an import; undefined for a text that is not a vocabulary of one. */
function importIn(text: string): Imported['files'] | undefined {
  try {
    return vocabularyFile.parse(JSON.parse(text)).import?.files;
  } catch {
    return undefined;
  }
}

const hashOf = async (path: string): Promise<string | undefined> => {
  const bytes = await readFile(path).catch(() => undefined);
  return bytes && sha256(bytes);
};
