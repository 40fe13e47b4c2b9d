import { join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { fileFacts } from './file-facts.ts';
import type { Workspace } from './paths.ts';
import { json } from './reading.ts';

const datasetSchema = z.object({
  teacher: z.string(),
  teacherId: z.string(),
  caveat: z.string().optional(),
  elicitation: z.string(),
  order: z.string(),
  seed: z.number(),
  distribution: z.string().optional(),
  split: z.string().optional(),
  asked: z.number(),
  files: z.record(z.string(), fileFacts),
  finished: z.string().optional(),
});
export type StudyDataset = z.infer<typeof datasetSchema>;

/** data/dataset.json; undefined where no data set was made here. */
export async function readDataset(paths: Workspace): Promise<StudyDataset | undefined> {
  const dataset = await json(paths, join(paths.data, 'dataset.json'), 'dataset', datasetSchema);
  return dataset && { ...dataset, files: within(paths, dataset.files) };
}

/** Paths as seen from the workspace: where it lies on this machine is nobody's business. */
function within(paths: Workspace, files: StudyDataset['files']): StudyDataset['files'] {
  return Object.fromEntries(
    Object.entries(files).map(([name, { path, ...rest }]) => {
      const inside = relative(paths.root, resolve(paths.root, path));
      return [name, { ...rest, path: inside.startsWith('..') ? path : inside }];
    }),
  );
}
