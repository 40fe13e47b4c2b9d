import { z } from 'zod';
import { count, name, probabilities } from './values.ts';
import { heardSchema, verdictSchema } from './verdicts.ts';

export const inspectSchema = z.strictObject({ agent: count.nullable() });
export type Inspect = z.infer<typeof inspectSchema>;

export const inspectionSchema = z.strictObject({
  agent: count,
  tick: count,
  traits: z.array(z.string()),
  context: z.array(z.string()),
  /** Levels of its own factors, in words. */
  state: z.record(z.string(), z.string()),
  /** What it did in the tick on show; absent before that was played. */
  action: z.string().optional(),
  decidedBy: name.optional(),
  prompt: z.string(),
  teacher: verdictSchema,
  explanation: z.strictObject({
    state: z.enum(['known', 'asking', 'unasked', 'failed']),
    text: z.string().optional(),
    /** The probabilities that the teacher wrote beside it. */
    probabilities: probabilities.optional(),
    reason: z.string().optional(),
    heard: heardSchema.optional(),
  }),
  others: z.array(verdictSchema),
});
export type Inspection = z.infer<typeof inspectionSchema>;

/** One tick of one agent, as it was. */
const livedSchema = z.strictObject({
  tick: count,
  /** Who decided, and P of each action; null if there was no answer. */
  policy: name,
  p: probabilities.nullable(),
  /** Index of what it did. */
  action: count,
  context: z.array(z.string()),
  /** Levels of its own factors, in words. */
  state: z.record(z.string(), z.string()),
});
export type Lived = z.infer<typeof livedSchema>;

/** Ticks of a life that are answered at once. */
export const LIFE_PAGE = 64;

export const lifeSchema = z.strictObject({ run: count, agent: count, from: count });
export type LifeWish = z.infer<typeof lifeSchema>;

/** Ticks in a row, from the one that was asked for on; none if it was not played yet. */
export const lifeAnswerSchema = z.strictObject({
  traits: z.array(z.string()),
  ticks: z.array(livedSchema).max(LIFE_PAGE),
});
export type Life = z.infer<typeof lifeAnswerSchema>;

/** Edges that a viewer draws. */
export const MOST_EDGES = 20_000;

/** `agent`: its neighbours alone; null: everybody's. */
export const acquaintSchema = z.strictObject({ run: count, agent: count.nullable() });
export type Acquaint = z.infer<typeof acquaintSchema>;

/** Neighbours: agents `from[i]` and `to[i]`, each pair once; of one agent, which is all of `from`, the first MOST_EDGES. */
export const acquaintedSchema = z.strictObject({
  from: z.array(count).max(MOST_EDGES),
  to: z.array(count).max(MOST_EDGES),
  /** How many there are. */
  edges: count,
});
export type Acquainted = z.infer<typeof acquaintedSchema>;
