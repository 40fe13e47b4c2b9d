import type { SweepManifest } from '../../workspace/sweep.ts';
import type { Arm } from './plan.ts';
import { armKey, FIXED, type PlayedRun } from './tables.ts';

type Row = Readonly<Record<string, string>>;

/** The runs of a sweep as its tables have them. */
export interface ReadRuns {
  readonly arms: readonly Arm[];
  /** In the order of the sweep; of a result, what is in the tables. */
  readonly runs: readonly PlayedRun[];
  /** The arms of the points by policy, number of agents and population; undefined if points coincide. */
  readonly series: readonly (readonly Arm[])[] | undefined;
}

/**
 * The runs of a sweep from its tables: what `runsTable` and `failuresTable` wrote.
 * @param table rows of the runs that came to something, with the names of their columns
 * @param failures rows of failures.csv
 */
export function readRuns(
  { design, policies }: Pick<SweepManifest, 'design' | 'policies'>,
  table: { readonly columns: readonly string[]; readonly rows: readonly Row[] },
  failures: readonly Row[],
): ReadRuns {
  const { parameters } = design;
  const set = parameters.map((name) => (table.columns.includes(`parameter_${name}`) ? `parameter_${name}` : name));
  const names = table.columns.filter((name) => !FIXED.includes(name) && !set.includes(name));
  const arms = new Map<string, Arm>();
  const armOf = (row: Row): Arm => {
    const values = parameters.flatMap((name): [string, number][] => {
      const value = row[`parameter_${name}`] ?? row[name];
      return value === undefined || value === '' ? [] : [[name, Number(value)]];
    });
    const own = {
      ...{ parameters: Object.fromEntries(values), policy: row.policy!, agents: Number(row.agents) },
      ...(row.population && { population: row.population }),
    };
    const arm = arms.get(armKey(own)) ?? { number: arms.size, ...own };
    arms.set(armKey(own), arm);
    return arm;
  };
  const ended = [...table.rows, ...failures].sort((a, b) => Number(a.run) - Number(b.run));
  const runs = ended.map((row): PlayedRun => {
    const run = { arm: armOf(row), seed: Number(row.seed) };
    if (row.state_hash === undefined) return { ...run, failure: row.reason ?? '' };
    const outcomes = Object.fromEntries(names.map((name) => [name, row[name] === '' ? null : Number(row[name])]));
    return {
      ...run,
      result: {
        ...{ policy: policies[row.policy!] ?? '', ticks: Number(row.ticks), outcomes },
        ...{ unanswered: Number(row.unanswered), stateHash: row.state_hash, scenario: '' },
      },
    };
  });
  const all = [...arms.values()];
  const kindOf = ({ policy, agents, population }: Arm) => JSON.stringify([policy, agents, population]);
  const series = [...new Set(all.map(kindOf))].map((kind) => all.filter((arm) => kindOf(arm) === kind));
  return { arms: all, runs, series: series.every(({ length }) => length === design.points) ? series : undefined };
}
