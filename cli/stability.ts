import { type Facet, facets } from '../measure/stability/facets.ts';
import { custom, flag, integer, number, text } from './options.ts';
import { stabilityWords } from './stability-words.ts';
import { defineVerb } from './verb.ts';

export default defineVerb({
  name: 'stability',
  summary: 'ask a teacher the same questions again and again: how steady are its answers?',
  description: [
    'Asks M prompts N times each and writes results/metrics/stability.csv (a row per prompt and asking) and results/metrics/stability.json: standard deviation per prompt, mean absolute relative difference (MARD), the six intraclass correlations of Shrout & Fleiss with 95 % intervals, similarity of the explanations, heaping on round numbers, what repeats buy and what no student can beat.',
    'With --facets the answers are compared over other things that should make no difference too, each alone; with --crossed over all of their combinations, which tells the share of each in the variance of an answer.',
    'At temperature 0 the answers are greedy: repeating them checks that the machinery is deterministic and says nothing about the model.',
    'Answers are remembered: a study that was stopped goes on where it was.',
  ].join('\n'),
  options: {
    teacher: text(
      'Who is asked: tiny, gemma-3-4b (after pull), gguf:PATH, server:URL#MODEL, recorded:FILE or oracle.',
      {
        default: 'tiny',
      },
    ),
    prompts: integer('Different observations.', { default: 50, min: 2 }),
    runs: integer('How often each is asked.', { default: 10, min: 2 }),
    temperature: number('Of the sampling; 0 is greedy.', { default: 1, min: 0 }),
    facets: custom<'all' | readonly Facet[]>(
      'What is varied, each alone: of seed, temperature, order (of the phrases), paraphrase (of the prompt) and batch (questions at a time) those in the list, or all; default seed.',
      'LIST|all',
      (given) => (given === 'all' ? given : listOf(given, (name) => facets.find((facet) => facet === name))),
      `all or names separated by commas, of ${facets.join(', ')}`,
    ),
    crossed: flag('Cross the facets too, for the share of each in the variance. Asks without explanations.'),
    replications: integer('Seeds in each cell of the crossed design.', { default: 2, min: 2 }),
    temperatures: custom(
      'Levels of the temperature; default 0.3,0.7,1.',
      'X,X',
      (given) => listOf(given, numberOf),
      'numbers separated by commas',
    ),
    orders: integer('Orders of each prompt’s phrases: the canonical one and shuffles.', { default: 3, min: 2 }),
    batches: custom(
      'Levels of the batch size; default 1,8,32.',
      'N,N',
      (given) => listOf(given, numberOf),
      'numbers separated by commas',
    ),
    embedder: text('Embedding model (GGUF) in which explanations are compared; without one their words are counted.', {
      placeholder: 'PATH',
    }),
    explain: flag('Ask for explanations and compare them (on unless --no-explain).'),
    'no-explain': flag('Ask for the number only: about twice as fast.'),
  },
  examples: [
    ['understudy stability', '50 prompts, 10 runs each, of the bundled stand-in teacher'],
    ['understudy stability --facets all --crossed', 'what makes its answers differ, and how much each'],
    ['understudy stability --facets order,paraphrase --orders 5', 'do the order of phrases and the wording matter?'],
    ['understudy stability --teacher gemma-3-4b --prompts 100 --runs 20 --temperature 0.7', 'Gemma, less random'],
    ['understudy stability --temperature 0 --runs 3', 'does the same question give the same answer here?'],
  ],
  async run({ values, signal, progress, log, report }) {
    const { teacher, prompts, runs, temperature, facets: varied, crossed, replications, workspace, seed } = values;
    const { temperatures, orders, batches, embedder } = values;
    const { stability } = await import('../measure/stability/stability.ts');
    const result = await stability({
      teacher,
      prompts,
      runs,
      temperature,
      explain: !values['no-explain'],
      facets: varied,
      crossed,
      replications,
      temperatures,
      orders,
      batches,
      embedder,
      workspace,
      seed,
      signal,
      progress,
      log,
    });
    report(result, stabilityWords(result));
  },
});

/** The items between commas; undefined where one of them is none. */
function listOf<T>(given: string, item: (name: string) => T | undefined): readonly T[] | undefined {
  const items = given.split(',').map((name) => item(name.trim()));
  return items.every((found) => found !== undefined) ? items : undefined;
}

const numberOf = (given: string): number | undefined =>
  given === '' || !Number.isFinite(Number(given)) ? undefined : Number(given);
