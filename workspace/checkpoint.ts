import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UnderstudyError } from '../env/error.ts';
import { peopling } from '../env/people.ts';
import { seal, unseal } from './sealed.ts';
import { writeFileAtomically } from './write-file.ts';

const VERSION = 1;

const count = z.number().int().nonnegative();
const totals = z.object({
  actions: z.record(z.string(), z.number()),
  measures: z.record(z.string(), z.number()),
  /** By action. */
  probabilities: z.array(z.number()),
  reward: z.number(),
  failed: count,
  decided: count,
});
/** What the ticks of a run came to so far. */
export type TotalsSoFar = z.infer<typeof totals>;

/** What a run was begun with, by the names that a command takes. */
export const runPlan = z.object({
  policy: z.string(),
  agents: count,
  seed: count,
  ticks: count,
  /** Whether counts of alike agents lived in it, or single agents: as it was asked for, or chosen. */
  cohorts: z.boolean(),
  people: z.enum(peopling),
  swaps: z.array(z.object({ tick: count, policy: z.string() })),
  twin: z.string().optional(),
  /** `stop`, `skip` or the policy that steps in. */
  onFailure: z.string(),
});
export type RunPlan = z.infer<typeof runPlan>;

const recordingMark = z.object({
  /** The folder that the recording is to be found in at the end. */
  directory: z.string(),
  /** The folder that it grows in. */
  growing: z.string(),
  /** Bytes of each file that belong to the ticks before the checkpoint. */
  bytes: z.record(z.string(), count),
  /** Ticks between two rows of an agent in the panel; absent without a panel. */
  panel: count.optional(),
});
/** How far a recording is. */
export type RecordingMark = z.infer<typeof recordingMark>;

const header = z.object({
  /** Version of the package. */
  understudy: z.string(),
  scenario: z.string(),
  plan: runPlan,
  /** The tick to be played. */
  tick: count,
  /** Id of the policy that the run began with. */
  began: z.string(),
  /** Id of the policy that steps in, if there is one. */
  fallback: z.string().optional(),
  totals,
  twinTotals: totals.optional(),
  /** Agent-ticks in which the twin acted otherwise. */
  differing: count,
  record: recordingMark.optional(),
});

/** A run between two ticks, with all that it takes to go on. */
export type Checkpoint = z.infer<typeof header> & {
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
