import { AsyncLocalStorage } from 'node:async_hooks';
import type { MergeWork } from './merge-work.ts';
import { ShardEnd, type ShardReport, type ShardWork } from './shard-work.ts';

const works = new AsyncLocalStorage<ShardWork | MergeWork>();

/** The shard or merge that this work is part of; undefined outside of both. */
export const currentWork = (): ShardWork | MergeWork | undefined => works.getStore();

/** The shard that is being done. */
export function currentShard(): ShardWork | undefined {
  const work = works.getStore();
  return work && !work.merges ? (work as ShardWork) : undefined;
}

/** The merge that is being made. */
export function currentMerge(): MergeWork | undefined {
  const work = works.getStore();
  return work?.merges ? (work as MergeWork) : undefined;
}

/**
 * Between the pieces of a command and its results: ends a shard, which has no results, and puts what a merge brought into the
 * stores. Does nothing in a single run.
 * @throws {ShardEnd} in a shard; {UnderstudyError} SHARD_MISSING in a merge
 */
export async function piecesAreDone(): Promise<void> {
  await works.getStore()?.end();
}

/** Whether results would lack pieces here, so that they are not to be computed: `piecesAreDone` says which. */
export function piecesAreOpen(): boolean {
  const work = works.getStore();
  return work !== undefined && (work.merges ? (work as MergeWork).isOpen : true);
}

/** Does the pieces of a shard by a command that calls `piecesAreDone` when they are. */
export async function doShard(shard: ShardWork, command: () => Promise<unknown>): Promise<ShardReport> {
  try {
    await works.run(shard, command);
  } catch (error) {
    if (error instanceof ShardEnd) return error.report;
    throw error;
  }
  throw new Error(`${shard.header.verb} has no pieces`);
}

/** Does a command with what shards brought. */
export const doMerge = <T>(merge: MergeWork, command: () => Promise<T>): Promise<T> => works.run(merge, command);
