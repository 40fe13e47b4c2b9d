import { z } from 'zod';
import { inspectionSchema } from './agents.ts';
import { differencesSchema, twinSchema } from './pairs.ts';
import { pointSchema, runInfoSchema } from './runs.ts';
import { foundSchema } from './search.ts';
import { statusSchema } from './status.ts';
import { bytes, count, name } from './values.ts';

export const updateSchema = z.strictObject({
  status: statusSchema,
  /** Points that are new or have changed; `reset` when the ones before are of another run. */
  points: z.array(pointSchema),
  reset: z.boolean(),
  /** With a picture of another run: indices of the traits of each trait set that occurs in it. */
  traitSets: z.array(z.array(count)).optional(),
  /** The runs that are kept, the oldest first, and how many were let go; absent: nothing new. */
  runs: z.strictObject({ kept: z.array(runInfoSchema), dropped: count }).optional(),
  /** null: no agent is inspected; absent: nothing new. */
  inspection: inspectionSchema.nullable().optional(),
  /** null: nothing is looked for; absent: nothing new. */
  found: foundSchema.nullable().optional(),
  /** null: the run has no twin; absent: nothing new. Its frame comes where its town changed, to those who watch it. */
  twin: z
    .strictObject({ ...twinSchema.shape, frame: bytes.optional() })
    .nullable()
    .optional(),
  /**
   * How far two policies lie apart at each distinct observation of a frame, as a byte that a frame's P is: of the run's
   * tick on show, and of its twin's. Sent to those who want it.
   */
  apart: z
    .strictObject({
      ...{ run: count, tick: count, left: name, right: name, levels: bytes },
      twin: z.strictObject({ tick: count, levels: bytes }).optional(),
    })
    .nullable()
    .optional(),
  differences: differencesSchema.nullable().optional(),
  /** The town of another run that is seen beside, with its own people; at its last tick if it was over by then. */
  alongside: z
    .strictObject({
      ...{ run: count, tick: count, seed: z.int(), agents: z.int().positive(), policy: name },
      frame: bytes,
      traitSets: z.array(z.array(count)),
    })
    .nullable()
    .optional(),
});
export type Update = z.infer<typeof updateSchema>;
