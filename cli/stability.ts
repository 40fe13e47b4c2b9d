import { type Facet, facets } from '../measure/stability/facets.ts';
import { custom, flag, integer, number, text } from './options.ts';
import { stabilityWords } from './stability-words.ts';
import { defineVerb } from './verb.ts';

export default defineVerb({
  name: 'stability',
  summary: 'ask the same questions repeatedly: how steady is the teacher?',
  description: [
    'Asks each prompt several times. Writes results/metrics/stability.csv (one row per prompt and question) and results/metrics/stability.json: standard deviation per prompt, mean absolute relative difference (MARD), the six intraclass correlations of Shrout & Fleiss with 95 % intervals, similarity of explanations, heaping on round numbers, the gain from repeats and the noise ceiling for students.',
    '--facets also varies other things that should make no difference, one at a time; --crossed varies them in all combinations, which gives the share of each in the variance of an answer.',
    'At temperature 0 answers are greedy: repeating them only checks that asking is deterministic.',
    'Answers are remembered: a study that was stopped resumes where it was.',
  ].join('\n'),
  options: {
    teacher: text('Teacher: tiny, gemma-3-4b (after pull), gguf:PATH, server:URL#MODEL, recorded:FILE or oracle.', {
      default: 'tiny',
    }),
    prompts: integer('Number of different prompts.', { default: 50, min: 2 }),
    runs: integer('Number of runs, in each of which every prompt is asked once.', { default: 10, min: 2 }),
    temperature: number('Sampling temperature; 0 is greedy.', { default: 1, min: 0 }),
    facets: custom<'all' | readonly Facet[]>(
      'Facets to vary, one at a time: all, or a list of seed, temperature, order (of the phrases), paraphrase (of the prompt) and batch (questions at a time); default seed.',
      'LIST|all',
      (given) => (given === 'all' ? given : listOf(given, (name) => facets.find((facet) => facet === name))),
      `all or names separated by commas, of ${facets.join(', ')}`,
    ),
    crossed: flag(
      'Crossed design in addition, for the share of each facet in the variance; asked without explanations.',
    ),
    replications: integer('Number of seeds in each cell of the crossed design.', { default: 2, min: 2 }),
    temperatures: custom(
      'Temperatures to compare; default 0.3,0.7,1.',
      'X,X',
      (given) => listOf(given, numberOf),
      'numbers separated by commas',
    ),
    orders: integer('Number of orders of each prompt’s phrases: the canonical one and shuffles.', {
      default: 3,
      min: 2,
    }),
    batches: custom(
      'Batch sizes to compare; default 1,8,32.',
      'N,N',
      (given) => listOf(given, numberOf),
      'numbers separated by commas',
    ),
    embedder: text(
      'How explanations are compared: an embedding model, all-minilm-l6-v2 (after pull) or the path of a GGUF, or words, which counts words. Default: the bundled word vectors, which see what a text is about but neither negation nor opposites; words if they know fewer than half of the words (they are English).',
      { placeholder: 'NAME|PATH' },
    ),
    explain: flag('Explanations, compared between runs (the default).'),
    'no-explain': flag('Numbers only, about twice as fast.'),
  },
  examples: [
    ['understudy stability', '50 prompts, 10 runs each, of the bundled stand-in teacher'],
    ['understudy stability --facets all --crossed', 'how much each facet moves its answers'],
    ['understudy stability --facets order,paraphrase --orders 5', 'effect of the order of phrases and of the wording'],
    ['understudy stability --teacher gemma-3-4b --prompts 100 --temperature 0.7', 'Gemma, less random'],
    ['understudy stability --embedder all-minilm-l6-v2', 'explanations compared by a sentence embedder (after pull)'],
    ['understudy stability --temperature 0 --runs 3', 'whether the same question gives the same answer here'],
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

/** The items between commas; undefined if one of them is not valid. */
function listOf<T>(given: string, item: (name: string) => T | undefined): readonly T[] | undefined {
  const items = given.split(',').map((name) => item(name.trim()));
  return items.every((found) => found !== undefined) ? items : undefined;
}

const numberOf = (given: string): number | undefined =>
  given === '' || !Number.isFinite(Number(given)) ? undefined : Number(given);
