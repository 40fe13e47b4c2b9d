import { z } from 'zod';
import { airs, lights, skies } from '../../env/staging.ts';
import { alarmSchema, failureCountSchema } from './failures.ts';
import { canaryOverSchema, canarySchema, policyStatusSchema } from './policies.ts';
import { count, level, name } from './values.ts';

export const statusSchema = z.strictObject({
  run: count,
  seed: z.int(),
  /** Ticks of it that were played. */
  ticks: count,
  /** Values of the parameters in the coming tick. */
  parameters: z.record(z.string(), z.number()),
  /** What this viewer looks at, if it is not the present: the run, and who decided the tick on show. */
  past: z.strictObject({ run: count, seed: z.int(), policy: name }).nullable(),
  /** asking: the policy in charge is being asked about the tick to be played. */
  clock: z.enum(['paused', 'playing', 'asking', 'ended']),
  /** Whether the next tick follows by itself. */
  playing: z.boolean(),
  /** The tick on show, and whether it was played yet. */
  tick: count,
  played: z.boolean(),
  /** From 1. */
  day: z.int().positive(),
  world: z.record(z.string(), level),
  /** The tick on show in words. */
  scene: z.strictObject({
    clock: z.string().optional(),
    world: z.array(z.string()),
    air: z.enum(airs),
    light: z.enum(lights),
    sky: z.enum(skies),
  }),
  /** Levels of the crowd factors by their index: of everybody (an empty name), or by the place or trait they go by. */
  crowd: z.record(z.string(), z.array(z.strictObject({ at: z.string(), level: count }))),
  /** Milliseconds since the tick on show was reached. */
  ageMs: z.number().nonnegative(),
  /** Ticks per second: requested, and reached lately. */
  speed: z.number().positive(),
  rate: z.number().nonnegative(),
  /** In charge of the coming tick; once the run has ended, of the one that a restart begins. */
  policy: name,
  /** The teacher that students are compared with comes last. */
  policies: z.array(policyStatusSchema),
  /** Who is being asked now, and why: to play a tick, or to compare a student with the teacher. */
  asking: z.array(
    z.strictObject({ policy: name, why: z.enum(['tick', 'comparison', 'agent']), done: count, of: count }),
  ),
  /** Whether the teacher is asked in the background while a student is in charge. */
  compare: z.boolean(),
  /** Distinct observations that the teacher has answered since the server started. */
  teacherKnows: count,
  /** Why the run lost its twin although nobody put it away; gone when there is another, or another run. */
  twinLost: z.strictObject({ policy: name, words: z.string() }).optional(),
  canary: canarySchema.optional(),
  canaryOver: canaryOverSchema.optional(),
  /** What went wrong last, in words; gone when the run goes on. */
  problem: z.string().optional(),
  /** By policy and kind; empty while everything is answered. */
  failures: z.array(failureCountSchema),
  alarm: alarmSchema.optional(),
  viewers: count,
});
export type Status = z.infer<typeof statusSchema>;

export const healthSchema = z.strictObject({
  ok: z.literal(true),
  name: z.literal('understudy'),
  version: z.string(),
  scenario: z.string(),
  agents: z.int().positive(),
  seed: z.int(),
  /** Ticks played. */
  tick: count,
  clock: statusSchema.shape.clock,
  /** In charge of the coming tick; once the run has ended, of the one that a restart begins. */
  policy: name,
  teacher: policyStatusSchema,
  viewers: count,
});
export type Health = z.infer<typeof healthSchema>;
