import { UnderstudyError } from '../env/error.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { isShard, type Shard, shardName } from '../env/shard.ts';
import { groupShards, requireWorld } from '../policies/shards/incoming.ts';
import type { ShardReport } from '../policies/shards/shard-work.ts';
import { commandHash, runMerge, runShard, type ShardedVerb } from '../policies/shards/sharded.ts';
import { workspace as pathsOf } from '../workspace/paths.ts';
import { readShards } from '../workspace/shards.ts';
import { scenarioHash } from './study.ts';

/** How a function's work is divided over machines. */
export interface Sharding {
  /** The part to do: nothing but its pieces, kept in a file of its own in shards/ of the workspace, and no results. */
  readonly shard?: Shard;
  /** Files of shards, or folders of them, whose answers and runs are taken in place of asking and playing: results of a single run. */
  readonly shards?: readonly string[];
  /** Whether shards may be missing; what none brought counts as not answered, or as failed. Default false. */
  readonly partial?: boolean;
}

/** What a function gives: the report of a shard if it is asked for one. */
export type Sharded<O, R> = O extends { readonly shard: Shard } ? ShardReport : R;

interface Options extends Sharding {
  readonly workspace?: string;
  readonly log?: (line: string) => void;
}

/** Options that do not decide what the pieces are. */
const OWN = ['shard', 'shards', 'partial', 'workspace', 'scenario', 'signal', 'progress', 'log', 'processes', 'onRun'];

/**
 * Does a verb's work whole, one shard of it, or with what shards brought.
 * @param world that the work is about
 * @throws {UnderstudyError} SHARD_ARGUMENT for a shard that there cannot be; as runShard and runMerge do
 */
export async function sharded<O extends Options, R>(
  verb: ShardedVerb,
  world: () => Promise<Vocabulary>,
  options: O,
  work: () => Promise<R>,
): Promise<Sharded<O, R>> {
  const { shard, shards, partial, workspace = '.', log } = options;
  type Result = Sharded<O, R>;
  if (!shard && !shards) return (await work()) as Result;
  if (shard && shards) throw wrong('a shard is done, or shards are merged: leave one of the two out');
  if (shard && !isShard(shard)) throw wrong(`there is no shard ${shardName(shard)}; shards go from 1/n to n/n`);
  const scenario = await world();
  const { id, parameters = {} } = scenario as Vocabulary & { parameters?: Record<string, { value: number }> };
  const command = {
    ...{ verb, options: dataOf(options), scenario: id, sha256: scenarioHash(scenario) },
    parameters: Object.fromEntries(Object.entries(parameters).map(([name, { value }]) => [name, value])),
  };
  const more = { workspace, ...(log && { log }) };
  if (shard) return (await runShard(command, shard, more, work)) as Result;
  const groups = groupShards(await readShards(shards!.length > 0 ? shards! : [pathsOf(workspace).shards]));
  const own = groups.find(({ header }) => header.command === commandHash(command));
  for (const group of groups) if (group === own || groups.length === 1) requireWorld(group, { scenario: id, sha256: command.sha256 }); // biome-ignore format: one line
  if (!own)
    throw new UnderstudyError(
      'SHARD_FILE',
      `no shard of this command: ${groups.map(({ header, files }) => `${files[0]!.name} is of another ${header.verb}`).join(', ')}; the options decide what the pieces are`,
    );
  const { result } = await runMerge(own, { ...more, ...(partial && { partial }) }, work);
  return result as Result;
}

const wrong = (message: string) => new UnderstudyError('SHARD_ARGUMENT', message);

/** What decides the pieces, as data: policies by their ids, worlds by their tables. */
function dataOf(options: object): object {
  const own = Object.entries(options).filter(([name]) => !OWN.includes(name));
  return JSON.parse(
    JSON.stringify(Object.fromEntries(own), (_, value: unknown) => {
      if (typeof value !== 'object' || value === null) return value;
      if ('decide' in value) return (value as { readonly id?: string }).id;
      return 'phrases' in value && 'sets' in value ? scenarioHash(value as Vocabulary) : value;
    }),
  );
}
