import { UnderstudyError } from '../../env/error.ts';
import type { Shard } from '../../env/shard.ts';
import { hashOf } from '../../workspace/hash.ts';
import { ownPackage } from '../../workspace/package.ts';
import { workspace as pathsOf } from '../../workspace/paths.ts';
import type { ShardHeader } from '../../workspace/shards.ts';
import { doMerge, doShard } from './current.ts';
import { Incoming, type ShardGroup } from './incoming.ts';
import { type MergeCounts, MergeWork } from './merge-work.ts';
import { type Grain, type ShardReport, ShardWork } from './shard-work.ts';

/** Verbs whose work is done in shards, and what their pieces are. */
export const grains = {
  dataset: 'questions',
  stability: 'questions',
  simulate: 'runs',
  sweep: 'runs',
  audit: 'runs',
} as const satisfies Readonly<Record<string, Grain>>;
export type ShardedVerb = keyof typeof grains;

/** Whether a verb's work is done in shards. */
export const isSharded = (verb: string): verb is ShardedVerb => Object.hasOwn(grains, verb);

/** A command whose work is done in shards. */
export interface ShardedCommand extends Pick<ShardHeader, 'args' | 'scenario' | 'parameters' | 'sha256'> {
  readonly verb: ShardedVerb;
  /** What decides its pieces beside the world, as data. */
  readonly options: object;
}

/** SHA-256 of a command: the same for all of its shards, on every machine. */
export const commandHash = ({ verb, options, sha256 }: Pick<ShardedCommand, 'verb' | 'options' | 'sha256'>): string =>
  hashOf({ verb, options, sha256 });

interface Work {
  readonly workspace: string;
  readonly log?: (line: string) => void;
}

/**
 * Does one shard of a command: the pieces that belong to it and are not known yet. What they come to is kept in a file of its
 * own; no result is written.
 * @param work does the whole command, and calls `piecesAreDone` before results
 * @throws {UnderstudyError} SHARD_FILE where the shard's file is of something else; and what the command throws
 */
export async function runShard(
  command: ShardedCommand,
  { index, of }: Shard,
  { workspace, log }: Work,
  work: () => Promise<unknown>,
): Promise<ShardReport> {
  const { verb, args, scenario, parameters, sha256 } = command;
  const header: ShardHeader = {
    ...{ understudy: ownPackage().version, verb, command: commandHash(command) },
    ...(args && { args }),
    ...{ scenario, parameters, sha256, index, of },
  };
  await using shard = await ShardWork.begin(pathsOf(workspace), header, grains[verb], log);
  return await doShard(shard, work);
}

/**
 * Does a command with what its shards brought, in place of asking and playing: stores and results are those of a single run.
 * @throws {UnderstudyError} SHARD_MISSING where pieces are open, unless `partial`; SHARD_CONFLICT, SHARD_FILE: nothing is written
 *   then; what the command throws, answers being kept where they are too few for results
 */
export async function runMerge<T>(
  group: ShardGroup,
  { workspace, partial, log }: Work & { readonly partial?: boolean },
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly counts: MergeCounts }> {
  const incoming = new Incoming(group, log);
  await using merge = new MergeWork(pathsOf(workspace), incoming, { ...(partial && { partial }), ...(log && { log }) });
  const result = await doMerge(merge, work).catch(async (error: unknown) => {
    // Answers that do not suffice for results are kept by a single run, too.
    if (error instanceof UnderstudyError && error.code === 'DISTILL_ANSWERS') await merge.end();
    throw error;
  });
  return { result, counts: merge.counts() };
}
