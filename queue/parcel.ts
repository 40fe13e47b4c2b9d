import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Redis } from 'ioredis';
import { UnderstudyError } from '../env/error.ts';
import type { Vocabulary } from '../env/scenario.ts';
import type { ShardedVerb } from '../policies/shards/sharded.ts';
import { filesOfScenario } from '../scenarios/load.ts';
import { partsOfName } from '../scenarios/open-scenario.ts';
import { hashOf } from '../workspace/hash.ts';
import { ownPackage } from '../workspace/package.ts';
import { workspace as pathsOf } from '../workspace/paths.ts';
import { putFile } from './files.ts';
import type { Parcel } from './job.ts';
import { sourceOf } from './models.ts';

export interface Command {
  readonly verb: ShardedVerb;
  /** What follows the verb, without what only the coordinator needs. */
  readonly args: readonly string[];
  readonly workspace: string;
  /** The world, the SHA-256 of its tables, and where it comes from. */
  readonly scenario: Vocabulary;
  readonly world: string;
  readonly source: string;
  /** Names, as they are written, of models that only some workers have, by what the queue calls them. */
  readonly models: ReadonlyMap<string, string>;
}

export interface Packed {
  /** What decides the results: the same command on the same files is the same run, whatever was answered meanwhile. */
  readonly run: string;
  readonly parcel: Parcel;
}

/**
 * Puts on the server what a worker needs for a command: the files that it names, the scenario with what it imports and its
 * population, the workspace's students, and everything that was answered before.
 * @throws {UnderstudyError} QUEUE_JOB for a path that another machine cannot have
 */
export async function pack(command: Command, server: Redis): Promise<Packed> {
  const { verb, args, workspace, models } = command;
  for (const arg of args) requireRelative(arg);
  const inputs = new Set([...filesNamed(args), ...(await filesOfWorld(command)), ...filesOfWorkspace(workspace)]);
  const stores = filesOfStores(workspace).filter((path) => !inputs.has(path));
  const named = [...models.values()].filter((name) => name.startsWith('gguf:')).map((name) => resolve(name.slice(5)));
  const common = commonFolder([process.cwd(), resolve(workspace), ...inputs, ...named]);
  const below = (path: string) => relative(common, path).split(sep).join('/');
  const carried = async (paths: Iterable<string>) => {
    const files: { path: string; sha256: string }[] = [];
    for (const path of [...paths].sort())
      files.push({ path: below(path), sha256: await putFile(server, await readFile(path)) });
    return files;
  };
  const what = {
    ...{ version: ownPackage().version, verb, args: [...args] },
    ...{ directory: below(process.cwd()), workspace: below(resolve(workspace)) },
    models: await hashesOf(models, workspace),
  };
  const files = await carried(inputs);
  return {
    run: hashOf({ ...what, world: command.world, files }).slice(0, 16),
    parcel: { ...what, files: [...files, ...(await carried(stores))] },
  };
}

async function hashesOf(models: ReadonlyMap<string, string>, workspace: string): Promise<Parcel['models']> {
  const known: Parcel['models'] = [];
  for (const [name, written] of models) {
    const { sha256 } = (await sourceOf(written, workspace)) ?? {};
    known.push({ name, ...(sha256 !== undefined && { sha256 }) });
  }
  return known;
}

/** What may be a path in an argument: all of it, what follows a prefix, and parts of it. */
function candidates(arg: string): string[] {
  const value = arg.startsWith('-') ? arg.slice(arg.indexOf('=') + 1) : arg;
  const parts = value.split(',').flatMap((part) => [part, part.slice(part.indexOf(':') + 1)]);
  return [value, ...parts].map((text) => partsOfName(text).file);
}

/** @throws {UnderstudyError} QUEUE_JOB for an absolute path */
function requireRelative(arg: string): void {
  const path = candidates(arg).find((text) => isAbsolute(text) && existsSync(text));
  if (path === undefined) return;
  throw new UnderstudyError(
    'QUEUE_JOB',
    `${path} is where it is on this machine alone; write it relative to the current directory: ${relative(process.cwd(), path)}`,
  );
}

/** Files that arguments name, models excepted, each with the configuration of a student beside it. */
function filesNamed(args: readonly string[]): string[] {
  return args
    .filter((arg) => !/(?:^|[=,:])gguf:/.test(arg))
    .flatMap(candidates)
    .filter(isFile)
    .map((path) => resolve(path))
    .flatMap((path) => (extname(path) === '.onnx' ? [path, ...configurationOf(path)] : [path]));
}

function configurationOf(onnx: string): string[] {
  const name = `${basename(onnx, '.onnx')}.json`;
  return [join(dirname(onnx), name), join(dirname(onnx), '..', 'configs', name)].filter(isFile);
}

const isFile = (path: string) => path !== '' && (statSync(path, { throwIfNoEntry: false })?.isFile() ?? false);

/** The scenario's files, and the table of its population. */
async function filesOfWorld({ source, scenario }: Command): Promise<string[]> {
  const { file } = partsOfName(source);
  if (!isFile(file)) return [];
  const path = resolve(file);
  const people = scenario.population === undefined ? [] : [resolve(dirname(path), scenario.population)];
  return [...(await filesOfScenario(path)), ...people];
}

/** What decides what a command does in a workspace. */
function filesOfWorkspace(directory: string): string[] {
  const { scenario, savedModels, configs, ensemble } = pathsOf(directory);
  return [scenario].filter(isFile).concat(filesIn(savedModels), filesIn(configs), filesIn(ensemble));
}

/** What was answered or played before, which saves work and decides nothing, and which world that was, which is known by its hash. */
function filesOfStores(directory: string): string[] {
  const { study, labels, dataset, runs, sweep } = pathsOf(directory);
  return [study, labels, dataset, runs, join(sweep, 'journal.jsonl')].filter(isFile);
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.lock'))
    .map((entry) => join(entry.parentPath, entry.name));
}

function commonFolder(paths: readonly string[]): string {
  const split = paths.map((path) => path.split(sep));
  const [first = ['']] = split;
  let depth = 0;
  while (depth < first.length && split.every((parts) => parts[depth] === first[depth])) depth++;
  return first.slice(0, depth).join(sep) || sep;
}
