import { join } from 'node:path';
import { elicitations } from '../policies/policy.ts';
import { choice, flag, integerOrAll, number, text } from './options.ts';
import { UsageError } from './usage-error.ts';
import { defineVerb } from './verb.ts';
import { grouped } from './wording.ts';

export default defineVerb({
  name: 'dataset',
  summary: 'ask a teacher about a sample of observations: data/train.jsonl and data/test.jsonl',
  description: [
    'Asks a teacher how people with given traits would decide in given situations and writes data/train.jsonl (80 %), data/test.jsonl (20 %), data/rejects.jsonl (answers that name no probability, with the reason) and data/dataset.json (where it all comes from).',
    'A row has traits and context in the order shown, probability_LLM, the explanation where asked for, and its provenance. The sample is stratified by the number of traits and contexts; a larger one contains every smaller one of the same seed. No permutation of a test observation is in train.',
    'Every answer is kept in data/labels.jsonl and never asked for again: stopped anywhere, the same command goes on and ends with the same rows, byte for byte.',
  ].join('\n'),
  options: {
    teacher: text('Who is asked: tiny, gemma-3-4b (after pull), gguf:PATH, recorded:FILE or oracle.', {
      default: 'tiny',
    }),
    size: integerOrAll('How many observations, or all (16,992 of ice-cream-v1).', { default: 2000, min: 5 }),
    order: choice('Order in which phrases are shown.', ['canonical', 'shuffled'], { default: 'canonical' }),
    elicit: choice(
      'How the number is read: expected is the mean over all the numbers that the model might say, greedy its likeliest reply, sample one drawn at --temperature.',
      elicitations,
      { shown: 'expected; with --explain greedy' },
    ),
    temperature: number('For --elicit sample.', { default: 1, min: 0.01 }),
    explain: flag('Ask for an explanation too (not with --elicit expected, which lets the model say nothing).'),
  },
  examples: [
    ['understudy dataset', '2,000 observations from the bundled stand-in teacher'],
    ['understudy dataset --teacher gemma-3-4b --size 9000 --elicit greedy --explain', 'as the research project did it'],
    ['understudy dataset --size all --order shuffled --seed 7', 'every observation, phrases in random order'],
  ],
  async run({ values, signal, progress, log, report }) {
    const { teacher, size, order, explain, temperature, workspace, seed } = values;
    const elicit = values.elicit ?? (explain ? 'greedy' : 'expected');
    if (explain && elicit === 'expected')
      throw new UsageError('--explain needs --elicit greedy or sample: expected reads the number alone', 'dataset');
    const { dataset } = await import('../distill/dataset.ts');
    const result = await dataset({
      teacher,
      size,
      order,
      elicit,
      explain,
      temperature,
      workspace,
      seed,
      signal,
      progress,
      log,
    });
    const { train, test, rejects } = result.files;
    report(result, [
      `${grouped(result.asked)} observations asked of ${result.teacher} (${result.elicitation}, ${order} order)`,
      ...(result.caveat ? [`  Note: ${result.caveat}.`] : []),
      `  ${grouped(train.rows)} to ${join(workspace, train.path)}`,
      `  ${grouped(test.rows)} to ${join(workspace, test.path)}`,
      ...(rejects.rows > 0 ? [`  ${grouped(rejects.rows)} could not be used: ${join(workspace, rejects.path)}`] : []),
      'Next: understudy train --student all',
    ]);
  },
});
