import { z } from 'zod';
import { count, name, probabilities, probability } from './values.ts';

/** The run's twin: the same people and luck under another policy. */
export const twinSchema = z.strictObject({
  policy: name,
  /** The first tick that it decides; up to there it is the run. */
  since: count,
  state: z.enum(['ready', 'asking', 'failed', 'ended']),
  asking: z.strictObject({ done: count, of: count }).optional(),
  problem: z.string().optional(),
  tick: count,
  played: z.boolean(),
  /** Of the tick on show, once it is played. */
  counts: z.array(count).optional(),
  failed: count.optional(),
  meanP: probabilities.nullable().optional(),
});
export type TwinStatus = z.infer<typeof twinSchema>;

/** Two policies at the observations of a tick. */
export const differencesSchema = z.strictObject({
  /** Where `right` is a canary: whom it decides for, in words; only they are counted. */
  canary: z.string().optional(),
  tick: count,
  left: name,
  right: name,
  agents: count,
  /** Agents at whose observation both have answered; `mean` is over them. */
  known: count,
  mean: probability.nullable(),
  /** Observations by agents times distance, the largest first. */
  rows: z
    .array(
      z.strictObject({
        /** One who observes it, and how many do. */
        agent: count,
        agents: count,
        distance: probability,
        traits: z.array(z.string()),
        context: z.array(z.string()),
        left: probabilities,
        right: probabilities,
      }),
    )
    .max(10),
});
export type Differences = z.infer<typeof differencesSchema>;

export const contrastSchema = z.strictObject({ twin: z.boolean(), distances: z.boolean(), differences: z.boolean() });
export type ContrastWish = z.infer<typeof contrastSchema>;

/** null: no other town. */
export const alongsideSchema = z.strictObject({ run: count.nullable() });
export type Alongside = z.infer<typeof alongsideSchema>;
