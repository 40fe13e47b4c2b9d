import { join } from 'node:path';
import { peopling } from '../env/people.ts';
import { grouped } from '../report/wording.ts';
import { designs, type Settings } from '../sim/sweep/design.ts';
import type { SweepReport } from '../sim/sweep/sweep.ts';
import { limitOptions } from './limits.ts';
import { choice, custom, flag, integer, list, text, UsageError } from './options.ts';
import { shardOptions } from './shard.ts';
import { defineVerb } from './verb.ts';
import { facts } from './wording.ts';

/** A parameter and what it is set to, as `--set` writes it. */
export interface Setting {
  readonly name: string;
  readonly settings: Settings;
}

/** "price=1,2,3" or "price=1..5". */
export function readSetting(value: string): Setting | undefined {
  const [, name, all] = /^([A-Za-z_][\w-]*)=(.+)$/.exec(value) ?? [];
  if (name === undefined) return undefined;
  const [from, to, ...more] = all!.split('..').map(numberIn);
  if (from !== undefined && to !== undefined && more.length === 0) return { name, settings: { from, to } };
  const values = all!.split(',').map(numberIn);
  return values.some((one) => one === undefined) ? undefined : { name, settings: values as number[] };
}

const numberIn = (text: string): number | undefined =>
  text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;

/** Whole numbers of 1 or more, separated by commas. */
function readCounts(value: string): number[] | undefined {
  const counts = value.split(',').map(numberIn);
  return counts.every((one) => one !== undefined && Number.isSafeInteger(one) && one >= 1)
    ? (counts as number[])
    : undefined;
}

