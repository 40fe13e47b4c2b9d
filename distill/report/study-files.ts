import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { DistillError } from '../distill-error.ts';
import type { LearningRow } from '../plots/learning-curve.ts';
import type { OnPolicyRow } from '../plots/on-policy.ts';
import type { TrainingLog } from '../plots/training-curves.ts';
import type { Workspace } from '../workspace.ts';
import { csvRows } from './csv-rows.ts';

/** JSON has no NaN: a number that could not be computed is null. */
const number = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
const interval = z.object({ lower: number, upper: number });
const estimate = interval.extend({ value: number });
const file = z.object({ path: z.string(), sha256: z.string(), rows: z.number() });

const subgroupSchema = z.object({
  by: z.enum(['trait', 'context', 'traits', 'contexts']),
  group: z.string(),
  n: z.number(),
  mse: number,
  interval,
  mae: number,
  bias: number,
});
const orderSchema = z.object({
  states: z.number(),
  orders: z.number(),
  meanSd: number,
  maxSd: number,
  variance: number,
  changeFromCanonical: number,
  byConstruction: z.boolean(),
});
const onPolicySchema = interval.extend({
  mse: number,
  covered: number,
  visited: z.number(),
  states: z.number(),
  seenInTraining: number,
  agents: z.number(),
  ticks: z.number(),
  answers: z.enum(['test file', 'teacher']),
});
const comparisonSchema = interval.extend({
  a: z.string(),
  b: z.string(),
  n: z.number(),
  difference: number,
  p: number,
  exact: z.boolean(),
  pHolm: number,
});
const ceilingSchema = z.union([
  z.object({ r2: z.number(), mse: number, reasking: number, labels: z.string() }),
  z.object({ r2: z.null(), reason: z.string() }),
]);

const evaluationSchema = z.object({
  scenario: z.string(),
  actions: z.array(z.string()).min(1),
  teacher: z.array(z.string()),
  seed: z.number(),
  test: file.extend({ seenInTraining: z.number(), states: z.number().optional() }),
  train: file.nullable(),
  bestBaseline: z.string(),
  models: z.array(
    z.object({
      model: z.string(),
      kind: z.enum(['student', 'policy', 'baseline']),
      policy: z.string(),
      caveat: z.string().optional(),
      n: z.number(),
      unanswered: z.number(),
      mse: number,
      mae: number,
      r2: number,
      pearson: number,
      spearman: number,
      ece: number,
      kl: number,
      bias: number,
      intervals: z.object({ mse: interval, mae: interval, r2: interval, pearson: interval, bias: interval.optional() }),
      versusBaseline: estimate.optional(),
      beatsBaseline: z.boolean().optional(),
      versusBest: estimate.optional(),
      parameters: z.number().optional(),
      decisionsPerSecond: z.number().optional(),
      achievable: estimate.optional(),
      worstGroup: subgroupSchema.optional(),
      order: orderSchema.optional(),
      onPolicy: onPolicySchema.optional(),
    }),
  ),
  // Absent from the files of earlier versions.
  comparisons: z.array(comparisonSchema).optional(),
  ceiling: ceilingSchema.optional(),
  teacherOrder: orderSchema.optional(),
  machine: z.string().optional(),
});
export type StudyEvaluation = z.infer<typeof evaluationSchema>;
export type StudyModel = StudyEvaluation['models'][number];

const iccSchema = z.object({
  value: z.number().nullable(),
  lower: number.optional(),
  upper: number.optional(),
  reason: z.string().optional(),
});
const cosineSchema = z.object({
  value: z.number().nullable(),
  between: z.number().nullable().optional(),
  method: z.string(),
});
const facetSchema = z.object({
  levels: z.array(z.string()),
  asked: z.string(),
  means: z.array(number),
  sds: z.array(z.number().nullable()),
  meanAbsoluteDifference: number,
  largestDifference: number,
  mard: number,
  icc: z.record(z.string(), iccSchema),
  cosine: cosineSchema,
});
export type StudyFacet = z.infer<typeof facetSchema>;
const componentsSchema = z.object({
  design: z.string(),
  facets: z.array(z.string()),
  prompts: z.number(),
  observations: z.number(),
  total: number,
  effects: z.array(z.object({ effect: z.string(), variance: number, share: number, lower: number, upper: number })),
});

const stabilitySchema = z.object({
  teacher: z.string(),
  teacherId: z.string().optional(),
  caveat: z.string().optional(),
  elicitation: z.string(),
  temperature: z.number(),
  seed: z.number(),
  prompts: z.number(),
  runs: z.number(),
  kind: z.string(),
  complete: z.number(),
  std: z.object({ population: z.number(), sample: z.number() }),
  mard: number,
  icc: z.record(z.string(), iccSchema),
  cosine: cosineSchema,
  heaping: z.object({ share: z.number(), chance: z.number() }),
  // Absent from the files of earlier versions.
  predictedSd: z.number().optional(),
  facets: z.record(z.string(), facetSchema).optional(),
  components: componentsSchema.optional(),
  repeats: z.array(z.object({ repeats: z.number(), reliability: z.number().nullable(), sd: z.number() })).optional(),
  noiseCeiling: z
    .array(
      z.object({
        repeats: z.number(),
        r2: z.number().nullable(),
        pearson: z.number().nullable(),
        mse: z.number(),
      }),
    )
    .optional(),
});
export type StudyStability = z.infer<typeof stabilitySchema>;

