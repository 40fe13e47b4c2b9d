import type { StabilityReport } from '../distill/stability.ts';
import { flag, integer, number, text } from './options.ts';
import { defineVerb } from './verb.ts';
import { decimal, grouped, table } from './wording.ts';

export default defineVerb({
  name: 'stability',
  summary: 'ask a teacher the same questions again and again: how steady are its answers?',
  description: [
    'Asks M prompts N times each and writes results/metrics/stability.csv (a row per prompt and run) and results/metrics/stability.json: standard deviation per prompt, mean absolute relative difference (MARD), the six intraclass correlations of Shrout & Fleiss with 95 % intervals, similarity of the explanations, heaping on round numbers.',
    'At temperature 0 the answers are greedy: repeating them checks that the machinery is deterministic and says nothing about the model.',
  ].join('\n'),
  options: {
    teacher: text('Who is asked: tiny, gemma-3-4b (after pull), gguf:PATH, recorded:FILE or oracle.', {
      default: 'tiny',
    }),
    prompts: integer('Different observations.', { default: 50, min: 2 }),
    runs: integer('How often each is asked.', { default: 10, min: 2 }),
    temperature: number('Of the sampling; 0 is greedy.', { default: 1, min: 0 }),
    explain: flag('Ask for explanations and compare them (on unless --no-explain).'),
    'no-explain': flag('Ask for the number only: about twice as fast.'),
  },
  examples: [
    ['understudy stability', '50 prompts, 10 runs each, of the bundled stand-in teacher'],
    ['understudy stability --teacher gemma-3-4b --prompts 100 --runs 20 --temperature 0.7', 'Gemma, less random'],
    ['understudy stability --temperature 0 --runs 3', 'does the same question give the same answer here?'],
  ],
  async run({ values, signal, progress, log, report }) {
    const { teacher, prompts, runs, temperature, workspace, seed } = values;
    const { stability } = await import('../distill/stability.ts');
    const result = await stability({
      teacher,
      prompts,
      runs,
      temperature,
      explain: !values['no-explain'],
      workspace,
      seed,
      signal,
      progress,
      log,
    });
    report(result, stabilityWords(result));
  },
});

/** The study on one screen. */
export function stabilityWords(report: StabilityReport): string[] {
  const { std, heaping, cosine, outcomes, prompts, runs } = report;
  const asked = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  const one = report.icc['ICC(1,1)'];
  return [
    `${report.teacher}: ${prompts} prompts × ${runs} runs at temperature ${report.temperature} (${report.kind})`,
    ...(report.caveat ? [`  Note: ${report.caveat}.`] : []),
    ...(outcomes.ok < asked
      ? [
          `  ${grouped(asked - outcomes.ok)} of ${grouped(asked)} answers could not be used; ${report.complete} prompts were answered in every run.`,
        ]
      : []),
    '',
    ...verdict(report),
    '',
    ...table([
      ['  Standard deviation per prompt, mean (sample)', decimal(std.sample)],
      ['  … population', decimal(std.population)],
      ['  … median / 90 % of prompts below', `${decimal(std.perPrompt.median)} / ${decimal(std.perPrompt.p90)}`],
      ['  Mean absolute relative difference (MARD)', decimal(report.mard)],
      ['  Explanations alike, same prompt (cosine of words)', decimal(cosine.value, 3)],
      ['  … different prompts', decimal(cosine.between, 3)],
      ['  Answers on the .05 grid', `${Math.round(heaping.share * 100)} %`],
    ]),
    '',
    ...table([
      ['  Intraclass correlation', 'value', '95 % from', 'to'],
      ...Object.values(report.icc).map((entry) =>
        entry.value === null
          ? [`  ${entry.form}`, entry.reason]
          : [`  ${entry.form}`, decimal(entry.value), decimal(entry.lower), decimal(entry.upper)],
      ),
    ]),
    ...(report.kind === 'exchangeable reruns' && one.value !== null
      ? ['  Runs are exchangeable, so ICC(1,1) is the one for a single answer, ICC(1,k) for the mean of all.']
      : []),
  ];
}

/** What the numbers mean, in words. Bounds of Koo & Li, "A guideline of selecting and reporting ICCs", 2016. */
function verdict({ kind, elicitation, std, icc }: StabilityReport): string[] {
  if (kind === 'determinism check')
    return [
      std.perPrompt.max > 0
        ? `  Greedy answers differ between reruns (up to ${decimal(std.perPrompt.max)}): asking is not deterministic here.`
        : elicitation === 'greedy'
          ? '  Greedy answers repeat exactly: asking is deterministic here. This says nothing of how sure the model is.'
          : '  Sampled answers repeat exactly: this teacher has one answer to each question. Its agreement means nothing.',
    ];
  const one = icc['ICC(1,1)'];
  if (one.value === null) return [`  Agreement is ${one.reason}.`];
  const share = `${Math.round(one.value * 100)} % of the variance of single answers lies between prompts, the rest is noise`;
  const words = one.lower > 0.9 ? 'excellent' : one.lower > 0.75 ? 'good' : one.lower > 0.5 ? 'moderate' : 'poor';
  return [
    `  Agreement is ${words}: ${share}.`,
    `  Asked again, an answer typically moves by ${decimal(std.sample, 3)}.`,
  ];
}
