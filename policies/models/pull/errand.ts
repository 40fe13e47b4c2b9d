import { rm, stat } from 'node:fs/promises';
import { UnderstudyError } from '../../../env/error.ts';
import type { PulledModel } from '../../../workspace/pulled-model.ts';
import { type GgufHeader, HeaderDamage, readGgufHeader } from '../gguf/header.ts';
import { identityOfShards, misfit, shardNames, shardOf } from '../gguf/shards.ts';
import { hashOf, requireSpace } from './disk.ts';
import type { RemoteFile } from './inspect.ts';
import { notOurs } from './present.ts';
import type { PullOptions } from './source.ts';

/** What is known of the model before it is fetched, and must prove true. */
export interface Wanted {
  readonly sha256?: string;
  readonly bytes?: number;
  readonly verified: PulledModel['verified'];
}

/** A file of a model on its way: where it comes from, where it goes, and where it lies meanwhile. */
export interface Errand {
  readonly announced: RemoteFile;
  /** SHA-256 that it must have, where that is known. */
  readonly sha256: string | undefined;
  readonly place: string;
  readonly part: string;
}

export interface Arrived {
  /** Where it lies: its part, or its place where it has been before. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** What is announced of a model in shards: the sum of the sizes, and the hash over all hashes. */
export function together(url: string, shards: readonly RemoteFile[]): RemoteFile {
  const sizes = shards.map(({ size }) => size);
  const hashes = shards.map(({ sha256 }) => sha256);
  return {
    url,
    ...(sizes.every((size) => size !== undefined) && { size: sizes.reduce((sum, size) => sum + size, 0) }),
    ...(hashes.every((hash) => hash !== undefined) && { sha256: identityOfShards(hashes) }),
  };
}

/**
 * Files that an earlier pull, cut off or of another version, left in their places and that are right.
 * @param old what the record lists; undefined without a record
 * @param same whether the record is of the same source
 * @throws {UnderstudyError} PULL_DAMAGED for a file that pull did not put there
 */
export async function keptOf(
  errands: readonly Errand[],
  old: readonly { path: string; sha256?: string }[] | undefined,
  same: boolean,
  options: PullOptions,
): Promise<(Arrived | undefined)[]> {
  const kept: (Arrived | undefined)[] = [];
  for (const { announced, sha256, place } of errands) {
    const listed = old?.find(({ path }) => path === place);
    const found = await stat(place).catch(() => undefined);
    const expected = sha256 ?? (same ? listed?.sha256 : undefined);
    // What pull put there and is of another size is another version.
    if (!found || (listed && found.size !== announced.size)) kept.push(undefined);
    else {
      const hash = (await hashOf(place, options, 'checking what is already here')).digest('hex');
      if (!listed && hash !== expected) throw notOurs(place, options.model, hash);
      kept.push(hash === expected ? { path: place, size: found.size, sha256: hash } : undefined);
    }
  }
  return kept;
}

/** @throws {UnderstudyError} PULL_SPACE where the disk has no room for all shards */
export async function requireRoom(
  errands: readonly Errand[],
  kept: readonly (Arrived | undefined)[],
  directory: string,
): Promise<void> {
  let missing = 0;
  for (const [i, { announced, part }] of errands.entries()) {
    if (kept[i] || announced.size === undefined) continue;
    const begun = await stat(part).catch(() => undefined);
    missing += Math.max(0, announced.size - (begun?.size ?? 0));
  }
  await requireSpace(directory, missing);
}

/**
 * The hash of what arrived, after a look at how it fits together.
 * @throws {UnderstudyError} PULL_DAMAGED for shards that do not, for one that came alone, and for a wrong hash
 */
export async function identityOf(
  errands: readonly Errand[],
  arrived: readonly Arrived[],
  wanted: Wanted,
): Promise<string> {
  const sources = errands.map(({ announced }) => announced.url);
  const refuse = async (what: string, parts: readonly Arrived[] = arrived): Promise<never> => {
    for (const { path } of parts) if (path.endsWith('.part')) await rm(path, { force: true });
    throw new UnderstudyError('PULL_DAMAGED', what);
  };
  const headers: GgufHeader[] = [];
  for (const [i, { path, size }] of arrived.entries()) {
    const header = await readGgufHeader(path).catch((error: Error) => error);
    if (header instanceof Error && !(header instanceof HeaderDamage)) throw header;
    if (arrived.length === 1) {
      const shard = header instanceof Error ? undefined : shardOf(header);
      if (shard)
        await refuse(
          `${sources[0]} is shard ${shard.number} of ${shard.count} of a model, and its name does not say where the others are; name the first one as it was made, ${shardNames({ stem: 'NAME', count: shard.count })[0]}`,
        );
      return arrived[0]!.sha256;
    }
    if (header instanceof Error) return refuse(`${sources[i]} is damaged: ${header.message}`, [arrived[i]!]);
    if (header.end > size)
      await refuse(`${sources[i]} is cut off: its weights end at byte ${header.end}, the file at byte ${size}`, [
        arrived[i]!,
      ]);
    headers.push(header);
  }
  const unfit = misfit(headers.map((header, i) => ({ path: sources[i]!, header })));
  if (unfit) await refuse(`${unfit.path} ${unfit.what}`);
  const sha256 = identityOfShards(arrived.map(({ sha256 }) => sha256));
  if (wanted.sha256 !== undefined && sha256 !== wanted.sha256)
    await refuse(
      `${sources[0]} and its other shards are damaged or another model: SHA-256 over all is ${sha256}, ${wanted.verified === 'given' ? '--sha256 is' : 'expected'} ${wanted.sha256}`,
    );
  return sha256;
}
