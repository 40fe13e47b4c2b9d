import { join } from 'node:path';
import type { DatasetManifest } from '../distill/dataset/dataset.ts';
import { samplings } from '../distill/dataset/sample.ts';
import { splits } from '../distill/dataset/splits.ts';
import { UnderstudyError } from '../env/error.ts';
import { phraseOrders } from '../env/sampling/orders.ts';
import { emptyContexts } from '../env/sampling/states.ts';
import { elicitations } from '../policies/policy.ts';
import { rungWords } from '../policies/rungs.ts';
import { grouped } from '../report/wording.ts';
import { defaultWorld } from '../scenarios/default-world.ts';
import { choiceWords } from './choice-words.ts';
import { limitOptions } from './limits.ts';
import { choice, flag, integer, integerOrAll, list, number, text } from './options.ts';
import { planOptions, planWords } from './planned.ts';
import { shardOptions } from './shard.ts';
import { defineVerb } from './verb.ts';
import { nextWords } from './wording.ts';

export default defineVerb({
  name: 'dataset',
  summary: 'ask a teacher about a sample of states; writes train and test rows',
  description: [
    'Asks a teacher how people with given traits would decide in given situations. Writes data/train.jsonl (80 %), data/test.jsonl (20 %), data/rejects.jsonl (states without a usable answer, with the reason) and data/dataset.json (provenance, cost, what is held out).',
    'Each row has traits and context in the order shown, probability_LLM, the spread (with --repeats), the explanation (with --explain) and its provenance. A larger stratified sample contains every smaller one with the same seed. Except with --split order, no permutation of a test state is in train.',
    'Every answer is kept in data/labels.jsonl and never asked for again. If a run is stopped, the same command resumes it and ends with the same rows, byte for byte.',
  ].join('\n'),
  options: {
    teacher: text(
      'Teacher: tiny, gemma-3-4b (after pull), gguf:PATH, server:URL#MODEL, vllm:URL#MODEL, openai:MODEL, anthropic:MODEL, gemini:MODEL, ollama:MODEL, recorded:FILE or oracle.',
      {
        shown: 'tiny or oracle, by the scenario',
      },
    ),
    sampling: choice(
      'Choice of states: stratified by number of traits and contexts; pairwise, a small set that covers all combinations of any two phrases (present or absent), filled up to --size; population, --size draws of people by their traits’ weights in the situations that they meet, a row for each state weighted by its draws; or all. If contexts depend on traits, all but the last take only states that can occur.',
      samplings,
      { shown: 'stratified' },
    ),
    size: integerOrAll(
      `Number of states, or all (${defaultWorld.id}: ${defaultWorld.states}; recorded:FILE: those in the file).`,
      { min: 5, shown: '2000, or all if there are fewer; for pairwise, what the pairs need; for recorded:FILE, all' },
    ),
    'empty-context': choice(
      'Whether states in which no context holds are included. Simulations visit such states.',
      emptyContexts,
      { shown: 'include' },
    ),
    order: choice('Order in which the phrases are shown.', phraseOrders, { default: 'canonical' }),
    elicit: choice(
      'Reading of the decision: expected (mean over all numbers that the model might say), greedy (its likeliest reply), sample (one reply drawn at --temperature) or choice (probabilities of the letters A, B, … of the actions, over several orders of them).',
      elicitations,
      {
        shown:
          'expected, or choice among more than two actions, if the teacher can; otherwise greedy; with --explain greedy',
      },
    ),
    rotations: integer('Number of orders of the actions for --elicit choice.', {
      min: 1,
      shown: 'the number of actions, at most 4',
    }),
    'check-names': integer(
      'Number of questions that are asked again by the whole names of the actions, a check of --elicit choice: how far both answers lie apart. Model files only.',
      { min: 1 },
    ),
    temperature: number('Sampling temperature for --elicit sample.', { default: 1, min: 0.01 }),
    repeats: integer(
      'Number of questions per state: new draws with --elicit sample, another order each time with --order shuffled. The row has their mean, spread and values.',
      { default: 1, min: 1 },
    ),
    explain: flag(
      'Explanation with every row. With --elicit expected it belongs to the greedy reply, whose probability the row also has.',
    ),
    'explain-share': number('Share of the states that are asked for an explanation, above 0 and at most 1.', {
      max: 1,
    }),
    split: choice(
      'Unit that is held out for the test: state; whole sets of traits or contexts; size (the states with most phrases); or order (train states in an order that train does not show).',
      splits,
      { default: 'state' },
    ),
    export: list(
      text(
        'Additional file for the rows, relative to the current directory: .jsonl in the shape of the research original (train first, then test), .csv or .parquet with a column split.',
        { placeholder: 'FILE' },
      ),
    ),
    batch: flag(
      'Asks in batches: openai:, anthropic:, gemini: and servers with OpenAI’s batch API. Replies in words (--elicit greedy or sample) within a day, mostly at half the price. If it is stopped, wherever, the same command goes on without paying twice.',
    ),
    'batch-file': text(
      'Writes the open questions as a file of requests, for a batch API or vLLM’s run-batch on a network that cannot be reached from here, and asks nothing.',
      { placeholder: 'OUT.jsonl' },
    ),
    'batch-results': text('Results of such a file: its answers are kept, and the rows are made if none is open.', {
      placeholder: 'IN.jsonl',
    }),
    ...planOptions,
    ...shardOptions,
    ...limitOptions,
  },
  examples: [
    ['understudy dataset', '2,000 states from the bundled stand-in teacher'],
    [
      'understudy dataset --teacher gemma-3-4b --size 9000 --elicit greedy --explain',
      'the setting of the research project',
    ],
    ['understudy dataset --size all --order shuffled --seed 7', 'every state, phrases in random order'],
    ['understudy dataset --elicit sample --repeats 5 --explain-share 0.1', 'five draws per state, a tenth explained'],
    [
      'understudy dataset --scenario town.ts --teacher gemma-3-4b --elicit choice',
      'any number of actions, by the letters of the options',
    ],
    [
      'understudy dataset --scenario town.ts --teacher gemma-3-4b --check-names 50',
      'the letters held against the names of the actions',
    ],
    ['understudy dataset --sampling pairwise', 'all pairs of phrases, covered with few questions'],
    ['understudy dataset --sampling population --size 5000', 'states as often as a population meets them'],
    ['understudy dataset --split traits --export rows.parquet', 'a test on people who are not in train'],
    [
      'understudy dataset --teacher recorded:gemma.jsonl --export gemma.csv',
      'splits and converts decisions that somebody else collected',
    ],
  ],
  async run({ values, scenario, signal, progress, log, report }) {
    const { teacher, sampling, size, order, explain, temperature, repeats, split, workspace, seed } = values;
    const asked = {
      sampling,
      size,
      emptyContext: values['empty-context'],
      order,
      elicit: values.elicit,
      rotations: values.rotations,
      checkNames: values['check-names'],
      temperature,
      repeats,
      explain,
      explainShare: values['explain-share'],
      split,
    };
    const common = { teacher, scenario, workspace, seed, signal, progress, log };
    if (values.plan) {
      const { plan } = await import('../distill/plan/plan.ts');
      const { probe, prices } = values;
      const planned = await plan({ verb: 'dataset', ...common, dataset: asked, probe, prices });
      return report(planned, planWords(planned));
    }
    const written = values['batch-file'];
    if (written !== undefined) {
      const { writeBatchFile } = await import('../distill/dataset/batch-file.ts');
      const made = await writeBatchFile(written, { ...asked, ...common });
      return report(made, [
        `${grouped(made.questions)} open questions to ${written}`,
        `Next: have them answered, then the same command with --batch-results FILE in place of --batch-file ${written}`,
      ]);
    }
    const results = values['batch-results'];
    if (results !== undefined) {
      const { readBatchResults } = await import('../distill/dataset/batch-file.ts');
      const { questions, open, others, unanswered } = await readBatchResults(results, { ...asked, ...common });
      log(`${grouped(questions)} answers of ${results} are kept, ${grouped(others)} are to other questions`);
      if (open > 0)
        throw new UnderstudyError(
          'DISTILL_ANSWERS',
          `${grouped(open)} ${open === 1 ? 'question is' : 'questions are'} open, of which ${grouped(unanswered)} came back without an answer; --batch-file OUT.jsonl writes them again`,
        );
    }
    const { dataset } = await import('../distill/dataset/dataset.ts');
    const result = await dataset({
      ...asked,
      ...common,
      exports: values.export,
      batch: values.batch || results !== undefined,
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
    ...choiceWords(result.choices).map((line) => `  ${line}`),
    ...(covering ? [`  The first ${covering.rows} rows cover all ${covering.pairs} pairs of phrases`] : []),
    ...(explanations.wanted > 0 ? [`  ${grouped(explanations.given)} have an explanation`] : []),
    `  ${grouped(train.rows)} to ${join(workspace, train.path)}`,
    `  ${grouped(test.rows)} to ${join(workspace, test.path)}${heldOut.by === 'state' ? '' : ` (${result.split})`}`,
    ...(rejects.rows > 0 ? [`  ${grouped(rejects.rows)} could not be used: ${join(workspace, rejects.path)}`] : []),
    ...exported.map((path) => `  ${grouped(train.rows + test.rows)} to ${path}`),
    nextWords(workspace, 'train'),
  ];
}
