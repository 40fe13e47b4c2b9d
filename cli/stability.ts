import type { StudyPlan } from '../distill/plan/plan.ts';
import { type Facet, facets } from '../measure/stability/design.ts';
import type { StabilityReport } from '../measure/stability/stability.ts';
import { rungWords } from '../policies/rungs.ts';
import { stabilityFindings } from '../report/findings/stability.ts';
import { namesInFull, shortNames } from '../report/short-names.ts';
import { sideBySideTable } from '../report/teacher-tables.ts';
import { grouped, percent } from '../report/wording.ts';
import { choiceWords } from './choice-words.ts';
import { findingLines, wrap } from './help.ts';
import { limitOptions } from './limits.ts';
import { custom, flag, integer, list, number, text } from './options.ts';
import { planOptions, planWords } from './planned.ts';
import { defineVerb } from './verb.ts';
import { decimal, namedRows, table } from './wording.ts';

export default defineVerb({
  name: 'stability',
  summary: 'ask the same questions repeatedly: how steady is the teacher?',
  description: [
    'Asks each prompt several times. Writes results/metrics/stability.csv (one row per prompt and question) and results/metrics/stability.json: standard deviation per prompt, mean absolute relative difference (MARD), the six intraclass correlations of Shrout & Fleiss with 95 % intervals, similarity of explanations, heaping on round numbers, the gain from repeats and the noise ceiling for students. Of more than two actions, each is measured by itself and all but the default one together.',
    '--facets also varies other things that should make no difference, one at a time; --crossed varies them in all combinations, which gives the share of each in the variance of an answer.',
    'At temperature 0 answers are greedy: repeating them only checks that asking is deterministic.',
    'Several teachers (--teacher A --teacher B) stand side by side: a whole study of each, and their differences with intervals, paired by prompt. One that cannot be reached is left out, and the others stand.',
    'Answers are remembered: a study that was stopped resumes where it stopped.',
  ].join('\n'),
  options: {
    teacher: list(
      text(
        'Teacher: tiny, gemma-3-4b (after pull), gguf:PATH, server:URL#MODEL, vllm:URL#MODEL, openai:MODEL, anthropic:MODEL, gemini:MODEL, ollama:MODEL, recorded:FILE or oracle. Several are asked the same and compared.',
        { shown: 'tiny or oracle, by the scenario' },
      ),
    ),
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
    batch: flag(
      'Asks everything in batches: openai:, anthropic:, gemini: and servers with OpenAI’s batch API. Replies in words within a day, mostly at half the price; the facet batch is left out. If it is stopped, wherever, the same command goes on without paying twice.',
    ),
    ...planOptions,
    ...limitOptions,
  },
  examples: [
    ['understudy stability', '50 prompts, 10 runs each, of the bundled stand-in teacher'],
    ['understudy stability --facets all --crossed', 'how much each facet moves its answers'],
    ['understudy stability --facets order,paraphrase --orders 5', 'effect of the order of phrases and of the wording'],
    ['understudy stability --teacher gemma-3-4b --prompts 100 --temperature 0.7', 'Gemma, less random'],
    ['understudy stability --teacher gemma-3-4b --teacher gguf:other.gguf', 'which of two models is steadier'],
    ['understudy stability --embedder all-minilm-l6-v2', 'explanations compared by a sentence embedder (after pull)'],
    ['understudy stability --temperature 0 --runs 3', 'whether the same question gives the same answer here'],
  ],
  async run({ values, scenario, signal, progress, log, report }) {
    const { teacher, prompts, runs, temperature, facets: varied, crossed, replications, workspace, seed } = values;
    const { temperatures, orders, batches, embedder } = values;
    const asked = {
      ...{ prompts, runs, temperature, explain: !values['no-explain'], facets: varied, crossed, replications },
      ...{ temperatures, orders, batches, batch: values.batch },
    };
    const common = { scenario, workspace, seed, signal, progress, log };
    if (values.plan) {
      const { plan } = await import('../distill/plan/plan.ts');
      const { probe, prices } = values;
      const plans: StudyPlan[] = [];
      for (const one of teacher.length > 0 ? teacher : [undefined])
        plans.push(await plan({ verb: 'stability', ...common, teacher: one, stability: asked, probe, prices }));
      return report(plans.length === 1 ? plans[0]! : { plans }, plans.flatMap(planWords));
    }
    const { stability } = await import('../measure/stability/stability.ts');
    const result = await stability({ ...asked, ...common, ...(teacher.length > 0 && { teacher }), embedder });
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

const WIDTH = 78;
/** Characters of a teacher's name in a table. */
const NAME = 24;
/** Effects that are shown one by one; the others are summed. */
const SHOWN = 6;

/** The study on one screen: the findings of the report, and the tables that they rest on. */
export function stabilityWords(report: StabilityReport): string[] {
  const { teacher, prompts, runs, temperature, kind, action, actions = {}, caveat, rungs, choices } = report;
  const read = rungWords(rungs);
  const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`);
  const paragraph = (text: string) => indented(wrap(text, WIDTH - 2));
  return [
    ...wrap(
      `${teacher}: ${prompts} prompts × ${runs} runs at temperature ${temperature} (${kind}), ${
        action === undefined ? `${Object.keys(actions).length} actions` : `P(${action})`
      }`,
      WIDTH,
    ),
    ...(caveat ? paragraph(`Note: ${caveat}.`) : []),
    ...(read ? paragraph(`${read[0]!.toUpperCase()}${read.slice(1)}.`) : []),
    ...choiceWords(choices).flatMap((line) => paragraph(`${line}.`)),
    '',
    ...indented(findingLines(stabilityFindings(report), WIDTH - 2)),
    '',
    ...together(report),
    ...(report.beside
      ? [...wrap(`What follows is about ${teacher}; of the others it stands in stability.json.`, WIDTH), '']
      : []),
    ...spread(report),
    '',
    ...agreement(report),
    ...byAction(report),
    ...averaging(report),
    ...alone(report),
    ...shares(report),
  ];
}

/** Several teachers, a row for each and each facet. */
function together({ sideBySide }: StabilityReport): string[] {
  if (!sideBySide) return [];
  const short = shortNames([...new Set(sideBySide.lines.map(({ teacher }) => teacher))], NAME);
  const rows = namedRows(sideBySideTable(sideBySide, (teacher) => short.get(teacher) ?? teacher));
  return [...rows, ...namesInFull(short).flatMap((line) => wrap(line, WIDTH - 2))]
    .map((line) => `  ${line}`)
    .concat('');
}

function spread({ std, predictedSd, temperature, runs, mard, cosine, heaping }: StabilityReport): string[] {
  // The standard deviation of few answers is low: of n, by about 1 / (4 n).
  const seen = percent((4 * runs - 4) / (4 * runs - 3));
  const reading =
    temperature !== 1
      ? 'one reading, for temperature 1'
      : runs < 8
        ? `one reading (${runs} runs show ${seen} of it)`
        : 'one reading of the distribution';
  const [method] = cosine.method.split(':');
  return table([
    ['  Standard deviation per prompt: mean (population)', `${decimal(std.sample)} (${decimal(std.population)})`],
    ['  … median, 90 % of prompts below', `${decimal(std.perPrompt.median)}, ${decimal(std.perPrompt.p90)}`],
    ...(predictedSd === undefined ? [] : [[`  … predicted from ${reading}`, decimal(predictedSd)]]),
    ['  Mean absolute relative difference (MARD)', decimal(mard)],
    [
      `  Explanations alike (${method === 'lexical' ? 'words' : method}): same prompt, others`,
      cosine.value === null ? 'none' : `${decimal(cosine.value, 3)}, ${decimal(cosine.between, 3)}`,
    ],
    [`  Answers on the .05 grid (by chance ${percent(heaping.chance)})`, percent(heaping.share)],
  ]);
}

function agreement({ icc, runs }: StabilityReport): string[] {
  const forms = [
    ['exchangeable runs', icc['ICC(1,1)'], icc['ICC(1,k)']],
    ['runs are a sample', icc['ICC(2,1)'], icc['ICC(2,k)']],
    ['these runs only', icc['ICC(3,1)'], icc['ICC(3,k)']],
  ] as const;
  const reasons = new Set(Object.values(icc).map((entry) => (entry.value === null ? entry.reason : undefined)));
  const [reason] = reasons;
  if (reasons.size === 1 && reason !== undefined) return [`  Intraclass correlations: ${reason}`];
  return table([
    ['  Intraclass correlation', 'one answer [95 %]', `mean of ${runs} [95 %]`],
    ...forms.map(([what, one, mean], i) => [`  ICC(${i + 1},·) ${what}`, cell(one), cell(mean)]),
  ]);
}

/** Each of several actions; what stands above is of all but the default one together. */
function byAction({ actions }: StabilityReport): string[] {
  if (!actions) return [];
  return [
    '',
    ...table([
      ['  Each action', 'mean', 'sd', 'MARD', 'ICC(1,1) [95 %]'],
      ...Object.entries(actions).map(([name, { mean, std, mard, icc }]) => [
        `  ${name}`,
        decimal(mean, 3),
        decimal(std.sample),
        decimal(mard),
        cell(icc['ICC(1,1)']),
      ]),
    ]),
  ];
}

type Correlation = StabilityReport['icc']['ICC(1,1)'];

const cell = (entry: Correlation) =>
  entry.value === null ? 'undefined' : `${decimal(entry.value)} [${decimal(entry.lower)}, ${decimal(entry.upper)}]`;

function averaging({ repeats }: StabilityReport): string[] {
  if (repeats.some(({ reliability }) => reliability === null)) return [];
  return [
    '',
    ...table([
      ['  Answers averaged in a label', ...repeats.map((row) => String(row.repeats))],
      ['  Reliability = best R²', ...repeats.map(({ reliability }) => decimal(reliability, 3))],
      ['  Standard error = least RMSE', ...repeats.map(({ sd }) => decimal(sd, 3))],
    ]),
  ];
}

/** Only the seed's own are above already. */
function alone({ facets, runs }: StabilityReport): string[] {
  const entries = Object.entries(facets);
  if (entries.every(([facet]) => facet === 'seed')) return [];
  return [
    '',
    ...table([
      ['  Each facet alone', 'levels', 'answers', 'mean |Δ|', 'largest', 'MARD', 'ICC(2,1)'],
      ...entries.map(([facet, of]) => [
        `  ${facet}`,
        String(of.levels.length),
        of.asked === 'sample' && facet !== 'seed' && facet !== 'batch' ? `means of ${runs}` : of.asked,
        decimal(of.meanAbsoluteDifference),
        decimal(of.largestDifference, 2),
        decimal(of.mard),
        of.icc['ICC(2,1)'].value === null ? 'no variance' : decimal(of.icc['ICC(2,1)'].value),
      ]),
    ]),
  ];
}

/** Where the variance comes from; for prompts and reruns alone the agreement says it. */
function shares({ components }: StabilityReport): string[] {
  const { effects, facets, observations, reason } = components;
  if (facets.length === 1 || reason !== undefined) return [];
  const sorted = [...effects].sort((a, b) => b.share - a.share);
  const shown = sorted.filter(({ share }, i) => i < SHOWN && share >= 0.0005);
  const others = sorted.slice(shown.length);
  const sd = (variance: number) => decimal(Math.sqrt(Math.max(0, variance)));
  return [
    '',
    ...table([
      [`  Variance of an answer (${grouped(observations)} answers)`, 'share', 'as an sd', '95 %'],
      ...shown.map(({ effect, share, variance, lower, upper }) => [
        `  ${effect}`,
        percent(share),
        sd(variance),
        `${sd(lower)} – ${sd(upper)}`,
      ]),
      ...(others.length > 0
        ? [[`  ${others.length} others`, percent(others.reduce((sum, { share }) => sum + share, 0))]]
        : []),
    ]),
  ];
}
