import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { UnderstudyError } from '../env/error.ts';
import type { checkpointHeader } from './checkpoint-form.ts';
import { seal, unseal } from './sealed.ts';
import { writeFileAtomically } from './write-file.ts';

export type {
  CanarySoFar,
  CohortTwinSoFar,
  RecordingMark,
  RunPlan,
  ShadowSoFar,
  TotalsSoFar,
  TwinSoFar,
} from './checkpoint-form.ts';

const VERSION = 2;

/** A run between two ticks, with all that it takes to go on. */
export type Checkpoint = z.infer<typeof checkpointHeader> & {
  readonly snapshot: Uint8Array;
  readonly twin?: Uint8Array;
  /** By table of the recording: the rows that stand in no file yet. */
  readonly rows?: readonly Uint8Array[];
};

/**
 * Writes a checkpoint in one step: the one before stays until this one is whole on the disk.
 * @throws {UnderstudyError} DISTILL_FILE if it cannot be written
 */
export function writeCheckpoint(path: string, { snapshot, twin, rows, ...facts }: Checkpoint): Promise<void> {
  const pieces = rows ? [snapshot, twin ?? new Uint8Array(), ...rows] : twin ? [snapshot, twin] : [snapshot];
  return writeFileAtomically(path, seal('checkpoint', VERSION, facts, pieces));
}

/** @throws {UnderstudyError} SIMULATION_SNAPSHOT for a file that cannot be read, is damaged, or is not a checkpoint */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  // Loaded now, as a run that keeps nothing does without, and is over sooner than this is loaded.
  const [{ checkpointHeader: header }, { z }] = await Promise.all([import('./checkpoint-form.ts'), import('zod')]);
  try {
    const sealed = unseal('checkpoint', VERSION, await readFile(path));
    const [snapshot, twin, ...rows] = sealed.pieces;
    return {
      ...header.parse(sealed.header),
      snapshot: snapshot!,
      ...(twin && twin.length > 0 && { twin }),
      ...(rows.length > 0 && { rows }),
    };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const what =
      cause instanceof z.ZodError
        ? `is not understood: ${z.prettifyError(cause)}`
        : code === 'ENOENT'
          ? 'does not exist; make it with understudy simulate --checkpoint FILE'
          : typeof code === 'string'
            ? `cannot be read (${code})`
            : message;
    throw new UnderstudyError('SIMULATION_SNAPSHOT', `${path} ${what}`, { cause });
  }
}
