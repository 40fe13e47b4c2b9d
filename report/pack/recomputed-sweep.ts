import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seedsFrom } from '../../sim/replications.ts';
import { Journal, type RunResult } from '../../sim/sweep/journal.ts';
import { type ReadRuns, readRuns } from '../../sim/sweep/read-runs.ts';
import { sweepTables, ticksOf } from '../../sim/sweep/results.ts';
import type { PlayedRun } from '../../sim/sweep/tables.ts';
import { csvRows } from '../../workspace/csv.ts';
import { sha256 } from '../../workspace/hash.ts';
import type { Workspace } from '../../workspace/paths.ts';
import { readRunsTable, readSweep, type SweepManifest } from '../../workspace/sweep.ts';
import { type Check, checkOf } from './check.ts';
import { differences } from './differences.ts';

/**
 * The sweep, computed again: its runs from the journal, run by run, and the other tables and the manifest from the runs. Nothing
 * where there was no sweep.
 */
export async function sweepCheck(paths: Workspace): Promise<Check[]> {
  const swept = await readSweep(paths.sweep);
  if (!swept) return [];
  const { manifest } = swept;
  const { design, seed } = manifest;
  const kept = (name: string) => readFile(join(paths.sweep, name)).catch(() => undefined);
  const failures = csvRows((await kept('failures.csv'))?.toString() ?? '');
  const table = await readRunsTable(paths.sweep);
  if (!table && manifest.runs > 0) return [checkOf('sweep', ['results/sweep/runs.csv is missing'])];
  const read = readRuns(manifest, table ?? { columns: [], rows: [] }, failures);
  const faults = await journalFaults(paths.sweep, read.runs);
  const { kind } = design;
  const made = sweepTables({ arms: read.arms, series: read.series ?? [] }, read.runs, {
    // Indices need the order of the points.
    ...{ kind: read.series ? kind : 'unknown', seed, format: table?.format ?? 'csv' },
  });
  const open = read.series ? [] : ['sensitivity.csv and the number of points: points of the design coincide, and their order is not in the pack']; // biome-ignore format: one line
  for (const [name, again] of Object.entries(made)) {
    if (name === 'sensitivity.csv' && !read.series) continue;
    const file = await kept(name);
    if (again === undefined && file === undefined) continue;
    const at = firstDifference(file, again === undefined ? undefined : Buffer.from(again));
    if (at !== undefined) faults.push(`results/sweep/${name} is not what the runs give${at}`);
  }
  for (const [name, expected] of Object.entries(manifest.files)) {
    const file = await kept(name);
    if (!file || sha256(file) !== expected)
      faults.push(`results/sweep/${name} is not the table that the sweep was written with`);
  }
  const again = { ...manifest, ...countsOf(manifest, read) };
  faults.push(...differences(manifest, again, new Set()).map((one) => `results/sweep/sweep.json, ${one}`));
  return [
    checkOf('sweep', faults),
    ...(open.length > 0 ? [{ what: 'parts of the sweep', outcome: 'not checked' as const, details: open }] : []),
  ];
}

/** What the manifest says in numbers, from the runs. */
function countsOf({ design, seed, replications }: SweepManifest, { arms, runs }: ReadRuns): Partial<SweepManifest> {
  const seeds = [...new Set(runs.map((run) => run.seed))].sort((a, b) => a - b);
  const whole = runs.filter(({ result }) => result).length;
  // Points of a file may have seeds of their own.
  const known = design.kind !== 'file' || (seeds[0] === seed && seeds.length === replications);
  const right = seeds.join() === seedsFrom(seed, replications).join();
  return {
    ...{ runs: whole, failed: runs.length - whole, ticks: ticksOf(runs) },
    ...(known && !right && { seed: seeds[0] ?? seed, replications: seeds.length }),
    design: { ...design, points: pointsOf(design, arms) },
  };
}

/** The number of points of a design, some of which may coincide: how many were drawn, or that differ. */
function pointsOf({ kind, points, samples, parameters }: SweepManifest['design'], arms: ReadRuns['arms']): number {
  if (kind === 'saltelli') return samples! * (parameters.length + 2);
  if (kind === 'lhs' || kind === 'sobol') return samples!;
  const different = new Set(arms.map((arm) => JSON.stringify(arm.parameters))).size;
  // Lines of a file may be the same, and levels of a range that begins where it ends.
  const coinciding = kind === 'file' || (samples !== undefined && points % different === 0);
  return coinciding ? Math.max(points, different) : different;
}

/** Runs that the journal does not have, or has otherwise. */
async function journalFaults(folder: string, runs: readonly PlayedRun[]): Promise<string[]> {
  const known = await journalled(folder);
  if (!known) return ['results/sweep/journal.jsonl is missing'];
  return runs.flatMap(({ result }, i) => {
    if (!result) return [];
    const same = known.get(result.stateHash) ?? [];
    if (same.some((one) => isSame(one, result))) return [];
    const what = same.length === 0 ? 'the journal has no such run' : 'the journal says that it came to something else';
    return [`results/sweep/runs.csv, run ${i + 1}: ${what}`];
  });
}

const isSame = (one: RunResult, { ticks, unanswered, outcomes }: RunResult): boolean =>
  one.ticks === ticks &&
  one.unanswered === unanswered &&
  Object.entries(outcomes).every(([name, value]) => (one.outcomes[name] ?? null) === value);

/** Where a file begins to differ, for people; undefined where it does not. */
function firstDifference(kept: Buffer = Buffer.alloc(0), made: Buffer = Buffer.alloc(0)): string | undefined {
  if (kept.equals(made)) return undefined;
  if (kept.subarray(0, 4).toString() === 'PAR1') return '';
  const [lines, others] = [kept.toString().split('\n'), made.toString().split('\n')];
  return `, first in line ${1 + Math.max(0, lines.findIndex((line, i) => line !== others[i]))}`; // biome-ignore format: one line
}

/** Results by the hash of the state that they ended in; undefined without a journal. */
async function journalled(folder: string): Promise<ReadonlyMap<string, RunResult[]> | undefined> {
  const path = join(folder, 'journal.jsonl');
  if ((await readFile(path).catch(() => undefined)) === undefined) return undefined;
  const journal = await Journal.open(path);
  const byHash = new Map<string, RunResult[]>();
  try {
    for (const end of journal.ends())
      if ('result' in end) byHash.set(end.result.stateHash, [...(byHash.get(end.result.stateHash) ?? []), end.result]);
    return byHash;
  } finally {
    await journal.close();
  }
}
