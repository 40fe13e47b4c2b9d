import { sensitivity } from '../../stats/sensitivity.ts';
import { meanWithInterval } from '../../stats/t-intervals.ts';
import type { LooseColumn, LooseTable } from '../../workspace/sweep.ts';
import type { RunResult } from './journal.ts';
import type { Arm, PlannedRun, SweepPlan } from './plan.ts';

/** A run with what it came to; undefined if it failed. */
export interface PlayedRun extends PlannedRun {
  readonly result?: RunResult;
  readonly failure?: string;
}

type Cells = (string | number | undefined)[];

/** Columns that say which arm a row is of; a parameter with the name of another column says what it is. */
function armColumns(arms: readonly Arm[], taken: ReadonlySet<string>) {
  const parameters = [...new Set(arms.flatMap((arm) => Object.keys(arm.parameters)))];
  const peopled = arms.some(({ population }) => population !== undefined);
  const number = { type: 'number' } as const;
  return {
    parameters,
    columns: [
      ...parameters.map((name) => ({ name: taken.has(name) ? `parameter_${name}` : name, ...number })),
      { name: 'policy', type: 'text' },
      ...(peopled ? [{ name: 'population', type: 'text' } as const] : []),
      { name: 'agents', type: 'integer' },
    ] satisfies LooseColumn[],
    cells: ({ parameters: values, policy, population, agents }: Arm): Cells => [
      ...parameters.map((name) => values[name]),
      policy,
      ...(peopled ? [population] : []),
      agents,
    ],
  };
}

/** The same for the same arm. */
export const armKey = ({ parameters, policy, agents, population }: Omit<Arm, 'number'>): string =>
  JSON.stringify([parameters, policy, agents, population]);

/** Names of all outcomes, in the order in which they first occur. */
const outcomesIn = (runs: readonly PlayedRun[]): string[] => [
  ...new Set(runs.flatMap(({ result }) => Object.keys(result?.outcomes ?? {}))),
];

/** Columns that are not an outcome, nor a parameter. */
export const FIXED: readonly string[] = [
  'run',
  'policy',
  'population',
  'agents',
  'seed',
  'ticks',
  'unanswered',
  'state_hash',
  'reason',
  'arm',
  'outcome',
];
const STATISTICS = ['n', 'mean', 'sd', 'lower', 'upper', 'difference'];

const integer = (name: string): LooseColumn => ({ name, type: 'integer' });
const number = (name: string): LooseColumn => ({ name, type: 'number' });

/** One row a run that did not fail. */
export function runsTable(arms: readonly Arm[], runs: readonly PlayedRun[]): LooseTable {
  const outcomes = outcomesIn(runs);
  const { columns, cells } = armColumns(arms, new Set([...FIXED, ...outcomes]));
  return {
    columns: [
      integer('run'),
      ...columns,
      integer('seed'),
      integer('ticks'),
      ...outcomes.map(number),
      integer('unanswered'),
      { name: 'state_hash', type: 'text' },
    ],
    rows: runs.flatMap(({ arm, seed, result }, i) =>
      result
        ? [
            [
              ...[i + 1, ...cells(arm), seed, result.ticks],
              ...outcomes.map((name) => result.outcomes[name] ?? undefined),
              ...[result.unanswered, result.stateHash],
            ],
          ]
        : [],
    ),
  };
}

/** One row a run that failed. */
export function failuresTable(arms: readonly Arm[], runs: readonly PlayedRun[]): LooseTable {
  const { columns, cells } = armColumns(arms, new Set(FIXED));
  return {
    columns: [integer('run'), ...columns, integer('seed'), { name: 'reason', type: 'text' }],
    rows: runs.flatMap(({ arm, seed, failure }, i) =>
      failure === undefined ? [] : [[i + 1, ...cells(arm), seed, failure]],
    ),
  };
}

/** Values of an outcome by arm and seed. */
function valuesOf(runs: readonly PlayedRun[], outcome: string): Map<Arm, Map<number, number>> {
  const values = new Map<Arm, Map<number, number>>();
  for (const { arm, seed, result } of runs) {
    const value = result?.outcomes[outcome];
    if (value === undefined || value === null) continue;
    const own = values.get(arm) ?? new Map<number, number>();
    values.set(arm, own.set(seed, value));
  }
  return values;
}

