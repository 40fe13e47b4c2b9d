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

/** The part of a population that a swap is for; see sim/engine/selection.ts. */
export const selection = z.union([
  z.object({ share: z.tuple([z.number(), z.number()]) }),
  z.object({ traits: z.array(z.string()) }),
]);

/** What a run was begun with, by the names that a command takes. */
export const runPlan = z.object({
  policy: z.string(),
  agents: count,
  seed: count,
  ticks: count,
  /** Whether counts of alike agents lived in it, or single agents: as it was asked for, or chosen. */
  cohorts: z.boolean(),
  people: z.enum(peopling),
  swaps: z.array(z.object({ tick: count, policy: z.string(), only: selection.optional() })),
  /** Mean total variation above which canaries go back; absent if they do not. */
  rollback: z.number().optional(),
  /** Who looks over the shoulder of whoever decides; absent if nobody does. */
  shadow: z.object({ teacher: z.string(), share: z.number(), bound: z.number() }).optional(),
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

const sequenceState = z.object({ n: count, sum: z.number(), variance: z.number() });

const canarySoFar = z.object({
  tick: count,
  only: selection,
  policy: z.string(),
  agents: count,
  /** The tick in which it decided no more, and why it went back. */
  ended: count.optional(),
  reason: z.string().optional(),
  divergence: sequenceState,
});
/** How far a canary is. */
export type CanarySoFar = z.infer<typeof canarySoFar>;

const shadowSoFar = z.object({
  ...{ decisions: count, unanswered: count, questions: count },
  divergence: sequenceState,
  alarm: z.object({ n: count, evidence: z.number(), recent: z.number() }),
  /** The tick in which the alarm was raised. */
  raised: count.optional(),
});
/** What a shadow audit has come to. */
export type ShadowSoFar = z.infer<typeof shadowSoFar>;

const groups = z.array(z.number());
const twinSoFar = z.object({
  ...{ agents: groups, differing: groups, apart: groups, drifted: groups },
  ...{ compared: groups, variation: groups, luck: groups },
});
/** By random group of agents: what the comparison with a twin has come to; see sim/twin.ts. */
export type TwinSoFar = z.infer<typeof twinSoFar>;

const cohortTwinSoFar = z.object({ ticks: count, drift: z.number(), compared: z.number(), variation: z.number() });
/** What the comparison of cohorts with a twin has come to. */
export type CohortTwinSoFar = z.infer<typeof cohortTwinSoFar>;

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
  /** What watched the run, as far as anything did. */
  canaries: z.array(canarySoFar).optional(),
  shadow: shadowSoFar.optional(),
  compared: z.union([twinSoFar, cohortTwinSoFar]).optional(),
  record: recordingMark.optional(),
});
