import { join } from 'node:path';
import { z } from 'zod';
import { inOrder } from './order.ts';
import type { Workspace } from './paths.ts';
import { filesIn, json } from './reading.ts';

const studentSchema = z.object({
  name: z.string(),
  sha256: z.string(),
  parameters: z.number(),
  seed: z.number(),
  teacher: z.object({ id: z.string(), licence: z.string(), caveat: z.string().optional() }),
  data: z.array(z.object({ file: z.string(), sha256: z.string(), rows: z.number() })),
});
export type StudyStudent = z.infer<typeof studentSchema>;

/** Configurations of the students of the workspace: models/configs/NAME.json. */
export async function readStudents(paths: Workspace): Promise<StudyStudent[]> {
  const names = await filesIn(paths.configs, '.json');
  const found = await Promise.all(names.map((name) => json(paths, join(paths.configs, name), 'train', studentSchema)));
  return inOrder(
    found.filter((student) => student !== undefined),
    ({ name }) => name,
  );
}
