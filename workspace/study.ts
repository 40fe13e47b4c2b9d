import { z } from 'zod';
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
