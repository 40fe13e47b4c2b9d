import { z } from 'zod';
import type { Outcome } from '../../policies/policy.ts';
import { count, name, probability } from './values.ts';

/** How a question can end without a probability. */
export const failureKinds = ['unparsable', 'refused', 'timeout', 'missing'] as const satisfies readonly Outcome[];

const failureKind = z.enum(failureKinds);

/** A policy's failures of one kind. */
export const failureCountSchema = z.strictObject({
  policy: name,
  inCharge: z.boolean(),
  kind: failureKind,
  /** Distinct observations that it left without an answer, in whatever it was asked for. */
  observations: count,
  /** Agents that it left without one in the tick on show, and in all ticks of the run that it decided. */
  agents: count,
  run: count,
});
export type FailureCount = z.infer<typeof failureCountSchema>;

/** Agents got no answer: of the first tick in which that happened, or of the one that paused the run. */
export const alarmSchema = z.strictObject({
  tick: count,
  policy: name,
  /** Agents without an answer, of how many. */
  failed: count,
  of: count,
  kinds: z.array(z.strictObject({ kind: failureKind, agents: count })),
  /** The first reply that could not be read, shortened; and why, for people. */
  reply: z.string().optional(),
  reason: z.string().optional(),
  /** The share above which a run pauses; absent if this one goes on. */
  pausedAbove: probability.optional(),
});
export type Alarm = z.infer<typeof alarmSchema>;
