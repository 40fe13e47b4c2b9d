import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { UnderstudyError } from '../../env/error.ts';
import type { Scenario } from '../../env/scenario.ts';
import { type DecisionFile, readDecisions } from '../../workspace/decisions.ts';
import type { Workspace } from '../../workspace/paths.ts';
import { type StabilityStudy, stabilityStudy } from './ceiling.ts';
import type { FileFacts } from './report.ts';

async function textIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

/** A file of decisions; undefined where it is not there or empty. */
export async function readIfThere(path: string, scenario: Scenario): Promise<DecisionFile | undefined> {
  if (!existsSync(path)) return undefined;
  const file = await readDecisions(path, scenario);
  return file.rows.length > 0 ? file : undefined;
}

/** The stability study of the workspace. @throws {UnderstudyError} DISTILL_FILE where its file is damaged */
export async function studyIn({ metrics }: Workspace): Promise<StabilityStudy | undefined> {
  const path = join(metrics, 'stability.json');
  const text = await textIfThere(path);
  if (text === undefined) return undefined;
  try {
    return stabilityStudy.parse(JSON.parse(text));
  } catch (cause) {
    throw new UnderstudyError('DISTILL_FILE', `${path} is damaged; run \`understudy stability\` again, or remove it`, {
      cause,
    });
  }
}

export async function factsOf(path: string, root: string, { rows, sha256 }: DecisionFile): Promise<FileFacts> {
  const inside = relative(root, resolve(path));
  return {
    path: inside.startsWith('..') || isAbsolute(inside) ? path : inside,
    sha256,
    rows: rows.length,
  };
}

/** Ids of the teachers that the rows name. */
export function teachersIn({ rows }: DecisionFile): string[] {
  return [...new Set(rows.flatMap(({ teacher }) => (typeof teacher === 'string' ? teacher : [])))];
}
