import { z } from 'zod';
import { peopling } from '../env/people.ts';

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
  /** The generator of the network or the file of its edges; absent for the scenario's, or if agents have no neighbours. */
  network: z.string().optional(),
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

/** What a checkpoint says before its snapshots. */
export const checkpointHeader = z.object({
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
