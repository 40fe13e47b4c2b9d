import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Scenario } from '../../env/scenario.ts';
import { type DecisionFile, readDecisions } from '../../workspace/decisions.ts';
import { type FileFacts, pathWithin } from '../../workspace/provenance.ts';

/** A file of decisions; undefined where it is not there or empty. */
export async function readIfThere(path: string, scenario: Scenario): Promise<DecisionFile | undefined> {
  if (!existsSync(path)) return undefined;
  const file = await readDecisions(path, scenario);
  return file.rows.length > 0 ? file : undefined;
}

export function factsOf(path: string, root: string, { rows, sha256 }: DecisionFile): FileFacts {
  return { path: pathWithin(root, resolve(path)), sha256, rows: rows.length };
}

/** Ids of the teachers that the rows name. */
export function teachersIn({ rows }: DecisionFile): string[] {
  return [...new Set(rows.flatMap(({ teacher }) => (typeof teacher === 'string' ? teacher : [])))];
}
