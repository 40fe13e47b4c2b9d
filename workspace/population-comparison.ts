import { z } from 'zod';
import type { Workspace } from './paths.ts';
import { interval, list, number, readJson, writeJson } from './result-file.ts';

const distances = z.object({ ks: z.number(), wasserstein: z.number(), energy: z.number() });
const side = z.object({ scenario: z.string(), parameters: z.record(z.string(), z.number()), policy: z.string() });

/** results/metrics/compare.json: whether two populations behave alike. */
const comparisonSchema = z.object({
  a: side,
  b: side,
  agents: z.number(),
  ticks: z.number(),
  replications: z.number(),
  seed: z.number(),
  p: distances,
  differs: z.boolean(),
  equivalent: z.boolean(),
  margin: z.number(),
  /** Farthest apart first. */
  statistics: list(
    z.object({
      name: z.string(),
      kind: z.enum(['share', 'amount']),
      meanA: z.number(),
      meanB: z.number(),
      difference: number,
      interval,
      margin: z.number(),
      equivalent: z.boolean(),
    }),
  ),
  leftOut: list(z.string()),
  /** The command that makes it. */
  command: z.string(),
});
export type PopulationComparison = z.infer<typeof comparisonSchema>;

/** Writes it in one step; what the file does not name is left out. */
export const writePopulationComparison = (paths: Workspace, comparison: PopulationComparison): Promise<void> =>
  writeJson(paths.compare, comparisonSchema.parse(comparison));

/** @throws {UnderstudyError} DISTILL_FILE where the file is damaged */
export const readPopulationComparison = (paths: Workspace): Promise<PopulationComparison | undefined> =>
  readJson(paths, paths.compare, 'compare', comparisonSchema);
