import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { UnderstudyError } from '../env/error.ts';
import type { Workspace } from './paths.ts';
import { readJson, writeJson } from './result-file.ts';

/** study.json: the world that everything in a workspace is about. */
const study = z.object({
  scenario: z.string(),
  /** The module that declares it, relative to the workspace; absent for a world that ships with the package. */
  file: z.string().optional(),
  /** Its export, where that is not the default one. */
  export: z.string().optional(),
  /** SHA-256 of the canonical JSON of its compiled data. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  parameters: z.record(z.string(), z.number()),
});
export type Study = z.infer<typeof study>;

/**
 * What a workspace remembers of its world; undefined where nothing was made in it yet.
 * @throws {UnderstudyError} DISTILL_FILE where the file is damaged
 */
export const readStudyFile = (paths: Workspace): Promise<Study | undefined> =>
  readJson(paths, paths.study, 'check', study);

export const writeStudyFile = (paths: Workspace, value: Study): Promise<void> => writeJson(paths.study, value);

/**
 * Refuses a workspace that holds results of another world. Looks only at what its files say of their scenario: what else is
 * wrong with them is found when they are read.
 * @throws {UnderstudyError} STUDY_SCENARIO naming the first file of another scenario, with both ids
 */
export async function requireScenario(paths: Workspace, expected: string): Promise<void> {
  const configs = await readdir(paths.configs).catch(() => []);
  const files = [
    paths.study,
    paths.evaluation,
    paths.stability,
    paths.dataset,
    ...configs
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => join(paths.configs, name)),
  ];
  for (const file of files) {
    const found = await scenarioOf(file);
    if (found !== undefined && found !== expected)
      throw new UnderstudyError(
        'STUDY_SCENARIO',
        `${relative(paths.root, file)} is of scenario ${found}, expected ${expected}; use a workspace for each scenario`,
      );
  }
}

async function scenarioOf(file: string): Promise<string | undefined> {
  try {
    const { scenario } = JSON.parse(await readFile(file, 'utf8'));
    return typeof scenario === 'string' ? scenario : undefined;
  } catch {
    return undefined;
  }
}