export default defineVerb({
  name: 'sweep',
  summary: 'run a population at many settings, policies and seeds',
  description: [
    'Plays every point of a design under every policy, on the same seeds, and writes one table with a row a run. The design is made of --set (a grid, a Latin hypercube, a Sobol sequence, or the cross-sampling that sensitivity indices need), or stands in FILE, one run a line: with a header of parameters and, if wanted, policy, population, agents and seed, or plain numbers as SALib and NumPy write them.',
    'Writes runs.csv, summary.csv (means with 95 % intervals), differences.csv (from the first arm, paired by seed), sensitivity.csv (of --design saltelli), failures.csv (runs that failed, with the reason) and sweep.json. Every run is noted in journal.jsonl as it ends: the same command goes on after whatever stopped it, and gives the same bytes; runs that failed are tried again.',
  ].join('\n'),
  world: 'reads',
  positionals: ['FILE'],
  options: {
    set: list(
      custom<Setting>(
        'Values of a parameter, or a range: price=1,2,3 or price=1..5. In a grid, a range goes by the parameter’s step.',
        'NAME=VALUES',
        readSetting,
        'a name and numbers, like price=1,2,3 or price=1..5',
      ),
    ),
    design: choice('How ranges are combined; for FILE, saltelli says that its rows are such a design.', designs, {
      shown: 'grid',
    }),
    samples: integer('Points of lhs or sobol, pairs of points of saltelli, or levels of each range in a grid.', {
      min: 1,
      shown: 'by the steps',
    }),
    columns: text('Names of the columns of a FILE without a header.', { placeholder: 'A,B,C', shown: 'its header' }),
    policy: list(
      text('Policy that decides, as for simulate; give it again for more.', {
        placeholder: 'POLICY',
        shown: 'that of simulate',
      }),
    ),
    agents: custom('Numbers of agents, separated by commas.', 'N,N', readCounts, 'whole numbers like 1000 or 100,1000'),
    replications: integer('Runs of each arm, with the seeds from --seed on.', { min: 1, default: 1 }),
    ticks: integer('Number of ticks, in place of --days.', { min: 1, shown: 'off' }),
    days: integer('Number of days.', { min: 1, shown: "the scenario's horizon" }),
    people: choice('Traits of the agents: drawn by their law, or exactly as their shares say.', peopling, {
      shown: 'drawn',
    }),
    population: list(
      text('Table of people (CSV, JSON, JSONL, Parquet) in place of the scenario’s own; give it again for more.', {
        placeholder: 'FILE',
        shown: 'its own',
      }),
    ),
    cohorts: flag('Counts of identical agents instead of single agents.'),
    'on-failure': text(
      'Reaction to an observation without an answer: the run fails (stop), the agent’s tick is skipped, or the policy named here decides.',
      { shown: 'stop', placeholder: 'stop|skip|POLICY' },
    ),
    out: text('Folder of the tables; an earlier sweep in it is replaced when this one is complete.', {
      placeholder: 'DIR',
      shown: 'results/sweep in the workspace',
    }),
    format: choice('Format of the table of runs.', ['csv', 'parquet'] as const, { default: 'csv' }),
    processes: integer('Processes that play at the same time.', { min: 1, max: 1024, shown: 'the cores' }),
    ...shardOptions,
    ...limitOptions,
  },
  stopped: 'the same command goes on with the runs that are left',
  examples: [
    [
      'understudy sweep --set fuel=0..10 --policy oracle --replications 20',
      'the grid by its step, 20 seeds at each price',
    ],
    [
      'understudy sweep --set fuel=0..10 --design saltelli --samples 256',
      'which parameter decides what: sensitivity indices',
    ],
    ['understudy sweep --policy student:mlp --policy uniform --replications 10', 'policies on the same seeds'],
    ['understudy sweep design.csv --format parquet', 'one run for each line of a file'],
    ['understudy sweep salib.txt --columns a,b --design saltelli', 'a design that SALib made'],
  ],
  async run({ values, positionals, source, signal, progress, log, report }) {
    const { set, design, samples, columns, policy, agents, replications, workspace, seed } = values;
    const [file] = positionals;
    const wrong = (message: string) => new UsageError(message, 'sweep');
    const named = set.map(({ name }) => name);
    const twice = named.find((name, i) => named.indexOf(name) < i);
    if (twice !== undefined) throw wrong(`--set ${twice} is there twice; write ${twice}=1,2,3`);
    if (values.days !== undefined && values.ticks !== undefined)
      throw wrong('--days and --ticks both say how long: leave one out');
    const { sweep } = await import('../sim/sweep/sweep.ts');
    const result = await sweep({
      ...{ scenario: source.name, parameters: source.parameters, workspace, seed, replications, signal, progress, log },
      settings: Object.fromEntries(set.map(({ name, settings }) => [name, settings])),
      ...{ policies: policy, populations: values.population, cohorts: values.cohorts, format: values.format },
      ...defined({
        ...{ file, design, samples, agents, ticks: values.ticks, days: values.days, people: values.people },
        columns: columns?.split(',').map((name) => name.trim()),
        ...{ onFailure: values['on-failure'], out: values.out, processes: values.processes },
      }),
    });
    report(result, sweepWords(result, values.out ?? join(workspace, 'results', 'sweep')));
    return result.failed === result.runs ? 'failed' : undefined;
  },
});

/** What has a value. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

function sweepWords({ arms, runs, failed, played, known, failures, manifest }: SweepReport, out: string): string[] {
  return [
    ...facts([
      ['scenario', manifest.scenario],
      ['design', `${manifest.design.kind}, ${grouped(manifest.design.points)} points`],
      ['policies', Object.keys(manifest.policies).join(', ')],
      ['arms', `${grouped(arms)}, each on the same seeds`],
      ['runs', `${grouped(runs)} (${grouped(played)} played now, ${grouped(known)} known from before)`],
      ...(failed > 0 ? [['failed', grouped(failed)] as const] : []),
    ]),
    ...failures.slice(0, 3).map(({ reason, runs: count }) => `  ${grouped(count)} failed: ${reason}`),
    `Written to ${out}: ${Object.keys(manifest.files).join(', ')}, sweep.json.`,
  ];
}
