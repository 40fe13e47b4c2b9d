import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { GgufHeader } from './header.ts';

/** Which shard of a model a file is, by its name: `NAME-00002-of-00003.gguf` is the second of three. */
export interface ShardName {
  /** What precedes `-00002-of-00003.gguf`: a path or an address. */
  readonly stem: string;
  /** From 1. */
  readonly number: number;
  readonly count: number;
  /** What follows `.gguf` in an address: its query. */
  readonly rest: string;
}

/**
 * Reads the name that llama.cpp gives a shard; undefined for any other name.
 * @param path a path, or an address with or without a query
 */
export function parseShardName(path: string): ShardName | undefined {
  const [, stem, number, count, rest] = /^(.*)-(\d{5})-of-(\d{5})\.gguf((?:[?#].*)?)$/s.exec(path) ?? [];
  const name = { stem: stem ?? '', number: Number(number), count: Number(count), rest: rest ?? '' };
  return name.number >= 1 && name.number <= name.count ? name : undefined;
}

/** Names of all shards of a model, the first one first. */
export function shardNames({ stem, count, rest }: Pick<ShardName, 'stem' | 'count'> & { rest?: string }): string[] {
  const digits = (number: number) => String(number).padStart(5, '0');
  return Array.from({ length: count }, (_, i) => `${stem}-${digits(i + 1)}-of-${digits(count)}.gguf${rest ?? ''}`);
}

/** What a header says of the shard that it heads; undefined for a file that is a whole model. */
export function shardOf({ metadata }: GgufHeader): { number: number; count: number } | undefined {
  const count = metadata.get('split.count');
  if (typeof count !== 'number' || count <= 1) return undefined;
  return { number: Number(metadata.get('split.no') ?? 0) + 1, count };
}

/**
 * The identity of a model in shards: SHA-256 over the SHA-256 of each shard, as 64 hexadecimal digits and a line feed, in
 * order. `sha256sum NAME-*.gguf | cut -c-64 | sha256sum` gives the same.
 */
export function identityOfShards(hashes: readonly string[]): string {
  return createHash('sha256')
    .update(hashes.map((hash) => `${hash}\n`).join(''))
    .digest('hex');
}

/** Metadata that some tools repeat in each shard: where two shards have one, both must say the same. */
const COMMON = ['general.architecture', 'general.name', 'split.tensors.count'];

/**
 * What is wrong with a set of shards: one in another's place, or of another model.
 * @param shards path and header of each, in order
 * @returns the path of the shard and what is wrong with it; undefined where they fit
 */
export function misfit(
  shards: readonly { readonly path: string; readonly header: GgufHeader }[],
): { path: string; what: string } | undefined {
  const [first] = shards as [(typeof shards)[0]];
  const owner = new Map<string, string>();
  for (const [i, { path, header }] of shards.entries()) {
    const found = shardOf(header);
    const due = `shard ${i + 1} of ${shards.length}`;
    if (found === undefined) return { path, what: `is a whole model, not ${due}` };
    if (found.number !== i + 1 || found.count !== shards.length)
      return { path, what: `holds shard ${found.number} of ${found.count}, not ${due}` };
    for (const key of COMMON) {
      const [here, there] = [header.metadata.get(key), first.header.metadata.get(key)];
      if (here !== undefined && there !== undefined && here !== there)
        return { path, what: `is of another model than ${basename(first.path)}: its ${key} is ${here}, not ${there}` };
    }
    for (const tensor of header.tensors) {
      const other = owner.get(tensor);
      if (other !== undefined)
        return { path, what: `is of another model than ${basename(other)}: both hold the tensor ${tensor}` };
      owner.set(tensor, path);
    }
  }
  const total = first.header.metadata.get('split.tensors.count');
  if (typeof total === 'number' && total !== owner.size)
    return {
      path: first.path,
      what: `and its other ${shards.length - 1} shards hold ${owner.size} tensors, the model has ${total}: one of them is of another model`,
    };
  return undefined;
}
