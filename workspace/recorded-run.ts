import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UnderstudyError } from '../env/error.ts';
import { runPlan } from './checkpoint-form.ts';

const recordedRun = z.object({
  /** Version of the package that recorded it. */
  understudy: z.string(),
  scenario: z.string(),
  /** SHA-256 of the scenario's compiled data. */
  sha256: z.string(),
  plan: runPlan,
  /** Id of the policy that was to step in for missing answers, if there was one. */
  fallback: z.string().optional(),
  panel: z.number().int().positive().optional(),
  stateHash: z.string(),
  files: z.record(z.string(), z.object({ bytes: z.number(), sha256: z.string() })),
});
/** What run.json of a recording says about how to make it again. */
export type RecordedRun = z.infer<typeof recordedRun>;

/** @throws {UnderstudyError} SIMULATION_RECORD for a folder without a run.json that tells how to make it again */
export async function readRecordedRun(directory: string): Promise<RecordedRun> {
  const path = join(directory, 'run.json');
  const wrong = (what: string, cause?: unknown) =>
    new UnderstudyError('SIMULATION_RECORD', `${path} ${what}`, { cause });
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw wrong(`cannot be read (${cause.code}); name a folder that understudy simulate --record made`, cause);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw wrong('is damaged: it is not valid JSON', cause);
  }
  const parsed = recordedRun.safeParse(value);
  if (parsed.success) return parsed.data;
  throw wrong(`does not tell how to make the run again: ${z.prettifyError(parsed.error)}`);
}
