import type { StabilityReport } from '../measure/stability/stability.ts';
import { rungWords } from '../policies/rungs.ts';
import { stabilityFindings } from '../report/findings/stability.ts';
import { grouped, percent } from '../report/wording.ts';
import { findingLines } from './findings.ts';
import { wrap } from './help.ts';
import { decimal, table } from './wording.ts';

const WIDTH = 78;
/** Effects that are shown one by one; the others are summed. */
const SHOWN = 6;

/** The study on one screen: the findings of the report, and the tables that they rest on. */
export function stabilityWords(report: StabilityReport): string[] {
  const { teacher, prompts, runs, temperature, kind, caveat, outcomes, rungs, complete } = report;
  const read = rungWords(rungs);
  const asked = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`);
  const paragraph = (text: string) => indented(wrap(text, WIDTH - 2));
  return [
    `${teacher}: ${prompts} prompts × ${runs} runs at temperature ${temperature} (${kind})`,
    ...(caveat ? paragraph(`Note: ${caveat}.`) : []),
    ...(outcomes.ok < asked
      ? paragraph(
          `${grouped(asked - outcomes.ok)} of ${grouped(asked)} answers could not be used; ${complete} prompts were answered in every run.`,
        )
      : []),
    ...(read ? paragraph(`${read[0]!.toUpperCase()}${read.slice(1)}.`) : []),
    '',
    ...indented(findingLines(stabilityFindings(report), WIDTH - 2)),
    '',
    ...spread(report),
    '',
    ...agreement(report),
    ...averaging(report),
    ...alone(report),
    ...shares(report),
  ];
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
  const cell = (entry: (typeof icc)['ICC(1,1)']) =>
    entry.value === null ? 'undefined' : `${decimal(entry.value)} [${decimal(entry.lower)}, ${decimal(entry.upper)}]`;
  return table([
    ['  Intraclass correlation', 'one answer [95 %]', `mean of ${runs} [95 %]`],
    ...forms.map(([what, one, mean], i) => [`  ICC(${i + 1},·) ${what}`, cell(one), cell(mean)]),
  ]);
}

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
