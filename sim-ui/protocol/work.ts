import { z } from 'zod';
import type { StudentKind } from '../../policies/students/architecture.ts';
import { count, name } from './values.ts';

/**
 * What the server and a viewer say to each other about work in the workspace: studies and trainings that the page begins,
 * and the results that lie there. Part of socket.ts.
 *
 * server → viewer: `workshop`, acknowledged, latest wins: what goes on. viewer → server: `work`, answered with a plan where
 * one is asked for; needs the token. `results`, answered with a list.
 */

const words = z.string().max(2000);

/** The students that a page can train. */
export const studentKinds = ['logistic', 'mlp', 'encoder', 'decoder'] as const satisfies readonly StudentKind[];

/** Observations that a page may ask about at once. */
export const MOST_OBSERVATIONS = 100_000;
export const MOST_EPOCHS = 1000;
export const FEWEST_OBSERVATIONS = 5;

const size = z.int().min(FEWEST_OBSERVATIONS).max(MOST_OBSERVATIONS);
const kinds = z.array(z.enum(studentKinds)).min(1).max(studentKinds.length);
const epochs = z.int().min(1).max(MOST_EPOCHS).optional();

/** A piece of work, as the verbs of the command line do it. */
export const orderSchema = z.discriminatedUnion('do', [
  /** A data set, students that learn from it, and what their errors are; with `report` also the figures. */
  z.strictObject({ do: z.literal('ask'), teacher: name, size, students: kinds, epochs, report: z.boolean() }),
  /** Students of the data set that is there. */
  z.strictObject({ do: z.literal('train'), students: kinds, epochs, report: z.boolean() }),
  /** Everything: stability, data set, all students, evaluation, report. */
  z.strictObject({ do: z.literal('study'), teacher: name, size, epochs }),
]);
export type Order = z.infer<typeof orderSchema>;

export const workSchema = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('plan'), order: orderSchema }),
  /** `confirmed`: how many questions somebody has agreed to, for a teacher that is not on this machine. */
  z.strictObject({ do: z.literal('begin'), order: orderSchema, confirmed: count.optional() }),
  z.strictObject({ do: z.literal('cancel') }),
]);
export type Work = z.infer<typeof workSchema>;

/** What an order would do, said before it is given. */
export const planSchema = z.strictObject({
  /** Questions to the teacher at most, if every answer can be read; answers that are known already are not asked for. */
  questions: count,
  /** Whether somebody has to agree to that first. */
  confirm: z.boolean(),
  /** What it will do and what it replaces, a sentence each. */
  words: z.array(words).max(10),
  /** The commands that do the same. */
  commands: z.array(words).max(10),
});
export type WorkPlan = z.infer<typeof planSchema>;

const stageSchema = z.strictObject({
  name: words,
  done: z.number().nonnegative(),
  of: z.number().nonnegative(),
  /** A second, lately; and how long it still takes at that rate. */
  rate: z.number().optional(),
  secondsLeft: z.number().nonnegative().optional(),
  note: words.optional(),
  figures: z.record(z.string(), z.string()).optional(),
});
export type WorkStage = z.infer<typeof stageSchema>;

export const MOST_STAGES = 12;
export const MOST_LINES = 12;

const jobSchema = z.strictObject({
  /** Told apart from the ones before. */
  id: count,
  order: orderSchema,
  state: z.enum(['working', 'stopping', 'done', 'failed', 'stopped']),
  seconds: z.number().nonnegative(),
  /** What is under way, or was last; the latest ones. */
  stages: z.array(stageSchema).max(MOST_STAGES),
  /** What the verbs said last. */
  lines: z.array(words).max(MOST_LINES),
  /** Why it failed, as the verb says it. */
  problem: words.optional(),
  /** Policies that it has brought, by the names that they can be chosen by. */
  students: z.array(name).max(20),
  commands: z.array(words).max(10),
});
export type WorkJob = z.infer<typeof jobSchema>;

export const workshopSchema = z.strictObject({
  /** Why nothing can be begun here. */
  problem: words.optional(),
  teachers: z.array(z.strictObject({ name, elsewhere: z.boolean() })).max(30),
  students: z.array(z.enum(studentKinds)),
  /** Observations that there are. */
  states: z.number().positive(),
  /** Questions that pages may still put to teachers elsewhere. */
  questionsLeft: count,
  /** The data set that is there. */
  data: z.strictObject({ rows: count, teacher: name }).optional(),
  job: jobSchema.optional(),
  /** The report that can be opened: when it was written, and what is newer than it. */
  report: z.strictObject({ made: z.iso.datetime(), newer: z.array(words).max(10) }).optional(),
});
export type WorkshopState = z.infer<typeof workshopSchema>;

/** One thing that lies in the workspace. */
const resultSchema = z.strictObject({
  what: words,
  /** Its number, with its interval where it has one. */
  number: words,
  /** The command that makes it again; absent where the file does not say all that it would take. */
  command: words.optional(),
  /** Relative to the workspace. */
  file: words,
  made: z.iso.datetime(),
});
export type Result = z.infer<typeof resultSchema>;

export const MOST_RESULTS = 40;

export const resultsSchema = z.strictObject({
  kinds: z
    .array(
      z.strictObject({
        kind: name,
        title: words,
        results: z.array(resultSchema).max(MOST_RESULTS),
        /** Results beyond these. */
        more: count,
        /** Files that could not be read, a sentence each. */
        problems: z.array(words).max(MOST_RESULTS),
      }),
    )
    .max(40),
});
export type Results = z.infer<typeof resultsSchema>;
