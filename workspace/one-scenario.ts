import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { UnderstudyError } from '../env/error.ts';
import type { Workspace } from './paths.ts';

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
