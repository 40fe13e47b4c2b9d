import { join } from 'node:path';
import type { DatasetManifest } from '../distill/dataset/dataset.ts';
import { samplings } from '../distill/dataset/sample.ts';
import { splits } from '../distill/dataset/splits.ts';
import { phraseOrders } from '../env/sampling/orders.ts';
import { emptyContexts } from '../env/sampling/states.ts';
import { elicitations } from '../policies/policy.ts';
import { rungWords } from '../policies/rungs.ts';
import { choice, flag, integer, integerOrAll, list, number, text } from './options.ts';
import { defineVerb } from './verb.ts';
import { grouped } from './wording.ts';

export default defineVerb({
  name: 'dataset',
  summary: 'ask a teacher about a sample of states: data/train.jsonl and data/test.jsonl',
  description: [
    'Asks a teacher how people with given traits would decide in given situations and writes data/train.jsonl (80 %), data/test.jsonl (20 %), data/rejects.jsonl (states without a usable answer, with the reason) and data/dataset.json (where it all comes from, what it cost, what is held out).',
    'A row has traits and context in the order shown, probability_LLM, with --repeats the spread, the explanation where asked for, and its provenance. A larger stratified sample contains every smaller one of the same seed. No permutation of a test state is in train, but with --split order.',
    'Every answer is kept in data/labels.jsonl and never asked for again: stopped anywhere, the same command goes on and ends with the same rows, byte for byte.',
  ].join('\n'),
  options: {
    teacher: text(
      'Who is asked: tiny, gemma-3-4b (after pull), gguf:PATH, server:URL#MODEL, recorded:FILE or oracle.',
      {
        default: 'tiny',
      },
    ),
    sampling: choice(
      'Which states: stratified by number of traits and contexts; pairwise, the few in which every two phrases are met in every way (present or absent), filled up stratified to --size; or all.',
      samplings,
      { shown: 'stratified' },
    ),
    size: integerOrAll(
      'How many states, or all: 16,933 of ice-cream-v1, 16,992 with the empty context; of recorded:FILE those that the file has.',
      { min: 5, shown: '2000; what the pairs need; all of recorded:FILE' },
    ),
    'empty-context': choice(
      'Whether an ordinary hour, in which no context holds, is among the states. A simulation meets it.',
      emptyContexts,
      { shown: 'include, but exclude with all' },
    ),
    order: choice('Order in which phrases are shown.', phraseOrders, { default: 'canonical' }),
    elicit: choice(
      'How the number is read: expected is the mean over all the numbers that the model might say, greedy its likeliest reply, sample one drawn at --temperature.',
      elicitations,
      { shown: 'expected; with --explain greedy' },
    ),
    temperature: number('For --elicit sample.', { default: 1, min: 0.01 }),
    repeats: integer(
      'How often each state is asked about: with --elicit sample draws, with --order shuffled another order each time. A row has their mean, spread and values.',
      { default: 1, min: 1 },
    ),
    explain: flag(
      'Ask for an explanation with every row. With --elicit expected it is the greedy reply’s, and the row says which probability it goes with.',
    ),
    'explain-share': number('Ask for one with this share of the states only, above 0 and at most 1.', { max: 1 }),
    split: choice(
      'What the test rows are held out by: state; whole sets of traits or of contexts; size (the states with most phrases); or order (states of train in an order that train does not show).',
      splits,
      { default: 'state' },
    ),
    export: list(
      text(
        'Write the rows to FILE as well: .jsonl in the research original’s shape (train first, then test), .csv or .parquet with a column split. Relative to the current directory.',
        { placeholder: 'FILE' },
      ),
    ),
  },
  examples: [
    ['understudy dataset', '2,000 states from the bundled stand-in teacher'],
    ['understudy dataset --teacher gemma-3-4b --size 9000 --elicit greedy --explain', 'as the research project did it'],
    ['understudy dataset --size all --order shuffled --seed 7', 'every state, phrases in random order'],
    ['understudy dataset --elicit sample --repeats 5 --explain-share 0.1', 'five draws a state, a tenth explained'],
    ['understudy dataset --sampling pairwise', 'a look at how all pairs of phrases work together, in a few questions'],
    ['understudy dataset --split traits --export rows.parquet', 'tests on people that are not in train'],
    [
      'understudy dataset --teacher recorded:gemma.jsonl --export gemma.csv',
      'splits and converts decisions that somebody else has asked for',
    ],
  ],
  async run({ values, signal, progress, log, report }) {
    const { teacher, sampling, size, order, explain, temperature, repeats, split, workspace, seed } = values;
    const { dataset } = await import('../distill/dataset/dataset.ts');
    const result = await dataset({
      teacher,
      sampling,
      size,
      emptyContext: values['empty-context'],
      order,
      elicit: values.elicit ?? (explain ? 'greedy' : 'expected'),
      temperature,
      repeats,
      explain,
      explainShare: values['explain-share'],
      split,
      exports: values.export,
      workspace,
      seed,
      signal,
      progress,
      log,
    });
    report(result, datasetWords(result, workspace, values.export));
  },
});

function datasetWords(result: DatasetManifest, workspace: string, exported: readonly string[]): string[] {
  const { files, heldOut, answers, asked, explanations } = result;
  const { train, test, rejects } = files;
  const { covering } = result.sampling;
  const how = [
    result.elicitation,
    `${result.order} order`,
    ...(result.repeats > 1 ? [`${result.repeats} repeats`] : []),
  ];
  const recorded = result.elicitation === 'recorded';
  const read = rungWords(result.rungs);
  return [
    `${grouped(asked)} observations ${recorded ? 'read from' : 'asked of'} ${result.teacher} (${how.join(', ')})`,
    ...(result.caveat ? [`  Note: ${result.caveat}.`] : []),
    ...(answers.remembered && !recorded
      ? [`  ${grouped(answers.remembered)} of ${grouped(answers.total)} answers were remembered`]
      : []),
    ...(read ? [`  ${read}`] : []),
    ...(covering ? [`  The first ${covering.rows} cover all ${covering.pairs} pairs of phrases`] : []),
    ...(explanations.wanted > 0 ? [`  ${grouped(explanations.given)} have an explanation`] : []),
    `  ${grouped(train.rows)} to ${join(workspace, train.path)}`,
    `  ${grouped(test.rows)} to ${join(workspace, test.path)}${heldOut.by === 'state' ? '' : ` (${result.split})`}`,
    ...(rejects.rows > 0 ? [`  ${grouped(rejects.rows)} could not be used: ${join(workspace, rejects.path)}`] : []),
    ...exported.map((path) => `  ${grouped(train.rows + test.rows)} to ${path}`),
    'Next: understudy train --student all',
  ];
}