const datasetSchema = z.object({
  teacher: z.string(),
  teacherId: z.string(),
  caveat: z.string().optional(),
  elicitation: z.string(),
  order: z.string(),
  seed: z.number(),
  distribution: z.string().optional(),
  split: z.string().optional(),
  asked: z.number(),
  files: z.record(z.string(), file),
  finished: z.string().optional(),
});
export type StudyDataset = z.infer<typeof datasetSchema>;

const studentSchema = z.object({
  name: z.string(),
  sha256: z.string(),
  parameters: z.number(),
  seed: z.number(),
  teacher: z.object({ id: z.string(), licence: z.string(), caveat: z.string().optional() }),
  data: z.array(z.object({ file: z.string(), sha256: z.string(), rows: z.number() })),
});
export type StudyStudent = z.infer<typeof studentSchema>;

/** A row of results/metrics/subgroups.csv: the states that have one thing in common. */
export interface StudySubgroup {
  readonly model: string;
  readonly by: string;
  /** The phrase, or how many phrases. */
  readonly group: string;
  readonly n: number;
  readonly mse: number;
  readonly lower: number;
  readonly upper: number;
}

/** A row of results/metrics/predictions.csv. */
export interface PredictedState {
  readonly traits: readonly string[];
  readonly context: readonly string[];
  readonly action: string;
  readonly target: number;
  /** By model; NaN where it gave no answer. */
  readonly predicted: Readonly<Record<string, number>>;
}

/** What a workspace holds of a study; undefined or empty where a step has not been made. */
export interface StudyFiles {
  readonly evaluation?: StudyEvaluation;
  readonly states: readonly PredictedState[];
  readonly subgroups?: readonly StudySubgroup[];
  readonly logs: readonly TrainingLog[];
  readonly stability?: StudyStability;
  /** Answers of the stability study's reruns that can be used, by prompt. */
  readonly repeats: readonly (readonly number[])[];
  readonly dataset?: StudyDataset;
  readonly students: readonly StudyStudent[];
  readonly learning?: readonly LearningRow[];
  readonly onPolicy?: readonly OnPolicyRow[];
}

/**
 * Reads what the steps before left in a workspace.
 * @throws {DistillError} DISTILL_FILE naming a file that is damaged and the verb that makes it
 */
export async function readStudy(paths: Workspace): Promise<StudyFiles> {
  const metric = (name: string) => join(paths.metrics, name);
  const evaluation = await json(paths, metric('evaluation.json'), 'evaluate', evaluationSchema);
  const dataset = await json(paths, join(paths.data, 'dataset.json'), 'dataset', datasetSchema);
  return {
    ...(evaluation && { evaluation }),
    states: await states(paths, metric('predictions.csv'), evaluation?.models.map(({ model }) => model) ?? []),
    subgroups: await subgroups(paths, metric('subgroups.csv')),
    logs: await logs(paths),
    ...withoutUndefined({
      stability: await json(paths, metric('stability.json'), 'stability', stabilitySchema),
      dataset: dataset && { ...dataset, files: within(paths, dataset.files) },
    }),
    repeats: await repeats(paths, metric('stability.csv')),
    students: await students(paths),
    learning: await learning(paths, metric('learning-curve.csv')),
    onPolicy: await onPolicy(paths, metric('on-policy.csv')),
  };
}

/** Paths as seen from the workspace: where it lies on this machine is nobody's business. */
function within(paths: Workspace, files: StudyDataset['files']): StudyDataset['files'] {
  return Object.fromEntries(
    Object.entries(files).map(([name, { path, ...rest }]) => {
      const inside = relative(paths.root, resolve(paths.root, path));
      return [name, { ...rest, path: inside.startsWith('..') ? path : inside }];
    }),
  );
}

const withoutUndefined = <T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

const damaged = (paths: Workspace, path: string, verb: string, what: string, cause?: unknown) =>
  new DistillError(
    'DISTILL_FILE',
    `${relative(paths.root, path)} is damaged: ${what}; run \`understudy ${verb}\` again`,
    { cause },
  );

async function json<T>(paths: Workspace, path: string, verb: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await textOf(path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(paths, path, verb, 'it is not JSON', error);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path: place, message } = parsed.error.issues[0]!;
  throw damaged(paths, path, verb, `${place.join('.')}: ${message}`);
}

/** Rows of a table whose named columns are there. */
async function table(
  paths: Workspace,
  path: string,
  verb: string,
  columns: readonly string[],
): Promise<Record<string, string>[]> {
  const text = await textOf(path);
  if (text === undefined) return [];
  let rows: Record<string, string>[];
  try {
    rows = csvRows(text);
  } catch (error) {
    throw damaged(paths, path, verb, (error as Error).message, error);
  }
  const missing = rows[0] && columns.find((column) => !(column in rows[0]!));
  if (missing) throw damaged(paths, path, verb, `it has no column ${missing}`);
  return rows;
}

