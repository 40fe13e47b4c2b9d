import { z } from 'zod';
import { count, name, probabilities, probability } from './values.ts';

/** One tick on the charts. */
export const pointSchema = z.strictObject({
  tick: count,
  policy: name,
  /** Agents that took each action. */
  counts: z.array(count),
  /** In the order of the scenario's measures, then the reward. */
  measures: z.array(z.number()),
  /** Mean of P of each action over the agents that got one; null if none did. */
  meanP: probabilities.nullable(),
  /** Mean over agents of |teacher − student| (total variation), over the observations that the teacher has answered. */
  gap: z.number().min(0).max(1).nullable(),
  /** Share of agents whose observation the teacher has answered. */
  coverage: probability,
  /**
   * Between what the mean over all agents lies for certain, whatever the teacher would say to the rest: from 0 to 1 apart
   * for each of them. null if there is no student to compare with.
   */
  gapBounds: z.tuple([probability, probability]).nullable(),
  /** The student that the teacher is compared with. */
  student: name.nullable(),
  distinct: count,
  /** Agents whose observation got no probability; they took the default action. */
  failed: count,
});
export type Point = z.infer<typeof pointSchema>;

/** A run that is kept. */
export const runInfoSchema = z.strictObject({
  run: count,
  seed: z.int(),
  agents: z.int().positive(),
  /** At its beginning. */
  parameters: z.record(z.string(), z.number()),
  /** Other values that it went on with, from which tick on. */
  changes: z.array(z.strictObject({ tick: count, parameters: z.record(z.string(), z.number()) })),
  /** Ticks played when the list was made; of the run that is played, the status says how many there are now. */
  ticks: count,
  /** Who decided from which tick on. */
  policies: z.array(z.strictObject({ tick: count, policy: name })).min(1),
  /** From which tick on a part of the agents was under another policy, or under it no more (null), and why if by its bound. */
  canaries: z.array(
    z.strictObject({
      tick: count,
      policy: name.nullable(),
      who: z.string(),
      agents: count,
      reason: z.string().optional(),
    }),
  ),
  /** The run and the tick that it went on from, if it is a fork. */
  from: z.strictObject({ run: count, tick: count }).nullable(),
});
export type RunInfo = z.infer<typeof runInfoSchema>;

/** null: the present. */
export const lookSchema = z.strictObject({ at: z.strictObject({ run: count, tick: count }).nullable() });
export type Look = z.infer<typeof lookSchema>;

export const recallSchema = z.strictObject({ run: count });
export type Recall = z.infer<typeof recallSchema>;
