import { grains, type ShardedVerb } from '../policies/shards/sharded.ts';
import { grouped } from '../report/wording.ts';
import type { MergedCommand } from './merge-shards.ts';
import { flag } from './options.ts';
import { defineVerb, scenarioOptions } from './verb.ts';

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
    const { workspace, scenario, set, partial, keep } = values;
    const { merge } = await import('./merge-shards.ts');
    const { merged } = await merge({
      ...{ workspace, files: positionals, partial, keep, signal, progress, log },
      ...(scenario !== undefined && { scenario }),
      parameters: Object.fromEntries(set.map(({ name, value }) => [name, value])),
    });
    report({ merged: merged.map(({ lines: _, ...one }) => one) }, merged.flatMap(wordsOf));
    return merged.every(({ ok }) => ok) ? undefined : 'failed';
  },
});

function wordsOf({ verb, present, of, added, open, lines }: MergedCommand): string[] {
  const pieces = grains[verb as ShardedVerb] === 'questions' ? 'answers' : 'answers and runs';
  return [
    `${verb}: ${grouped(present.length)} of ${grouped(of)} shards, ${grouped(added)} ${pieces} added${open > 0 ? `, ${grouped(open)} missing` : ''}`,
    ...lines,
  ];
}
