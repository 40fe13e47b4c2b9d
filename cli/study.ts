import { samplings } from '../distill/dataset/sample.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { hasDynamics } from '../env/vocabulary.ts';
import { elicitations } from '../policies/policy.ts';
import { duration } from '../report/planned.ts';
import type { StudyReport } from '../report/study.ts';
import { grouped } from '../report/wording.ts';
import { choiceWords } from './choice-words.ts';
import { evaluatedWords } from './evaluate.ts';
import { limitOptions } from './limits.ts';
import { choice, integer, text } from './options.ts';
import { planOptions, planWords } from './planned.ts';
import { stabilityWords } from './stability.ts';
import { defineVerb } from './verb.ts';
import { nextWords } from './wording.ts';

export default defineVerb({
  name: 'study',
  summary: 'all of these in order, small: a first study in a few minutes',
  description: [
    'Opens the teacher (checking a bundled or pulled model against its SHA-256), then runs stability, dataset, train, evaluate and visualize with small defaults. It leaves the same files as the single verbs, with results/report.html at the end.',
    'Finished work is not repeated: answers are remembered, and a student is not trained twice on the same rows.',
  ].join('\n'),
  options: {
    teacher: text(
      'Teacher: tiny, gemma-3-4b (after pull), gguf:PATH, server:URL#MODEL, vllm:URL#MODEL, openai:MODEL, anthropic:MODEL, gemini:MODEL, ollama:MODEL, recorded:FILE or oracle.',
      {
        shown: 'tiny or oracle, by the scenario',
      },
    ),
    prompts: integer('Number of prompts in the stability study.', { min: 2, shown: '40, or all if there are fewer' }),
    runs: integer('Number of runs in the stability study.', { default: 10, min: 2 }),
    size: integer('Number of observations in the data set.', { min: 5, shown: '3000, or all if there are fewer' }),
    sampling: choice('Choice of states, as for understudy dataset.', samplings, { shown: 'stratified' }),
    elicit: choice('How the numbers of the data set are read, as for understudy dataset.', elicitations, {
      shown: 'expected, or choice among more than two actions, if the teacher can; otherwise greedy',
    }),
    epochs: integer('Maximum number of epochs for each student.', {
      min: 1,
      shown: '24 to 40, by student',
    }),
    ...planOptions,
    ...limitOptions,
  },
  examples: [
    ['understudy study', 'the bundled stand-in teacher, under 5 minutes on two cores'],
    ['understudy study --teacher gemma-3-4b --size 9000', 'Gemma, after understudy pull gemma-3-4b'],
  ],
  async run({ values, scenario, signal, progress, log, report }) {
    const { teacher, prompts, runs, size, sampling, elicit, epochs, workspace, seed } = values;
    if (values.plan) {
      const { plan } = await import('../distill/plan/plan.ts');
      const { probe, prices } = values;
      const planned = await plan({
        ...{ verb: 'study', teacher, probe, prices, scenario, workspace, seed, signal, progress, log },
        dataset: { ...(size !== undefined && { size }), sampling, elicit },
        stability: { ...(prompts !== undefined && { prompts }), runs },
      });
      return report(planned, planWords(planned));
    }
    const { study } = await import('../report/study.ts');
    const result = await study({
      teacher,
      prompts,
      runs,
      size,
      sampling,
      elicit,
      epochs,
      scenario,
      workspace,
      seed,
      signal,
      progress,
      log,
    });
    report(result, studiedWords(result, workspace, scenario));
  },
});

function studiedWords(result: StudyReport, workspace: string, scenario: Vocabulary): string[] {
  const { dataset, seconds, report } = result;
  return [
    ...stabilityWords(result.stability),
    '',
    ...choiceWords(dataset.choices),
    `Students trained on ${grouped(dataset.files.train.rows)} rows, on held-out rows:`,
    ...evaluatedWords(result.evaluation),
    '',
    `The whole study took ${duration(seconds)}. Everything on one page:`,
    `  ${report}`,
    nextWords(workspace, hasDynamics(scenario) ? 'serve' : 'explain'),
  ];
}
