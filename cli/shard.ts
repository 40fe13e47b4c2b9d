import { UnderstudyError } from '../env/error.ts';
import { readShard, type Shard, shardName } from '../env/shard.ts';
import type { ShardReport } from '../policies/shards/shard-work.ts';
import type { ShardedVerb } from '../policies/shards/sharded.ts';
import { grouped } from '../report/wording.ts';
import type { OpenStudy } from '../scenarios/study.ts';
import { limitOptions } from './limits.ts';
import { custom, type Options, UsageError } from './options.ts';
import { queueOptions } from './queue-options.ts';
import { commonOptions, scenarioOptions, type Verb } from './verb.ts';

/** What every verb understands whose work can be done in parts. */
export const shardOptions = {
  shard: custom<Shard>(
    'Part i of n of the work, by content: for n machines or processes at a time. Writes one file in shards/ and no results; understudy merge joins the n files and writes the results of a single run.',
    'i/n',
    readShard,
    'a part i of n with i from 1 to n, like 3/16',
  ),
  ...queueOptions,
} as const satisfies Options;

/** Flags that contradict doing a part of the work. */
export const WHOLE: Readonly<Record<string, string>> = {
  plan: 'says what all of the work comes to',
  batch: 'is one command’s: a batch has its own queue at the provider',
  'batch-file': 'holds all open questions',
  'batch-results': 'holds answers to all open questions',
};

/** Flags that may differ from shard to shard: they do not decide what the pieces are. */
const OWN = [
  ...['shard', 'processes', 'probe'],
  ...Object.keys({ ...queueOptions, ...commonOptions, ...limitOptions }),
].filter((name) => name !== 'seed');

type Values = Readonly<Record<string, unknown>>;

/** The work of a command as one shard of it. */
export function shardedRun(
  verb: Verb,
  values: Values & { readonly workspace: string },
  args: readonly string[],
  { source, sha256 }: OpenStudy,
  run: Verb['run'],
): Verb['run'] {
  const shard = values.shard as Shard | undefined;
  if (!shard) return run;
  for (const [name, what] of Object.entries(WHOLE))
    if (values[name] !== undefined && values[name] !== false)
      throw new UsageError(`--${name} ${what}, and --shard does a part: leave one of the two out`, verb.name);
  if (verb.name === 'simulate' && values.replications === undefined)
    throw new UsageError('--shard divides runs by their seeds: add --replications R', verb.name);
  return async (work) => {
    const { runShard } = await import('../policies/shards/sharded.ts');
    const command = {
      ...{
        verb: verb.name as ShardedVerb,
        args: sharedArgs(verb, args),
        options: optionsOf(verb, values, work.positionals),
      },
      ...{ scenario: source.name, parameters: source.parameters, sha256 },
    };
    const { workspace } = values;
    const report = await runShard(command, shard, { workspace, log: work.log }, () => run(work));
    work.report(report, shardWords(report));
    return report.failed > 0 && report.known + report.done === 0 ? 'failed' : undefined;
  };
}

/** What decides the pieces, as data. */
const optionsOf = (verb: Verb, values: Values, positionals: readonly string[]): object =>
  JSON.parse(
    JSON.stringify({
      ...Object.fromEntries(Object.entries(values).filter(([name]) => !isDropped(verb, name))),
      positionals,
    }),
  );

/** Flags of the world are in its hash; a sweep's own --set is its design. */
const isDropped = ({ options }: Verb, name: string): boolean =>
  OWN.includes(name) || (Object.hasOwn(scenarioOptions, name) && !Object.hasOwn(options, name));

/** The arguments that all shards have. */
const sharedArgs = (verb: Verb, args: readonly string[]): string[] =>
  argsWithout(verb, args, (name) => isDropped(verb, name));

/** Arguments without some flags and their values. */
export function argsWithout(verb: Verb, args: readonly string[], isDropped: (name: string) => boolean): string[] {
  const table: Options = { ...scenarioOptions, ...commonOptions, ...verb.options };
  const kept: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const argument = args[i]!;
    const [flag, name] = /^--([^=]+)/.exec(argument) ?? [];
    const dropped = flag !== undefined && isDropped(name!);
    if (!dropped) kept.push(argument);
    if (flag === undefined || argument.includes('=') || table[name!]?.placeholder === undefined) continue;
    i++;
    if (!dropped) kept.push(args[i]!);
  }
  return kept;
}

function shardWords(report: ShardReport): string[] {
  const { verb, shard, file, unit, pieces, own, known, done, failed, failures } = report;
  return [
    `shard ${shardName(shard)} of ${verb}: ${grouped(own)} of ${grouped(pieces)} ${unit}, ${grouped(known)} known, ${grouped(done)} done now${failed > 0 ? `, ${grouped(failed)} failed` : ''}`,
    ...failures.slice(0, 3).map((reason) => `  failed: ${reason}`),
    `Kept in ${file}.`,
    `When all ${grouped(shard.of)} are done: understudy merge`,
  ];
}

/**
 * Refuses a command of a shard that writes where whoever merges it does not expect it.
 * @throws {UnderstudyError} SHARD_FILE
 */
export function requireWithin(verb: string, flag: string, path: string, isWithin: boolean): void {
  if (!isWithin)
    throw new UnderstudyError(
      'SHARD_FILE',
      `the shards' command ${verb} writes to --${flag} ${path}, outside of the workspace and of this folder; merge them in a folder that holds it`,
    );
}
