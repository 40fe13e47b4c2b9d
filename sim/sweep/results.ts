import { join } from 'node:path';
import type { Scenario } from '../../env/scenario.ts';
import { sha256 } from '../../workspace/hash.ts';
import { ownPackage } from '../../workspace/package.ts';
import { looseCsv, looseParquet, type SweepManifest } from '../../workspace/sweep.ts';
import { writeTogether } from '../../workspace/write-file.ts';
import { hashOfScenario } from '../snapshot.ts';
import type { SweepPlan } from './plan.ts';
import type { SweepOptions, SweepReport } from './sweep.ts';
import {
  differencesTable,
  failuresTable,
  type PlayedRun,
  runsTable,
  sensitivityTable,
  summaryTable,
} from './tables.ts';

/** What the tables of a sweep are made of. */
export interface Swept {
  readonly options: SweepOptions;
  readonly out: string;
  readonly scenario: Scenario;
  readonly plan: SweepPlan;
  /** Every run in the order of the plan. */
  readonly runs: readonly PlayedRun[];
  /** Ids by name. */
  readonly policies: Readonly<Record<string, string>>;
  /** Runs that were played now. */
  readonly played: number;
}

/** What lies in a sweep's folder beside its manifest and journal, by name; undefined for a file that is not to be there. */
export type SweepTables = Readonly<Record<string, string | Uint8Array | undefined>>;

/** The tables of a sweep, from its runs alone. @param series for the indices of a design by Saltelli: the arms of its points */
export function sweepTables(
  { arms, series }: Pick<SweepPlan, 'arms' | 'series'>,
  runs: readonly PlayedRun[],
  { kind, seed, format }: { readonly kind: string; readonly seed: number; readonly format: 'csv' | 'parquet' },
): SweepTables {
  const table = runsTable(arms, runs);
  const failed = runs.some(({ failure }) => failure !== undefined);
  return {
    'runs.csv': format === 'csv' ? looseCsv(table) : undefined,
    'runs.parquet': format === 'parquet' ? looseParquet(table) : undefined,
    'summary.csv': looseCsv(summaryTable(arms, runs)),
    'differences.csv': arms.length > 1 ? looseCsv(differencesTable(arms, runs)) : undefined,
    'sensitivity.csv': kind === 'saltelli' ? looseCsv(sensitivityTable({ arms, runs, series }, runs, seed)) : undefined,
    'failures.csv': failed ? looseCsv(failuresTable(arms, runs)) : undefined,
  };
}

/** How long the runs of a sweep are; 0 if all of them failed. */
export const ticksOf = (runs: readonly PlayedRun[]): number => runs.find(({ result }) => result)?.result?.ticks ?? 0;

/** Writes the tables of a sweep and, last, its manifest; all of them change places together. */
export async function writeSweep({
  options,
  out,
  scenario,
  plan,
  runs,
  policies,
  played,
}: Swept): Promise<SweepReport> {
  const { seed = 0, replications = 1, format = 'csv', file, samples } = options;
  const { arms } = plan;
  const failed = runs.filter(({ failure }) => failure !== undefined);
  const whole = runs.filter(({ result }) => result);
  const kind = options.design ?? (file === undefined ? 'grid' : 'file');
  const contents = sweepTables(plan, runs, { kind, seed, format });
  const swept = [...new Set(arms.flatMap(({ parameters }) => Object.keys(parameters)))];
  const settings = new Map(
    whole.map(({ arm: { parameters, population }, result }) => [
      JSON.stringify([parameters, population]),
      { parameters, ...(population !== undefined && { population }), sha256: result!.scenario },
    ]),
  );
  const manifest: SweepManifest = {
    understudy: ownPackage().version,
    scenario: scenario.id,
    source: options.scenario,
    sha256: hashOfScenario(scenario),
    parameters: Object.fromEntries(Object.entries(options.parameters ?? {}).filter(([name]) => !swept.includes(name))),
    design: {
      ...{ kind, parameters: swept },
      points: plan.series[0]!.length,
      ...(samples !== undefined && { samples }),
      ...(file !== undefined && { file }),
    },
    ...{ policies, seed, replications },
    ticks: ticksOf(runs),
    cohorts: options.cohorts ?? false,
    people: options.people ?? 'drawn',
    onFailure: options.onFailure ?? 'stop',
    settings: [...settings.values()],
    ...{ runs: whole.length, failed: failed.length },
    files: Object.fromEntries(
      Object.entries(contents).flatMap(([name, content]) => (content === undefined ? [] : [[name, sha256(content)]])),
    ),
  };
  const written = { ...contents, 'sweep.json': `${JSON.stringify(manifest, undefined, 2)}\n` };
  await writeTogether(Object.fromEntries(Object.entries(written).map(([name, content]) => [join(out, name), content])));
  return {
    ...{ scenario: scenario.id, arms: arms.length, runs: runs.length, failed: failed.length },
    ...{ played, known: runs.length - played },
    failures: reasonsOf(failed),
    files: Object.entries(written).flatMap(([name, content]) => (content === undefined ? [] : [join(out, name)])),
    manifest,
  };
}

function reasonsOf(failed: readonly PlayedRun[]): SweepReport['failures'] {
  const reasons = new Map<string, number>();
  for (const { failure } of failed) reasons.set(failure!, (reasons.get(failure!) ?? 0) + 1);
  return [...reasons].map(([reason, runs]) => ({ reason, runs })).sort((a, b) => b.runs - a.runs);
}
