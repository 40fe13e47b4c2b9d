import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Scenario } from '../../env/scenario.ts';
import { type DecisionFile, readDecisions } from '../../workspace/decisions.ts';
import { sha256 } from '../../workspace/hash.ts';
import { type FileFacts, pathWithin } from '../../workspace/provenance.ts';

async function textIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

/** A file of decisions; undefined where it is not there or empty. */
export async function readIfThere(path: string, scenario: Scenario): Promise<DecisionFile | undefined> {
  if ((await textIfThere(path)) === undefined) return undefined;
  const file = await readDecisions(path, scenario);
  return file.rows.length > 0 ? file : undefined;
}

export async function factsOf(path: string, root: string, { rows }: DecisionFile): Promise<FileFacts> {
  return { path: pathWithin(root, resolve(path)), sha256: sha256(await readFile(path)), rows: rows.length };
}

/** Ids of the teachers that the rows name. */
export function teachersIn({ rows }: DecisionFile): string[] {
  return [...new Set(rows.flatMap(({ teacher }) => (typeof teacher === 'string' ? teacher : [])))];
}
