import { existsSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { UnderstudyError } from '../env/error.ts';
import { groupShards, requireWorld, type ShardGroup } from '../policies/shards/incoming.ts';
import { grains, runMerge } from '../policies/shards/sharded.ts';
import { grouped } from '../report/wording.ts';
import { shippedNames } from '../scenarios/default-world.ts';
import { type OpenStudy, openStudy } from '../scenarios/study.ts';
import { workspace as pathsOf } from '../workspace/paths.ts';
import { readShards, shardFiles } from '../workspace/shards.ts';
import { flag, type Options, readArguments } from './options.ts';
import { requireWithin } from './shard.ts';
import { commonOptions, defineVerb, scenarioOptions, type Verb, type Work } from './verb.ts';

const verbs: Readonly<Record<string, () => Promise<{ readonly default: Verb }>>> = {
  dataset: () => import('./dataset.ts'),
  stability: () => import('./stability.ts'),
  simulate: () => import('./simulate.ts'),
  sweep: () => import('./sweep.ts'),
  audit: () => import('./audit.ts'),
};

export default defineVerb({
  name: 'merge',
  summary: 'join the shards of a command and write its results',
  description: [
    'Joins what dataset, stability, simulate --replications, sweep and audit did with --shard i/n: the files in shards/ of the workspace, or the files and folders named here, as they were carried together from n machines. Then does the same command once more with their answers and runs in place of asking and playing: results are those of a single run, byte for byte, from the same labels. No model is opened.',
    'Shards that contradict each other or the workspace, were changed, or are of another version or world are refused by file and line, and nothing is touched; likewise if pieces are missing, which are told by shard. Merged files of shards/ are removed, others stay. Merging twice changes nothing.',
  ].join('\n'),
  world: 'none',
  positionals: ['FILE|DIR…'],
  options: {
    partial: flag(
      'Results of what is there, although shards are missing: what no shard brought counts as not answered, or as failed.',
    ),
    keep: flag('Keeps the files of shards/.'),
    ...scenarioOptions,
  },
  stopped: 'nothing is lost: the same command merges them',
  examples: [
    ['understudy merge', 'what lies in shards/, after the last job of an array'],
    ['understudy merge carried/node-1 carried/node-2', 'files that n machines wrote'],
    ['understudy merge --partial', 'results of the shards that are done'],
  ],
  async run({ values, positionals, signal, progress, log, report }) {
    const { workspace, partial } = values;
    const folder = pathsOf(workspace).shards;
    const own = new Set((await shardFiles(folder)).map((path) => resolve(path)));
    if (positionals.length === 0 && own.size === 0)
      throw new UnderstudyError(
        'SHARD_FILE',
        `${folder} has no shard: nothing is left to merge; shards come from commands with --shard i/n`,
      );
    const groups = groupShards(await readShards(positionals.length > 0 ? positionals : [folder]));
    const asked = {
      workspace,
      ...(values.scenario !== undefined && { scenario: values.scenario }),
      parameters: Object.fromEntries(values.set.map(({ name, value }) => [name, value])),
    };
    const merged: object[] = [];
    const lines: string[] = [];
    for (const group of groups) {
      const study = await worldOf(group, asked);
      const made = await replay(group, study, { workspace, partial }, { signal, progress, log });
      const { verb, command } = group.header;
      merged.push({ verb, command, ...made.counts, result: made.result });
      const { present, of, added, open } = made.counts;
      lines.push(
        `${verb}: ${grouped(present.length)} of ${grouped(of)} shards, ${grouped(added)} ${grains[verb] === 'questions' ? 'answers' : 'answers and runs'} added${open > 0 ? `, ${grouped(open)} missing` : ''}`,
        ...made.lines,
      );
      if (values.keep) continue;
      // A partial result leaves what may be merged again with the rest.
      for (const { name } of open > 0 ? [] : group.files) if (own.has(resolve(name))) await rm(name, { force: true });
    }
    await rmdir(folder).catch(() => {});
    report({ merged }, lines);
  },
});

/** The world of some shards: the workspace's, one that is named, or a shipped one that they name themselves. */
async function worldOf(
  group: ShardGroup,
  asked: {
    readonly workspace: string;
    readonly scenario?: string;
    readonly parameters: Readonly<Record<string, number>>;
  },
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
async function replay(
  group: ShardGroup,
  study: OpenStudy,
  { workspace, partial }: { readonly workspace: string; readonly partial: boolean },
  { signal, progress, log }: Pick<Work<Options>, 'signal' | 'progress' | 'log'>,
) {
  const { header, files } = group;
  const load = Object.hasOwn(verbs, header.verb) ? verbs[header.verb] : undefined;
  if (!load || !header.args)
    throw new UnderstudyError(
      'SHARD_FILE',
      load
        ? `${files[0]!.name} is of a program that called ${header.verb}(): merge it there, with the option \`shards\``
        : `${files[0]!.name} is of a command that has no shards: ${header.verb} (known: ${Object.keys(verbs).join(', ')})`,
    );
  const verb = (await load()).default;
  const table = { ...verb.options, ...scenarioOptions, ...commonOptions, ...verb.options };
  const given = readArguments(verb.name, table, [...header.args, '--workspace', workspace], verb.positionals);
  requirePaths(verb.name, given.values);
  let [result, lines]: [object, readonly string[]] = [{}, []];
  const { counts } = await runMerge(group, { workspace, partial, log }, () =>
    verb.run({
      ...given,
      ...{ scenario: study.scenario, reopen: study.reopen, source: study.source, signal, progress, log },
      report: (made, words) => {
        [result, lines] = [made, words];
      },
    } as Parameters<Verb['run']>[0]),
  );
  if (verb.world === undefined) await study.remember();
  return { result, lines, counts };
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
