import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UnderstudyError } from '../env/error.ts';
import { isShard, type Shard, shardName } from '../env/shard.ts';
import { hashOf } from './hash.ts';
import type { Workspace } from './paths.ts';
import { filesIn } from './result-file.ts';

/** What a shard belongs to. */
export const shardHeader = z.strictObject({
  /** The version that did it. */
  understudy: z.string(),
  /** What is done in shards: dataset, stability, simulate, sweep or audit. */
  verb: z.string(),
  /** SHA-256 of everything that decides what the pieces are. */
  command: z.string().regex(/^[0-9a-f]{64}$/),
  /** The command line without what differs from shard to shard; absent for a call of a function. */
  args: z.array(z.string()).readonly().optional(),
  /** The world, as `openScenario` takes it: a name, or a file. */
  scenario: z.string(),
  /** Values of the scenario's parameters that are not its defaults. */
  parameters: z.record(z.string(), z.number()),
  /** Of the canonical JSON of the world's compiled tables. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Its number, from 1 on. */
  index: z.number(),
  /** Number of shards. */
  of: z.number(),
});
export type ShardHeader = z.infer<typeof shardHeader>;

/** The key of a header's line. */
export const headerKey = (header: ShardHeader): string => hashOf({ header });

/** What a line of a shard's file holds beside labels, by the name that its record begins with. */
export const LINES = ['shard', 'opened', 'run', 'failure', 'beyond', 'spending'] as const;
export type LineKind = (typeof LINES)[number];

/** Where a shard of a command keeps what it did: `shards/dataset-5f2e9a1c.3-of-16.jsonl`. */
export const shardPath = ({ shards }: Workspace, { verb, command, index, of }: Omit<ShardHeader, 'understudy'>) =>
  join(shards, `${verb}-${command.slice(0, 8)}.${index}-of-${of}.jsonl`);

const SHARD_FILE = /^[a-z]+-[0-9a-f]{8}\.\d+-of-\d+\.jsonl$/;

/** A shard's file as it lies on a disk, or came from elsewhere. */
export interface ShardBytes {
  /** Its path, or what to call it. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Paths of the shards of a folder, in the order of their names; none if there is no such folder. */
export async function shardFiles(folder: string): Promise<string[]> {
  const names = (await filesIn(folder, '.jsonl')).filter((name) => SHARD_FILE.test(name));
  return names.sort(inOrder).map((name) => join(folder, name));
}

/** By command, then by number: 2 before 10. */
const inOrder = (a: string, b: string): number => {
  const [first, second] = [a, b].map((name) => /^(.*)\.(\d+)-of-\d+\.jsonl$/.exec(name)!);
  return first![1]! < second![1]! ? -1 : first![1]! > second![1]! ? 1 : Number(first![2]) - Number(second![2]);
};

/**
 * What lies at paths of shards, and of folders with shards in them.
 * @throws {UnderstudyError} DISTILL_FILE for a path where nothing is, and a folder without a shard
 */
export async function readShards(paths: readonly string[]): Promise<ShardBytes[]> {
  const found: ShardBytes[] = [];
  for (const path of paths) {
    const folder = (await stat(path).catch(() => undefined))?.isDirectory();
    const files = folder ? await shardFiles(path) : [path];
    if (folder && files.length === 0)
      throw new UnderstudyError('DISTILL_FILE', `${path} has no shard (VERB-COMMAND.i-of-n.jsonl)`);
    for (const name of files) found.push({ name, bytes: await bytesOf(name) });
  }
  return found;
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UnderstudyError('DISTILL_FILE', `${path} cannot be read (${code}); name shards, or folders of them`, {
      cause,
    });
  }
}

/** The header in a record of a shard's first line; undefined if it is something else. */
export function headerIn(record: unknown): ShardHeader | undefined {
  const { data } = shardHeader.safeParse((record as { shard?: unknown } | undefined)?.shard);
  return data && isShard(data) ? data : undefined;
}

/** What a shard is called in messages: "shard 3/16 of dataset". */
export const shardWords = (header: Pick<ShardHeader, 'verb'> & Shard): string =>
  `shard ${shardName(header)} of ${header.verb}`;
