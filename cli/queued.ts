import { defaultPolicy, defaultTeacher } from '../policies/open.ts';
import { groupShards, requireWorld } from '../policies/shards/incoming.ts';
import { runMerge, type ShardedVerb } from '../policies/shards/sharded.ts';
import { shareOut } from '../queue/coordinate.ts';
import { modelsIn } from '../queue/models.ts';
import type { Command } from '../queue/parcel.ts';
import type { OpenStudy } from '../scenarios/study.ts';
import { limitOptions } from './limits.ts';
import type { Options } from './options.ts';
import { UsageError } from './options.ts';
import { queueOptions } from './queue-options.ts';
import { argsWithout, WHOLE } from './shard.ts';
import { commonOptions, type Verb, type Work } from './verb.ts';

type Values = Readonly<Record<string, unknown>> & { readonly workspace: string };

/** Flags that a worker has no use for. */
const OWN = [
  'processes',
  ...Object.keys(queueOptions),
  ...Object.keys(commonOptions).filter((name) => name !== 'seed'),
];

/** Flags that contradict sharing the work out, with the reason. */
const HERE: Readonly<Record<string, string>> = {
  ...WHOLE,
  shard: 'does one part of the work here',
  ...Object.fromEntries(
    Object.keys(limitOptions)
      .filter((name) => name !== 'prices')
      .map((name) => [name, 'is held in one process, and workers do not know of each other']),
  ),
};

/** The work of a command, done by workers: its shards are jobs, and what they found is merged as if all was done here. */
export function queued(verb: Verb, values: Values, args: readonly string[], study: OpenStudy): Verb['run'] {
  for (const [name, what] of Object.entries(HERE))
    if (values[name] !== undefined && values[name] !== false)
      throw new UsageError(`--${name} ${what}: leave out --${name} or --queue`, verb.name);
  if (verb.name === 'simulate' && values.replications === undefined)
    throw new UsageError('--queue shares out runs by their seeds: add --replications R', verb.name);
  return async (work) => {
    const { workspace, queue, jobs } = values as Values & { readonly queue: string; readonly jobs?: number };
    const { signal, progress, log } = work;
    const command: Command = {
      verb: verb.name as ShardedVerb,
      args: [
        ...argsWithout(verb, args, (name) => OWN.includes(name)),
        // A worker has as many jobs as it has cores.
        ...('processes' in verb.options ? ['--processes', '1'] : []),
      ],
      ...{ workspace, scenario: study.scenario, world: study.sha256, source: study.source.name },
      models: await modelsOf(verb, work, args, workspace),
    };
    await using shared = await shareOut(command, { queue, signal, progress, log, ...(jobs !== undefined && { jobs }) });
    const [group, ...others] = groupShards([...shared.files].map(([name, bytes]) => ({ name, bytes })));
    if (!group || others.length > 0) throw new Error(`${others.length + 1} commands came back`);
    requireWorld(group, { scenario: study.scenario.id, sha256: study.sha256 });
    const { result } = await runMerge(group, { workspace, log }, () => verb.run(work));
    await shared.forget();
    return result;
  };
}

/** Models that only some workers have, as they are written, by what the queue calls them. */
async function modelsOf(
  verb: Verb,
  { scenario, given }: Work<Options>,
  args: readonly string[],
  workspace: string,
): Promise<Map<string, string>> {
  const written = args.flatMap((arg) => {
    const value = arg.startsWith('--') ? arg.slice(arg.indexOf('=') + 1) : arg;
    // A swap names its tick first.
    return [value, value.replace(/^\d+:/, '')];
  });
  if (!given.has('teacher') && 'teacher' in verb.options) written.push(await defaultTeacher(scenario, workspace));
  if (!given.has('policy') && 'policy' in verb.options) written.push(await defaultPolicy(scenario, workspace));
  return new Map(written.flatMap((name) => modelsIn(name, workspace)));
}
