import { join } from 'node:path';
import { z } from 'zod';
import { fileFacts } from './file-facts.ts';
import { interval, number } from './numbers.ts';
import type { Workspace } from './paths.ts';
import { json } from './reading.ts';

const estimate = interval.extend({ value: number });
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
  // Absent from the files of earlier versions.
  mseUnseen: number.optional(),
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
  test: fileFacts.extend({ seenInTraining: z.number(), states: z.number().optional() }),
  train: fileFacts.nullable(),
  bestBaseline: z.string(),
  models: z.array(
    z.object({
      model: z.string(),
      kind: z.enum(['student', 'policy', 'baseline']),
      policy: z.string(),
      caveat: z.string().optional(),
      n: z.number(),
      unanswered: z.number(),
      seenInTraining: z.number().nullish(),
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

/** results/metrics/evaluation.json; undefined where nothing was evaluated. */
export const readEvaluation = (paths: Workspace): Promise<StudyEvaluation | undefined> =>
  json(paths, join(paths.metrics, 'evaluation.json'), 'evaluate', evaluationSchema);
