import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Journal, type RunResult } from '../../sim/sweep/journal.ts';
import type { Arm } from '../../sim/sweep/plan.ts';
import {
  differencesTable,
  failuresTable,
  type PlayedRun,
  runsTable,
  sensitivityTable,
  summaryTable,
} from '../../sim/sweep/tables.ts';
import { csvRows } from '../../workspace/csv.ts';
import type { Workspace } from '../../workspace/paths.ts';
import { looseCsv, readSweep } from '../../workspace/sweep.ts';
import { type Check, checkOf } from './check.ts';

type Row = Readonly<Record<string, string>>;

/** Columns of runs.csv that are not an outcome. */
const FIXED = ['run', 'policy', 'population', 'agents', 'seed', 'ticks', 'unanswered', 'state_hash'];

/**
 * The tables of the sweep, computed again: runs.csv from the journal, run by run, and the summary, the differences and the
 * indices from the runs. Nothing where there was no sweep.
 */
export async function sweepCheck(paths: Workspace): Promise<Check[]> {
  const swept = await readSweep(paths.sweep);
  if (!swept) return [];
  const { manifest } = swept;
  const text = (name: string) => readFile(join(paths.sweep, name), 'utf8').catch(() => undefined);
  const table = await text('runs.csv');
  if (table === undefined)
    return [
      { what: 'sweep', outcome: 'not checked', details: ['its runs are in runs.parquet, which is not read here'] },
    ];
  const runRows = csvRows(table);
  const failureRows = csvRows((await text('failures.csv')) ?? '');
  const known = await journalled(paths.sweep);
  const faults: string[] = [];
  if (!known) faults.push('results/sweep/journal.jsonl is missing');
  const { parameters } = manifest.design;
  const columnOf = (row: Row, name: string) => row[`parameter_${name}`] ?? row[name];
  const arms = new Map<string, Arm>();
  const armOf = (row: Row): Arm => {
    const own = {
      parameters: Object.fromEntries(
        parameters.flatMap((name) => {
          const value = columnOf(row, name);
          return value === undefined || value === '' ? [] : [[name, Number(value)]];
        }),
      ),
      policy: row.policy!,
      agents: Number(row.agents),
      ...(row.population && { population: row.population }),
    };
    const key = JSON.stringify(own);
    const arm = arms.get(key) ?? { number: arms.size, ...own };
    arms.set(key, arm);
    return arm;
  };
  const ended = [...runRows, ...failureRows].sort((a, b) => Number(a.run) - Number(b.run));
  const header = Object.keys(runRows[0] ?? {});
  const set = parameters.map((name) => (header.includes(`parameter_${name}`) ? `parameter_${name}` : name));
  const names = header.filter((name) => !FIXED.includes(name) && !set.includes(name));
  const runs = ended.map((row): PlayedRun => {
    const run = { arm: armOf(row), seed: Number(row.seed) };
    if (row.state_hash === undefined) return { ...run, failure: row.reason ?? '' };
    const outcomes = Object.fromEntries(names.map((name) => [name, row[name] === '' ? null : Number(row[name])]));
    const result = {
      ...{ policy: manifest.policies[row.policy!] ?? '', ticks: Number(row.ticks), outcomes },
      ...{ unanswered: Number(row.unanswered), stateHash: row.state_hash, scenario: '' },
    };
    const same = known?.get(row.state_hash) ?? [];
    const noted = same.find(
      (one) =>
        one.ticks === result.ticks &&
        one.unanswered === result.unanswered &&
        names.every((name) => (one.outcomes[name] ?? null) === outcomes[name]),
    );
    if (known && !noted)
      faults.push(
        `results/sweep/runs.csv, run ${row.run}: ${same.length === 0 ? 'the journal has no such run' : 'the journal says that it came to something else'}`,
      );
    return { ...run, result };
  });
  const all = [...arms.values()];
  const again: Record<string, string | undefined> = {
    'runs.csv': looseCsv(runsTable(all, runs)),
    'summary.csv': looseCsv(summaryTable(all, runs)),
    'differences.csv': all.length > 1 ? looseCsv(differencesTable(all, runs)) : undefined,
    'failures.csv': failureRows.length > 0 ? looseCsv(failuresTable(all, runs)) : undefined,
  };
  const open: string[] = [];
  if (manifest.design.kind === 'saltelli') {
    // Arms of such a design are all different unless two of its points coincide.
    const kinds = [
      ...new Set(all.map(({ policy, agents, population }) => JSON.stringify([policy, agents, population]))),
    ];
    const series = kinds.map((kind) =>
      all.filter(({ policy, agents, population }) => JSON.stringify([policy, agents, population]) === kind),
    );
    if (series.every(({ length }) => length === manifest.design.points))
      again['sensitivity.csv'] = looseCsv(sensitivityTable({ arms: all, runs, series }, runs, manifest.seed));
    else open.push('sensitivity.csv: points of its design coincide, and their order is not in the pack');
  }
  for (const [name, made] of Object.entries(again)) {
    const kept = await text(name);
    if (made === undefined && kept === undefined) continue;
    const at = firstDifference(kept, made);
    if (at !== undefined) faults.push(`results/sweep/${name} is not what the runs give, first in line ${at}`);
  }
  return [
    checkOf('sweep', faults),
    ...(open.length > 0 ? [{ what: 'parts of the sweep', outcome: 'not checked' as const, details: open }] : []),
  ];
}

function firstDifference(kept = '', made = ''): number | undefined {
  if (kept === made) return undefined;
  const [lines, others] = [kept.split('\n'), made.split('\n')];
  return 1 + Math.max(0, lines.findIndex((line, i) => line !== others[i])); // biome-ignore format: one line
}

/** Results by the hash of the state that they ended in; undefined if there is no journal. */
async function journalled(folder: string) {
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