/** Mean of each outcome in each arm, with a 95 % t interval. */
export function summaryTable(arms: readonly Arm[], runs: readonly PlayedRun[]): LooseTable {
  const { columns, cells } = armColumns(arms, new Set([...FIXED, ...STATISTICS]));
  return {
    columns: [
      integer('arm'),
      ...columns,
      { name: 'outcome', type: 'text' },
      integer('n'),
      ...['mean', 'sd', 'lower', 'upper'].map(number),
    ],
    rows: byOutcome(arms, runs, ([arm, own]) => {
      const { n, mean, sd, interval } = meanWithInterval([...own.values()]);
      return { arm, statistics: [n, mean, sd, interval.lower, interval.upper] };
    }).map(({ arm, outcome, statistics }) => [arm.number + 1, ...cells(arm), outcome, ...statistics]),
  };
}

/** What each arm differs by from the first on the same seeds, with a 95 % t interval of the paired differences. */
export function differencesTable(arms: readonly Arm[], runs: readonly PlayedRun[]): LooseTable {
  const { columns, cells } = armColumns(arms, new Set([...FIXED, ...STATISTICS]));
  return {
    columns: [
      integer('arm'),
      ...columns,
      { name: 'outcome', type: 'text' },
      integer('n'),
      ...['difference', 'sd', 'lower', 'upper'].map(number),
    ],
    rows: byOutcome(arms, runs, ([arm, own], first) => {
      if (arm === arms[0]) return undefined;
      const differences = [...own].flatMap(([seed, value]) => (first?.has(seed) ? [value - first.get(seed)!] : []));
      if (differences.length === 0) return undefined;
      const { n, mean, sd, interval } = meanWithInterval(differences);
      return { arm, statistics: [n, mean, sd, interval.lower, interval.upper] };
    }).map(({ arm, outcome, statistics }) => [arm.number + 1, ...cells(arm), outcome, ...statistics]),
  };
}

interface Statistics {
  readonly arm: Arm;
  readonly statistics: readonly number[];
}

/** Statistics of each arm and outcome, arm by arm. @param of gets the first arm's values beside an arm's own */
function byOutcome(
  arms: readonly Arm[],
  runs: readonly PlayedRun[],
  of: (own: [Arm, Map<number, number>], first?: Map<number, number>) => Statistics | undefined,
): (Statistics & { readonly outcome: string })[] {
  const all = outcomesIn(runs).flatMap((outcome) => {
    const values = valuesOf(runs, outcome);
    return [...values].flatMap((own) => {
      const found = of(own, values.get(arms[0]!));
      return found ? [{ outcome, ...found }] : [];
    });
  });
  return all.sort((a, b) => a.arm.number - b.arm.number);
}

/** First-order and total sensitivity indices over the arms of a cross-sampling design, each an outcome's mean over seeds. */
export function sensitivityTable({ series }: SweepPlan, runs: readonly PlayedRun[], seed: number): LooseTable {
  const parameters = Object.keys(series[0]?.[0]?.parameters ?? {});
  const peopled = series.flat().some(({ population }) => population !== undefined);
  const rows = outcomesIn(runs).flatMap((outcome) => {
    const values = valuesOf(runs, outcome);
    const seeds = Math.max(0, ...[...values.values()].map((own) => own.size));
    // An arm that lost a run is compared on other seeds: its pair is left out.
    const means = (arms: readonly Arm[]) =>
      arms.map((arm) => {
        const own = [...(values.get(arm)?.values() ?? [])];
        return own.length < seeds ? Number.NaN : own.reduce((sum, value) => sum + value, 0) / own.length;
      });
    return series.flatMap((arms): Cells[] => {
      const of = means(arms);
      const pairs = of.length / (parameters.length + 2);
      const lost = Array.from({ length: pairs }, (_, i) =>
        of.slice(i * (parameters.length + 2), (i + 1) * (parameters.length + 2)).every(Number.isFinite),
      ).filter((whole) => !whole).length;
      return sensitivity(of, parameters.length, { seed }).map(({ first, firstInterval, total, totalInterval }, f) => [
        ...[
          arms[0]!.policy,
          ...(peopled ? [arms[0]!.population] : []),
          arms[0]!.agents,
          outcome,
          parameters[f]!,
          pairs - lost,
        ],
        ...[first, firstInterval.lower, firstInterval.upper, total, totalInterval.lower, totalInterval.upper],
      ]);
    });
  });
  return {
    columns: [
      { name: 'policy', type: 'text' },
      ...(peopled ? [{ name: 'population', type: 'text' } as const] : []),
      integer('agents'),
      { name: 'outcome', type: 'text' },
      { name: 'parameter', type: 'text' },
      integer('pairs'),
      ...['first', 'first_lower', 'first_upper', 'total', 'total_lower', 'total_upper'].map(number),
    ],
    rows,
  };
}
