import { z } from 'zod';
import { count, name } from './values.ts';

/** How far a student lies from the labels that it is held against. */
const scoreSchema = z.strictObject({
  /** Root of the mean squared error of a probability. */
  rmse: z.number().nonnegative(),
  r2: z.number().optional(),
  /** By the evaluation of the workspace, or by the states that its training held back. */
  on: z.enum(['test', 'validation']),
  rows: count.optional(),
});
export type Score = z.infer<typeof scoreSchema>;

export const policyStatusSchema = z.strictObject({
  name,
  role: z.enum(['student', 'teacher', 'baseline']),
  state: z.enum(['opening', 'ready', 'failed']),
  /** What a person should know before trusting it. */
  caveat: z.string().optional(),
  /** Why it cannot be used, or what went wrong last. */
  problem: z.string().optional(),
  /** Absent where nothing is known. */
  score: scoreSchema.optional(),
  /** A student's network, which a viewer can compute itself: GET /api/students/SHA256.onnx. */
  network: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), input: z.enum(['bag', 'tokens']) }).optional(),
});
export type PolicyStatus = z.infer<typeof policyStatusSchema>;

/** A part of the agents under another policy. */
export const canarySchema = z.strictObject({
  policy: name,
  /** Whom it decides for, in words; one of the two below says it besides. */
  who: z.string(),
  percent: z.int().min(1).max(100).optional(),
  traits: z.array(z.string()).optional(),
  agents: count,
  /** The first tick that it decides. */
  since: count,
  /** Mean total variation between it and the policy of the moment, in its agents' states, where that is known. */
  divergence: z.strictObject({ n: count, mean: z.number(), lower: z.number(), upper: z.number() }).optional(),
  /** It goes back once the divergence is above this for certain. */
  bound: z.number().optional(),
  problem: z.string().optional(),
});
export type CanaryStatus = z.infer<typeof canarySchema>;

/** A canary that ended although nobody called it back. */
export const canaryOverSchema = z.strictObject({ policy: name, who: z.string(), words: z.string() });
export type CanaryOver = z.infer<typeof canaryOverSchema>;
