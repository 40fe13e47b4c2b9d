import { UnderstudyError } from '../../../env/error.ts';
import { suggestion } from '../../../env/suggestion.ts';
import { isModelName, type NamedModel } from '../catalog.ts';
import { parseShardName, shardNames } from '../gguf/shards.ts';
import type { DownloadOptions } from './download.ts';

export interface PullOptions extends DownloadOptions {
  /** A name of the table, or with `from` any name made of letters, digits, `.`, `-` and `_`. */
  readonly model: string;
  /** Directory of the study. */
  readonly workspace: string;
  /** URL or file to take it from instead of its own address; the first shard of a model in several files. */
  readonly from?: string;
  /** What the file must hash to, for a model that the table does not pin; of a model in shards see `identityOfShards`. */
  readonly sha256?: string;
  /** The table of models; default: namedModels. */
  readonly models?: readonly NamedModel[];
}

/** @throws {UnderstudyError} PULL_MODEL for a name outside the table that cannot be given to a model */
export function requireUsable(model: string, from: string | undefined, models: readonly NamedModel[]): void {
  const names = models.map(({ name }) => name);
  if (from === undefined) {
    const meant = suggestion(model, names);
    throw new UnderstudyError(
      'PULL_MODEL',
      `unknown model: ${model} (known: ${names.join(', ')})${meant ? `; did you mean ${meant}?` : '; any other GGUF with --from URL or --from FILE'}`,
    );
  }
  if (!isModelName(model))
    throw new UnderstudyError(
      'PULL_MODEL',
      `a model's name is up to 100 letters, digits, . - and _, and begins with a letter or a digit; got "${model}"`,
    );
  if (OTHER_POLICIES.includes(model))
    throw new UnderstudyError('PULL_MODEL', `${model} is the name of another policy; choose a different one`);
}

/** Names that `--teacher` and `--policy` take for something else. */
const OTHER_POLICIES = ['oracle', 'uniform'];

export const isRemote = (source: string) => /^https?:/i.test(source);

/** Where --from points: a page of the hub about a file stands for the file itself. */
export function sourceOf(from: string, hub: string): string {
  if (!isRemote(from)) return from;
  if (!URL.canParse(from)) throw new UnderstudyError('PULL_MODEL', `--from ${from} is not a valid URL`);
  const url = new URL(from);
  if (url.origin === new URL(hub).origin)
    url.pathname = url.pathname.replace(/^(\/[^/]+\/[^/]+)\/blob\//, '$1/resolve/');
  return url.href;
}

/**
 * The files of a model, by the first: itself, or all its shards in order.
 * @throws {UnderstudyError} PULL_MODEL for a shard that is not the first
 */
export function filesOf(source: string): string[] {
  const shard = parseShardName(source);
  if (!shard || shard.count === 1) return [source];
  const names = shardNames(shard);
  if (shard.number !== 1)
    throw new UnderstudyError(
      'PULL_MODEL',
      `${source} is shard ${shard.number} of ${shard.count}; name the first one, ${names[0]}, and the others are taken with it`,
    );
  return names;
}

/** What to do with a file that is not the one its name stands for. */
export const underAnotherName = (from: string) =>
  `to use it all the same, take it under a name of its own: understudy pull NAME ${from}`;
