import { join } from 'node:path';
import { iceCream } from '../env/ice-cream.ts';
import { type Observations, phrasesOf } from '../env/observation.ts';
import { sequence } from '../env/random.ts';
import type { Scenario } from '../env/scenario.ts';
import { openTeacher } from '../policies/open.ts';
import type { Answer, Outcome, Teacher } from '../policies/policy.ts';
import { csvLine } from './csv.ts';
import { DistillError } from './distill-error.ts';
import { termFrequencies } from './lexical.ts';
import type { WorkOptions } from './progress.ts';
import { sampleObservations } from './sampling.ts';
import { meanCosineSimilarity } from './stats/cosine.ts';
import { type Heaping, heaping } from './stats/heaping.ts';
import { type Icc, type IccForm, icc, iccForms } from './stats/icc.ts';
import { mard } from './stats/mard.ts';
import { mean } from './stats/mean.ts';
import { populationStandardDeviation, standardDeviation } from './stats/standard-deviation.ts';
import { workspace } from './workspace.ts';
import { writeFileAtomically } from './write-file.ts';

export interface StabilityOptions extends WorkOptions {
  /** A name that openTeacher knows, or a teacher, which then stays open. */
  readonly teacher: string | Teacher;
  /** What to call a teacher that is given open; default its id. */
  readonly name?: string;
  /** Different observations, two or more. */
  readonly prompts: number;
  /** How often each is asked, two or more. */
  readonly runs: number;
  /** 0 asks greedily: then the study is a determinism check. */
  readonly temperature: number;
  /** Default true: explanations are compared too. */
  readonly explain?: boolean;
  readonly workspace: string;
  readonly seed: number;
  /** Default ice-cream-v1. */
  readonly scenario?: Scenario;
}

/** How a quantity is spread over the prompts. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly p90: number;
  readonly max: number;
}

/** Kept as results/metrics/stability.json. */
export interface StabilityReport {
  readonly scenario: string;
  readonly teacher: string;
  readonly teacherId: string;
  readonly caveat?: string;
  readonly elicitation: 'greedy' | 'sample';
  readonly temperature: number;
  readonly seed: number;
  readonly prompts: number;
  readonly runs: number;
  /** What the repetition shows: answers that never differ, greedy or recorded ones, only that asking is deterministic. */
  readonly kind: 'exchangeable reruns' | 'determinism check';
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Prompts that were answered in every run: the numbers below are about these. */
  readonly complete: number;
  /** Mean probability of the first action that is asked about. */
  readonly mean: number;
  /** Mean over prompts of the standard deviation of a prompt's answers, and how the sample ones are spread. */
  readonly std: { readonly population: number; readonly sample: number; readonly perPrompt: Spread };
  /** Of the one-way model: within prompts, and between what the prompts' answers are about. */
  readonly variance: { readonly within: number; readonly between: number };
  readonly mard: number;
  readonly icc: Readonly<
    Record<IccForm, Icc | { readonly form: IccForm; readonly value: null; readonly reason: string }>
  >;
  readonly cosine: Cosine;
  readonly heaping: Heaping;
}

/** How alike the explanations are. */
export interface Cosine {
  /** Mean over prompts of the mean over pairs of a prompt's explanations; null where there are none to compare. */
  readonly value: number | null;
  /** The same over explanations of different prompts: what `value` is to be held against. */
  readonly between: number | null;
  readonly method: string;
  /** Prompts that `value` is a mean of. */
  readonly prompts: number;
  readonly reason?: string;
}

const LEXICAL =
  'lexical: cosine of the term frequencies of the words, not an embedding; it compares wording, not meaning';

/**
 * Asks a teacher the same questions again and again and measures how alike its answers are: standard deviation per
 * prompt, mean absolute relative difference, the six intraclass correlations, similarity of the explanations, heaping.
 * Writes results/metrics/stability.csv (a row per prompt and run) and stability.json. Remembered answers are not asked
 * again, so an interrupted study goes on where it stopped.
 * @throws {DistillError} DISTILL_ARGUMENT; DISTILL_ANSWERS where fewer than two prompts were answered in every run
 */
export async function stability(options: StabilityOptions): Promise<StabilityReport> {
  const { scenario = iceCream, prompts, runs, temperature, explain = true, seed, progress } = options;
  for (const [name, value] of Object.entries({ prompts, runs }))
    if (!Number.isInteger(value) || value < 2)
      throw new DistillError('DISTILL_ARGUMENT', `a stability study has 2 ${name} or more, got ${value}`);
  if (!(temperature >= 0)) throw new DistillError('DISTILL_ARGUMENT', `a temperature is 0 or more, got ${temperature}`);
  const sample = sampleObservations(scenario, { size: prompts, order: 'canonical', seed });
  const elicit = temperature === 0 ? 'greedy' : 'sample';

  const own = typeof options.teacher === 'string';
  const teacher =
    typeof options.teacher === 'string'
      ? await openTeacher(options.teacher, {
          scenario,
          workspace: options.workspace,
          labels: true,
          log: options.log,
          signal: options.signal,
        })
      : options.teacher;
  try {
    const name = typeof options.teacher === 'string' ? options.teacher : (options.name ?? teacher.id);
    const answers: Answer[][] = [];
    const seeds = runSeeds(seed, runs);
    for (let run = 0; run < runs; run++) {
      answers.push(
        await teacher.ask(sample, {
          elicit,
          explain,
          ...(elicit === 'sample' ? { temperature, seed: seeds[run]! } : { repeat: run }),
          signal: options.signal,
          onProgress: (done) =>
            progress?.({ stage: `asking ${name} ${runs} times`, done: run * prompts + done, of: runs * prompts }),
        }),
      );
    }
    const measured = measure(answers);
    const report: StabilityReport = {
      scenario: scenario.id,
      teacher: name,
      teacherId: teacher.id,
      ...(teacher.caveat && { caveat: teacher.caveat }),
      elicitation: elicit,
      temperature,
      seed,
      prompts,
      runs,
      kind: elicit === 'greedy' || measured.std.perPrompt.max === 0 ? 'determinism check' : 'exchangeable reruns',
      ...measured,
    };
    const { metrics } = workspace(options.workspace);
    const rows = csvRows(scenario, sample, answers, elicit === 'sample' ? seeds : undefined, temperature);
    await writeFileAtomically(join(metrics, 'stability.csv'), rows.map((row) => `${csvLine(row)}\n`).join(''));
    await writeFileAtomically(join(metrics, 'stability.json'), `${JSON.stringify(report, undefined, 2)}\n`);
    return report;
  } finally {
    if (own) await teacher[Symbol.asyncDispose]();
  }
}

