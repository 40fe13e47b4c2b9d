import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { choices } from './choices.ts';
import type { Workspace } from './paths.ts';
import { fileFacts, pathWithin } from './provenance.ts';
import { list, readJson } from './result-file.ts';
import { outcome, rung } from './rows.ts';

/** A text with its hash. */
const hashed = z.object({ text: z.string(), sha256: z.string() });
export type Hashed = z.infer<typeof hashed>;

/** What stands behind a teacher's answers; null where it is not known, with the reason in `unknown`. */
const origin = z.object({
  /** Chat template, with {prompt} in the question's place. */
  template: hashed.nullable(),
  /** SHA-256 of the model file, or the model's name where a server keeps the file. */
  model: z.string().nullable(),
  library: z.string().nullable(),
  endpoints: list(z.string()).nullable(),
});
export type Origin = z.infer<typeof origin>;

/** What all answers cost that were ever given, in this run or remembered from an earlier one. */
const costs = z.object({
  /** Answers by what ran the model. */
  devices: z.record(z.string(), z.number()).nullable(),
  tokens: z.object({ prompt: z.number(), completion: z.number() }).nullable(),
  /** In the currency of the server's bill. */
  cost: z.number().nullable(),
  /** In watt-hours. */
  energy: z.null(),
  /** Why what is null, or in part, is not known. */
  unknown: z.record(z.string(), z.string()),
});
export type Costs = z.infer<typeof costs>;

/** Exactly what no row of the train file has. */
const heldOut = z.discriminatedUnion('by', [
  z.object({ by: z.literal('state'), states: z.number() }),
  z.object({ by: z.literal('traits'), traitSets: list(list(z.string())) }),
  z.object({ by: z.literal('contexts'), contextSets: list(list(z.string())) }),
  z.object({ by: z.literal('size'), phrasesAtLeast: z.number() }),
  /** `withoutOtherOrder`: in train only. */
  z.object({ by: z.literal('order'), states: z.number(), withoutOtherOrder: z.number() }),
]);
export type HeldOut = z.infer<typeof heldOut>;

/** Kept as data/dataset.json: where the rows come from, and what cannot be in them because it differs between runs. */
const dataset = z.object({
  ...origin.shape,
  ...costs.shape,
  scenario: z.string(),
  /** SHA-256 of the scenario's compiled tables, as in study.json; files of earlier versions lack it. */
  scenarioSha256: z.string().optional(),
  /** The question as it was put, with the places {traits} and {contexts}. */
  prompt: hashed,
  teacher: z.string(),
  teacherId: z.string(),
  caveat: z.string().optional(),
  /**
   * How the teacher was asked; `recorded` for decisions that were read from a file, however they were elicited there.
   */
  elicitation: z.string(),
  temperature: z.number().optional(),
  explain: z.boolean(),
  /**
   * Share of the states whose decision was to be explained, rows for which that was, and rows that have an explanation.
   */
  explanations: z.object({ share: z.number(), wanted: z.number(), given: z.number() }),
  order: z.string(),
  seed: z.number(),
  /** Times that each state was asked about; fewer for a state that has fewer orders to be shown in. */
  repeats: z.number(),
  sampling: z.object({
    method: z.string(),
    states: z.number(),
    emptyContext: z.string(),
    /** For a pairwise sample: the pairs that its first rows cover. */
    covering: z.object({ rows: z.number(), pairs: z.number(), impossible: z.number() }).optional(),
  }),
  /** What the rows are a sample of. */
  distribution: z.string(),
  split: z.string(),
  heldOut,
  /** Rows that were asked for: states, and states that are shown again for testing. */
  asked: z.number(),
  /** Single answers, repeats and explanations included; those the model was asked for in this run, and the rest. */
  answers: z.object({ total: z.number(), asked: z.number().nullable(), remembered: z.number().nullable() }),
  /**
   * Outcomes of the answers that count, the second if a question was asked again; explanations beside `expected` do
   * not.
   */
  outcomes: z.record(outcome, z.number()),
  /** How the usable replies were read; a number that was read without a reply has no rung. */
  rungs: z.record(rung, z.number()),
  /** For `choice`, over the answers that count. */
  choices: choices.optional(),
  /** Questions that were asked once more because the first answer could not be used. */
  askedAgain: z.number(),
  /** Rejected states by outcome and reason. */
  rejects: z.record(z.string(), z.number()),
  files: z.record(z.enum(['train', 'test', 'rejects']), fileFacts),
  exports: list(fileFacts),
  finished: z.string(),
  /** Duration of this run. */
  seconds: z.number(),
});
export type DatasetManifest = z.infer<typeof dataset>;

/**
 * What the report says of a data set. Files of earlier versions have these fields, and lack those that may be absent.
 */
const earlierDataset = dataset
  .pick({
    teacher: true,
    teacherId: true,
    caveat: true,
    elicitation: true,
    order: true,
    seed: true,
    distribution: true,
    split: true,
    asked: true,
    finished: true,
  })
  .partial({ distribution: true, split: true, finished: true })
  .extend({ files: z.record(z.string(), fileFacts) });
export type StudyDataset = z.infer<typeof earlierDataset>;

/**
 * data/dataset.json; undefined where no data set was made here. Paths are as seen from the workspace: where it lies on
 * this machine is private.
 * @throws {UnderstudyError} DISTILL_FILE where the file is damaged
 */
export async function readDataset(paths: Workspace): Promise<StudyDataset | undefined> {
  const read = await readJson(paths, paths.dataset, 'dataset', earlierDataset);
  if (!read) return undefined;
  const files = Object.entries(read.files).map(([name, facts]) => [
    name,
    { ...facts, path: pathWithin(paths.root, facts.path) },
  ]);
  return { ...read, files: Object.fromEntries(files) };
}

/** The name of the teacher that the workspace's data set was asked of, if it is of a scenario; undefined if there is none. */
export async function teacherOfDataset(paths: Workspace, scenario: string): Promise<string | undefined> {
  const asked = z.object({ scenario: z.literal(scenario), teacher: z.string() });
  const text = await readFile(paths.dataset, 'utf8').catch(() => 'null');
  // A damaged file is the matter of those who read all of it.
  const parsed = asked.safeParse(parsedOrNull(text));
  return parsed.success ? parsed.data.teacher : undefined;
}

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
