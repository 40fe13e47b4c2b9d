import { existsSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { UnderstudyError } from '../env/error.ts';
import type { WorkOptions } from '../env/work.ts';
import { groupShards, requireWorld, type ShardGroup } from '../policies/shards/incoming.ts';
import type { MergeCounts } from '../policies/shards/merge-work.ts';
import { grains, isSharded, runMerge } from '../policies/shards/sharded.ts';
import { shippedNames } from '../scenarios/default-world.ts';
import { type OpenStudy, openStudy } from '../scenarios/study.ts';
import { workspace as pathsOf } from '../workspace/paths.ts';
import { readShards, shardFiles } from '../workspace/shards.ts';
import { loaders } from './loaders.ts';
import { readArguments } from './options.ts';
import { requireWithin } from './shard.ts';
import { commonOptions, scenarioOptions, type Verb } from './verb.ts';

export interface MergeOptions extends WorkOptions {
  readonly workspace: string;
  /** Shards that command lines made, and folders of them. Default: the folder shards/ of the workspace. */
  readonly files?: readonly string[];
  /** NAME or FILE[#EXPORT]. Default: the workspace's, otherwise the shipped world that the shards name. */
  readonly scenario?: string;
  /** Values of the scenario's parameters, beside those that the shards name. */
  readonly parameters?: Readonly<Record<string, number>>;
  /** Whether shards may be missing; what none brought counts as not answered, or as failed. Default false. */
  readonly partial?: boolean;
  /** Whether the files in shards/ stay when they are merged. Default false. */
  readonly keep?: boolean;
}

/** A command whose shards were merged. */
export interface MergedCommand extends MergeCounts {
  readonly verb: string;
  /** SHA-256 of everything that decides what its pieces are. */
  readonly command: string;
  /** False where the command, run whole, would end with exit code 1: no run of a sweep or audit came to anything. */
  readonly ok: boolean;
  /** What the command gives when it is run whole, as its `--json` prints it. */
  readonly result: object;
  /** The same as the command prints it for people. */
  readonly lines: readonly string[];
}

export interface MergeReport {
  /** In the order of the files' names. */
  readonly merged: readonly MergedCommand[];
}

/**
 * Joins the shards of command lines, and does each command once more with their answers and runs: results of a single run.
 * @throws {UnderstudyError} SHARD_FILE, SHARD_CONFLICT or SHARD_MISSING by file and line, with nothing written
 */
export async function merge(options: MergeOptions): Promise<MergeReport> {
  const { workspace, files = [], keep = false } = options;
  const folder = pathsOf(workspace).shards;
  const own = new Set((await shardFiles(folder)).map((path) => resolve(path)));
  if (files.length === 0 && own.size === 0)
    throw new UnderstudyError(
      'SHARD_FILE',
      `${folder} has no shard: nothing is left to merge; shards come from commands with --shard i/n`,
    );
  const groups = groupShards(await readShards(files.length > 0 ? files : [folder]));
  const merged: MergedCommand[] = [];
  for (const group of groups) {
    const one = await replay(group, await worldOf(group, options), options);
    merged.push(one);
    // A partial result leaves what may be merged again with the rest.
    if (keep || one.open > 0) continue;
    for (const { name } of group.files) if (own.has(resolve(name))) await rm(name, { force: true });
  }
  await rmdir(folder).catch(() => {});
  return { merged };
}

/** The world of some shards: the workspace's, one that is named, or a shipped one that they name themselves. */
async function worldOf(
  group: ShardGroup,
  asked: Pick<MergeOptions, 'workspace' | 'scenario' | 'parameters'>,
): Promise<OpenStudy> {
  const { header } = group;
  const known = asked.scenario !== undefined || existsSync(pathsOf(asked.workspace).study);
  if (!known && !(shippedNames as readonly string[]).includes(header.scenario))
    throw new UnderstudyError(
      'SHARD_FILE',
      `${group.files[0]!.name} is of the scenario ${header.scenario}, which is not opened for a shard's sake: name it with --scenario FILE`,
    );
  const { scenario = header.scenario } = asked;
  const parameters = { ...header.parameters, ...asked.parameters };
  // A workspace without a study is of the default world, or of none yet.
  const study = await openStudy(known && asked.scenario === undefined ? { workspace: asked.workspace, parameters } : { workspace: asked.workspace, scenario, parameters }); // biome-ignore format: one line
  requireWorld(group, { scenario: study.scenario.id, sha256: study.sha256 });
  return study;
}

/** Does the command of some shards once more, with what they brought. */
async function replay(group: ShardGroup, study: OpenStudy, options: MergeOptions): Promise<MergedCommand> {
  const { header, files } = group;
  const { workspace, partial = false, signal = new AbortController().signal } = options;
  const { progress = () => {}, log = () => {} } = options;
  const known = isSharded(header.verb);
  if (!known || !header.args)
    throw new UnderstudyError(
      'SHARD_FILE',
      known
        ? `${files[0]!.name} is of a program that called ${header.verb}(): merge it there, with the option \`shards\``
        : `${files[0]!.name} is of a command that has no shards: ${header.verb} (known: ${Object.keys(grains).join(', ')})`,
    );
  const verb = (await loaders[header.verb]!()).default;
  const table = { ...verb.options, ...scenarioOptions, ...commonOptions, ...verb.options };
  const given = readArguments(verb.name, table, [...header.args, '--workspace', workspace], verb.positionals);
  requirePaths(verb.name, given.values);
  let [result, lines]: [object, readonly string[]] = [{}, []];
  const { result: outcome, counts } = await runMerge(group, { workspace, partial, log }, () =>
    verb.run({
      ...given,
      ...{ scenario: study.scenario, reopen: study.reopen, source: study.source, signal, progress, log },
      report: (made, words) => {
        [result, lines] = [made, words];
      },
    } as Parameters<Verb['run']>[0]),
  );
  if (verb.world === undefined) await study.remember();
  return { verb: header.verb, command: header.command, ...counts, ok: outcome !== 'failed', result, lines };
}

/** Shards say what command they are of: what that writes lies in the workspace, or below this folder. */
function requirePaths(verb: string, values: { readonly workspace: string } & Readonly<Record<string, unknown>>): void {
  const within = (path: string) =>
    [values.workspace, '.'].some((folder) => {
      const from = relative(resolve(folder), resolve(path));
      return !from.startsWith('..') && !isAbsolute(from);
    });
  for (const name of ['out', 'export'])
    for (const path of [values[name] ?? []].flat() as string[]) requireWithin(verb, name, path, within(path));
}