async function states(paths: Workspace, path: string, models: readonly string[]): Promise<PredictedState[]> {
  const columns = ['y_true', 'traits', 'context', 'action', ...models.map((model) => `${model}_pred`)];
  const rows = await table(paths, path, 'evaluate', columns);
  const phrases = (cell: string) => (cell === '' ? [] : cell.split('; '));
  return rows.map((row) => ({
    traits: phrases(row.traits!),
    context: phrases(row.context!),
    action: row.action!,
    target: Number(row.y_true),
    predicted: Object.fromEntries(models.map((model) => [model, Number(row[`${model}_pred`])])),
  }));
}

async function subgroups(paths: Workspace, path: string): Promise<StudySubgroup[]> {
  const columns = ['model', 'by', 'group', 'n', 'mse', 'mse_low', 'mse_high'];
  const rows = await table(paths, path, 'evaluate', columns);
  return rows.map(({ model, by, group, ...row }) => ({
    model: model!,
    by: by!,
    group: group!,
    n: Number(row.n),
    mse: Number(row.mse),
    lower: Number(row.mse_low),
    upper: Number(row.mse_high),
  }));
}

async function logs(paths: Workspace): Promise<TrainingLog[]> {
  const names = await filesIn(paths.logs, '.csv');
  const found = await Promise.all(
    names.map(async (name) => {
      const columns = ['epoch', 'train_loss', 'validation_loss'];
      const rows = await table(paths, join(paths.logs, name), 'train', columns);
      const epochs = rows.map((row) => ({
        epoch: Number(row.epoch),
        train: Number(row.train_loss),
        validation: Number(row.validation_loss),
      }));
      return { model: basename(name, '.csv'), epochs: epochs.filter(({ train }) => Number.isFinite(train)) };
    }),
  );
  return inOrder(
    found.filter(({ epochs }) => epochs.length > 0),
    ({ model }) => model,
  );
}

/** The design of the rows that differ in nothing but the seed. */
const RERUNS = 'alone:seed';

async function repeats(paths: Workspace, path: string): Promise<number[][]> {
  const prompts = new Map<string, number[]>();
  for (const { prompt, outcome, probability, design } of await table(paths, path, 'stability', [
    'prompt',
    'outcome',
    'probability',
  ])) {
    // Without the column, all rows are reruns.
    if (outcome !== 'ok' || (design ?? RERUNS) !== RERUNS) continue;
    prompts.set(prompt!, [...(prompts.get(prompt!) ?? []), Number(probability)]);
  }
  return [...prompts.values()];
}

async function learning(paths: Workspace, path: string): Promise<LearningRow[]> {
  const intervals = ['mse', 'lower', 'upper', 'mse_average', 'lower_average', 'upper_average'];
  const rows = await table(paths, path, 'train --active N', ['strategy', 'labels', 'seed', ...intervals, 'members']);
  return rows.map(({ strategy, mse_average, lower_average, upper_average, ...row }) => ({
    strategy: strategy!,
    labels: Number(row.labels),
    seed: Number(row.seed),
    mse: Number(row.mse),
    lower: Number(row.lower),
    upper: Number(row.upper),
    mseAverage: Number(mse_average),
    lowerAverage: Number(lower_average),
    upperAverage: Number(upper_average),
    members: Number(row.members),
  }));
}

async function onPolicy(paths: Workspace, path: string): Promise<OnPolicyRow[]> {
  const columns = ['strategy', 'labels', 'seed', 'mse_on_policy', 'mse_uniform'];
  const rows = await table(paths, path, 'train --on-policy N', columns);
  return rows.map(({ strategy, labels, seed, mse_on_policy, mse_uniform }) => ({
    strategy: strategy!,
    labels: Number(labels),
    seed: Number(seed),
    mseOnPolicy: Number(mse_on_policy),
    mseUniform: Number(mse_uniform),
  }));
}

async function students(paths: Workspace): Promise<StudyStudent[]> {
  const names = await filesIn(paths.configs, '.json');
  const found = await Promise.all(names.map((name) => json(paths, join(paths.configs, name), 'train', studentSchema)));
  return inOrder(
    found.filter((student) => student !== undefined),
    ({ name }) => name,
  );
}

async function filesIn(directory: string, extension: string): Promise<string[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => name.endsWith(extension)).sort();
}

const ORDER = ['logistic', 'mlp', 'encoder', 'decoder'];

/** From the simplest architecture to the largest, then others by name. */
export function inOrder<T>(items: readonly T[], name: (item: T) => string): T[] {
  const place = (item: T) => (ORDER.includes(name(item)) ? ORDER.indexOf(name(item)) : ORDER.length);
  return [...items].sort((a, b) => place(a) - place(b) || (name(a) < name(b) ? -1 : 1));
}
