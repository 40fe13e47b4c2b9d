import { join } from 'node:path';
import { z } from 'zod';
import { labelKinds } from './labels.ts';
import type { Workspace } from './paths.ts';
import { filesIn, list, readJson } from './result-file.ts';

const positive = z.int().positive();

/** What a student is made of; see policies/students/architecture.ts. */
const architecture = z.discriminatedUnion('kind', [
  z.object({
    kind: z.enum(['logistic', 'mlp']),
    width: positive,
    hidden: list(positive),
    interactions: z.boolean().optional(),
    terms: list(list(z.int().nonnegative())).optional(),
  }),
  z.object({
    kind: z.enum(['encoder', 'decoder']),
    width: positive,
    longest: positive.optional(),
    size: positive,
    layers: positive,
    heads: positive,
    inner: positive,
  }),
]);
/** How its last layer becomes probabilities; see policies/students/architecture.ts. */
const head = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('sigmoid') }),
  z.object({ kind: z.literal('softmax'), actions: positive }),
  z.object({ kind: z.literal('ordinal'), levels: z.array(z.number()).min(2).readonly() }),
]);

/**
 * models/configs/NAME.json, beside NAME.onnx: what the student is and where it comes from. Fields of others are kept.
 */
export const studentConfig = z.looseObject({
  format: z.literal('understudy-student-1'),
  name: z.string(),
  architecture,
  head,
  scenario: z.string(),
  /** SHA-256 of the scenario's compiled tables, as in study.json; files of earlier versions lack it. */
  scenarioSha256: z.string().optional(),
  /** The vocabulary, in the order of the student's inputs. */
  phrases: z.array(z.string()),
  actions: z.array(z.string()).min(2),
  /** SHA-256 of NAME.onnx. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  parameters: positive,
  seed: z.int(),
  teacher: z.object({ id: z.string(), licence: z.string(), caveat: z.string().optional() }),
  data: z.array(z.object({ file: z.string(), sha256: z.string(), rows: z.int(), states: z.int() })),
  /**
   * The states whose labels by the teacher it was fitted to, hashed; see policies/students/learned.ts. Absent from
   * files of earlier versions.
   */
  learned: z.object({ states: z.base64() }).optional(),
  /** What the labels were: probabilities, or single choices; absent from files of earlier versions. */
  labels: z.enum(labelKinds).optional(),
  training: z.record(z.string(), z.unknown()),
});
export type StudentConfig = z.infer<typeof studentConfig>;

/** What a report says of a student. */
const summary = studentConfig
  .pick({ name: true, sha256: true, parameters: true, seed: true, teacher: true, data: true })
  .extend({
    /** Whether it is a regression under penalties (`penalised`), which has no epochs. */
    training: z.object({ settings: z.object({ penalised: z.boolean().optional() }).optional() }).optional(),
  })
  .strip();
export type StudyStudent = z.infer<typeof summary>;

/**
 * Configurations of the students of a workspace.
 * @throws {UnderstudyError} DISTILL_FILE where a file is damaged
 */
export async function readStudents(paths: Workspace): Promise<StudyStudent[]> {
  const names = await filesIn(paths.configs, '.json');
  const found = await Promise.all(names.map((name) => readJson(paths, join(paths.configs, name), 'train', summary)));
  return simplestFirst(
    found.filter((student) => student !== undefined),
    ({ name }) => name,
  );
}

const ORDER = ['rules', 'logistic', 'mlp', 'encoder', 'decoder'];

/** From the simplest architecture to the largest, then others by name. */
export function simplestFirst<T>(items: readonly T[], name: (item: T) => string): T[] {
  const place = (item: T) => (ORDER.includes(name(item)) ? ORDER.indexOf(name(item)) : ORDER.length);
  return [...items].sort((a, b) => place(a) - place(b) || (name(a) < name(b) ? -1 : 1));
}