/** A seed for each run, so that studies of neighbouring seeds share no run. */
export function runSeeds(seed: number, runs: number): number[] {
  const random = sequence(seed, 'sampling', 1);
  return Array.from({ length: runs }, () => Math.floor(random() * 2 ** 32));
}

type Measured = Pick<
  StabilityReport,
  'outcomes' | 'complete' | 'mean' | 'std' | 'variance' | 'mard' | 'icc' | 'cosine' | 'heaping'
>;

/** @param answers shape [runs][prompts] */
function measure(answers: readonly (readonly Answer[])[]): Measured {
  const outcomes: Record<Outcome, number> = { ok: 0, unparsable: 0, refused: 0, timeout: 0, missing: 0 };
  for (const { outcome } of answers.flat()) outcomes[outcome]++;
  /** Shape [prompts][runs]. */
  const byPrompt = answers[0]!.map((_, prompt) => answers.map((run) => run[prompt]!));
  const ratings = byPrompt
    .filter((row) => row.every(({ outcome }) => outcome === 'ok'))
    .map((row) => row.map(({ probabilities }) => probabilities![1]!));
  if (ratings.length < 2) {
    const first = answers.flat().find(({ outcome }) => outcome !== 'ok');
    throw new DistillError(
      'DISTILL_ANSWERS',
      `only ${ratings.length} of ${byPrompt.length} prompts were answered in every run, a study needs 2; the first answer that could not be used: ${first?.reason ?? first?.outcome ?? 'none'}`,
    );
  }
  const runs = answers.length;
  const sample = ratings.map((row) => standardDeviation(row));
  const within = mean(sample.map((sd) => sd ** 2));
  const betweenMeans = standardDeviation(ratings.map((row) => mean(row))) ** 2;
  return {
    outcomes,
    complete: ratings.length,
    mean: mean(ratings.flat()),
    std: {
      population: mean(ratings.map((row) => populationStandardDeviation(row))),
      sample: mean(sample),
      perPrompt: spread(sample),
    },
    variance: { within, between: Math.max(0, betweenMeans - within / runs) },
    mard: mard(answers.map((_, run) => ratings.map((row) => row[run]!))),
    icc: Object.fromEntries(
      iccForms.map((form) => {
        const value = icc(ratings, form);
        return [form, value.value === undefined ? { form, value: null, reason: `undefined: ${value.reason}` } : value];
      }),
    ) as StabilityReport['icc'],
    cosine: similarity(byPrompt.map((row) => row.flatMap(({ explanation }) => explanation ?? []))),
    heaping: heaping(ratings.flat()),
  };
}

/** @param explanations shape [prompts][explanations given] */
function similarity(explanations: readonly (readonly string[])[]): Cosine {
  const vectors = (texts: readonly string[]) => termFrequencies(texts).filter((vector) => vector.some((n) => n > 0));
  const mean2 = (texts: readonly string[]) => {
    const directed = vectors(texts);
    return directed.length < 2 ? [] : [meanCosineSimilarity(directed)];
  };
  const within = explanations.flatMap(mean2);
  const between = mean2(explanations.flatMap((texts) => texts[0] ?? []));
  return {
    value: within.length > 0 ? mean(within) : null,
    between: between[0] ?? null,
    method: LEXICAL,
    prompts: within.length,
    ...(within.length === 0 && { reason: 'no prompt has two explanations' }),
  };
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const low = Math.floor(place);
    return sorted[low]! + (place - low) * ((sorted[low + 1] ?? sorted[low]!) - sorted[low]!);
  };
  return { min: at(0), median: at(0.5), p90: at(0.9), max: at(1) };
}

function csvRows(
  scenario: Scenario,
  sample: Observations,
  answers: readonly (readonly Answer[])[],
  seeds: readonly number[] | undefined,
  temperature: number,
): (string | number | undefined)[][] {
  const header = 'prompt,run,traits,context,temperature,seed,outcome,probability,explanation'.split(',');
  const rows = answers[0]!.flatMap((_, prompt) =>
    answers.map((run, r) => {
      const { traits, context } = phrasesOf(scenario, sample, prompt);
      const { outcome, probabilities, explanation } = run[prompt]!;
      return [
        prompt,
        r,
        traits.join('; '),
        context.join('; '),
        temperature,
        seeds?.[r],
        outcome,
        probabilities?.[1],
        explanation,
      ];
    }),
  );
  return [header, ...rows];
}
