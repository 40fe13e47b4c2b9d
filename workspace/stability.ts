import { join } from 'node:path';
import { z } from 'zod';
import { number } from './numbers.ts';
import type { Workspace } from './paths.ts';
import { json, table } from './reading.ts';

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

/** results/metrics/stability.json; undefined where the teacher was not studied. */
export const readStability = (paths: Workspace): Promise<StudyStability | undefined> =>
  json(paths, join(paths.metrics, 'stability.json'), 'stability', stabilitySchema);

/** The design of the rows that differ in nothing but the seed. */
const RERUNS = 'alone:seed';

/** Answers of the reruns that can be used, by prompt: from results/metrics/stability.csv. */
export async function readRepeats(paths: Workspace): Promise<number[][]> {
  const prompts = new Map<string, number[]>();
  for (const { prompt, outcome, probability, design } of await table(
    paths,
    join(paths.metrics, 'stability.csv'),
    'stability',
    ['prompt', 'outcome', 'probability'],
  )) {
    // Without the column, all rows are reruns.
    if (outcome !== 'ok' || (design ?? RERUNS) !== RERUNS) continue;
    prompts.set(prompt!, [...(prompts.get(prompt!) ?? []), Number(probability)]);
  }
  return [...prompts.values()];
}
