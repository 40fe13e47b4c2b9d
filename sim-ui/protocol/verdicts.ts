import { z } from 'zod';
import type { Rung } from '../../policies/policy.ts';
import { failureKinds } from './failures.ts';
import { count, name, probabilities } from './values.ts';

/** What a teacher said, and how it was read. */
export const heardSchema = z.strictObject({
  outcome: z.enum(['ok', ...failureKinds]),
  rung: z.enum(['json', 'object', 'words'] satisfies Rung[]).optional(),
  /** What it wrote, cut where it is very long; absent where nothing was written. */
  reply: z.string().max(2000).optional(),
  reason: z.string().max(2000).optional(),
  /** Of a number read as a distribution: its standard deviation, and the probability that is in no number. */
  spread: z.strictObject({ sd: z.number(), missing: z.number() }).optional(),
  /** Of a choice between options: in how many orders, what they have together, how much the order moves. */
  orders: z.strictObject({ count, mass: z.number(), bias: z.number().nullable() }).optional(),
});
export type Heard = z.infer<typeof heardSchema>;

export const verdictSchema = z.strictObject({
  name,
  state: z.enum(['known', 'asking', 'unasked', 'failed']),
  probabilities: probabilities.optional(),
  reason: z.string().optional(),
  /** Of a teacher, while its answer is kept. */
  heard: heardSchema.optional(),
});
export type Verdict = z.infer<typeof verdictSchema>;
