import { describe, expect, it } from 'vitest';
import type { StabilityReport } from '../measure/stability/stability.ts';
import { stabilityFindings } from '../report/findings/stability.ts';
import { type IccForm, iccForms } from '../stats/icc.ts';
import { readArguments } from './options.ts';
import verb, { stabilityWords } from './stability.ts';

const read = (...args: string[]) => readArguments('stability', verb.options, args).values;

it('facets and levels are lists', () => {
  expect(read('--facets', 'order, seed', '--temperatures', '0,0.5,1', '--batches', '1,32')).toMatchObject({
    facets: ['order', 'seed'],
    temperatures: [0, 0.5, 1],
    batches: [1, 32],
  });
  expect(read('--facets', 'all')).toMatchObject({ facets: 'all' });
  expect(read()).toMatchObject({
    facets: undefined,
    temperatures: undefined,
    crossed: false,
    orders: 3,
    replications: 2,
  });
});

it.each([
  [['--facets', 'order,mood'], '--facets must be all or names separated by commas, of seed, temperature, order'],
  [['--temperatures', '0.3,,1'], '--temperatures must be numbers separated by commas, got "0.3,,1"'],
  [['--batches', 'few'], '--batches must be numbers separated by commas'],
  [['--orders', '1'], '--orders must be an integer of at least 2'],
])('%j is refused', (args, message) => {
  expect(() => read(...args)).toThrow(message);
});

const forms = <T>(entry: (form: IccForm) => T) =>
  Object.fromEntries(iccForms.map((form) => [form, entry(form)])) as Record<IccForm, T>;
const steady = forms((form) => ({ form, value: 0.972, lower: 0.96, upper: 0.98, f: 1, df1: 1, df2: 1, p: 0 }));
const noVariance = forms((form) => ({
  form,
  value: null,
  reason: 'undefined: no variance: greedy reruns are identical',
}));
const repeats = [1, 2, 3, 5, 10, 20, 50];
const component = (effect: string, share: number) => ({
  effect,
  df: 1,
  meanSquare: 1,
  variance: 0.06 * share,
  share: Math.max(0, share),
  lower: 0.05 * share,
  upper: 0.07 * share,
});
const report: StabilityReport = {
  scenario: 'ice-cream-v1',
  teacher: 'tiny',
  teacherId: 'tiny-0',
  caveat: 'a bundled stand-in of 0.4 M parameters that verbalises a planted rule; it is not Gemma',
  elicitation: 'sample',
  temperature: 1,
  seed: 0,
  prompts: 50,
  runs: 10,
  kind: 'exchangeable reruns',
  outcomes: { ok: 550, unparsable: 0, refused: 0, timeout: 0, missing: 0 },
  rungs: { json: 0, object: 0, words: 0 },
  complete: 50,
  mean: 0.4,
  std: { population: 0.037, sample: 0.039, perPrompt: { min: 0.01, median: 0.038, p90: 0.06, max: 0.08 } },
  action: 'buy',
  predictedSd: 0.0391,
  variance: { within: 0.0016, between: 0.06 },
  mard: 0.15,
  icc: steady,
  cosine: { value: 0.6, between: 0.35, method: 'lexical: words', prompts: 50 },
  heaping: { n: 500, share: 0.79, chance: 0.2, index: 0.74 },
  facets: {},
  components: {
    design: 'prompt, 10 seeds in each',
    facets: ['seed'],
    prompts: 50,
    observations: 500,
    total: 0.0616,
    effects: [component('prompt', 0.974), component('residual', 0.026)],
  },
  repeats: repeats.map((n) => ({ repeats: n, reliability: 0.972, sd: 0.04 / Math.sqrt(n) })),
  noiseCeiling: repeats.map((n) => ({ repeats: n, r2: 0.972, pearson: 0.986, mse: 0.0016 / n })),
};
const facet = (
  meanAbsoluteDifference: number,
  asked: 'expected' | 'sample',
  levels: string[],
  sds: (number | null)[],
) => ({
  levels,
  asked,
  prompts: 50,
  means: levels.map(() => 0.4),
  sds,
  meanAbsoluteDifference,
  largestDifference: 2 * meanAbsoluteDifference,
  mard: 0.1,
  icc: meanAbsoluteDifference === 0 ? noVariance : steady,
  cosine: report.cosine,
});
const crossed: Partial<StabilityReport> = {
  facets: {
    seed: facet(0.04, 'sample', ['1', '2'], [null, null]),
    temperature: facet(0.01, 'sample', ['0', '0.7', '1'], [null, 0.03, 0.04]),
    order: facet(0.05, 'expected', ['canonical', 'shuffle 1'], [null, null]),
    batch: facet(0, 'expected', ['1', '8'], [null, null]),
  },
  components: {
    design: 'prompt × temperature × batch × (order:prompt), 2 seeds in each cell',
    facets: ['order', 'temperature', 'batch', 'seed'],
    prompts: 50,
    observations: 8100,
    total: 0.06,
    effects: [
      component('prompt', 0.93),
      component('order:prompt', 0.03),
      component('(order × batch):prompt', 0.005),
      component('temperature', 0.002),
      component('batch', -0.006),
      component('residual', 0.033),
    ],
  },
};
const lines = (change: Partial<StabilityReport> = {}) => stabilityWords({ ...report, ...change });
/** Without line breaks. */
const words = (change: Partial<StabilityReport> = {}) => lines(change).join(' ').replace(/\s+/g, ' ');

describe('a stability study in words', () => {
  it('fits on one screen of 80 columns and says what the numbers mean', () => {
    expect(lines().length).toBeLessThanOrEqual(35);
    expect(Math.max(...lines().map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(words()).toContain('tiny: 50 prompts × 10 runs at temperature 1 (exchangeable reruns), P(buy)');
    expect(words()).toContain('it is not Gemma.');
    expect(words()).toContain('Agreement is excellent: 97.2 % of the variance of single answers lies between prompts');
    expect(words()).toContain('predicted from one reading of the distribution .0391');
  });

  it('says what repeats buy, and that it bounds every student', () => {
    expect(lines()).toContain('  Answers averaged in a label     1     2     3     5    10    20    50');
    expect(lines()).toContain('  Standard error = least RMSE  .040  .028  .023  .018  .013  .009  .006');
  });

  it('tells what a few runs show of a prediction, and at which temperature it holds', () => {
    expect(words({ runs: 3 })).toContain('predicted from one reading (3 runs show 89 % of it) .0391');
    expect(words({ temperature: 0.5 })).toContain('predicted from one reading, for temperature 1 .0391');
    expect(words({ predictedSd: undefined })).not.toContain('predicted');
    for (const change of [{ runs: 3 }, { temperature: 0.5 }])
      expect(Math.max(...lines(change).map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('holds the findings of the report, word for word, warnings first', () => {
    const outcomes = { ...report.outcomes, ok: 540, unparsable: 10 };
    for (const change of [{}, crossed, { outcomes }]) {
      const findings = stabilityFindings({ ...report, ...change });
      for (const { severity, topic, text } of findings)
        expect(words(change)).toContain(`${severity === 'warning' ? 'Warning' : topic}: ${text}`);
    }
    expect(words({ outcomes })).toMatch(/Warning: 10 of 550 answers could not be used.*How noisy:/);
  });

  it('has no table of what does not vary', () => {
    const still = {
      std: { population: 0, sample: 0, perPrompt: { min: 0, median: 0, p90: 0, max: 0 } },
      kind: 'determinism check' as const,
      icc: noVariance,
      repeats: [{ repeats: 1, reliability: null, sd: 0 }],
    };
    expect(words(still)).toContain('Intraclass correlations: undefined: no variance: greedy reruns are identical');
    expect(words(still)).not.toMatch(/excellent|good|null|averaged/);
  });

  it('names the embedding model’s measure if there is one', () => {
    expect(words()).toContain('Explanations alike (words)');
    expect(words({ cosine: { ...report.cosine, method: 'embedding: bge.gguf bge-0' } })).toContain('alike (embedding)');
  });

  it('compares the facets and shows where the variance comes from', () => {
    const screen = lines(crossed);
    expect(screen.length).toBeLessThanOrEqual(59);
    expect(Math.max(...screen.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(words(crossed)).toContain('temperature 3 means of 10 .0100');
    expect(words(crossed)).toContain('batch 2 expected .0000 .00 .1000 no variance');
    expect(words(crossed)).toContain('residual 3.3 % .0445');
  });

  it('says how the replies were read', () => {
    expect(words({ rungs: { json: 549, object: 0, words: 1 } })).toContain(
      'Replies read: 549 as JSON, 1 by a number in words or digits.',
    );
  });

  it('has a line for each of several actions, and what the letters of the options had', () => {
    const of = (mean: number, sample: number) => ({
      ...{ mean, std: { population: sample, sample }, mard: 0.1, icc: steady },
      variance: { within: sample ** 2, between: 0.1 },
    });
    const several: Partial<StabilityReport> = {
      action: undefined,
      actions: { walk: of(0.5, 0.05), 'take the bus': of(0.3, 0.03), drive: of(0.2, 0.04) },
      choices: { orders: 3, mass: { median: 0.97, least: 0.31, low: 2 }, bias: { median: 0.05, largest: 0.2 } },
    };
    expect(lines(several)).toContain('  take the bus  .300  .0300  .1000  .9720 [.9600, .9800]');
    expect(words(several)).toContain('(exchangeable reruns), 3 actions');
    expect(words(several)).toContain('Letters of the options, in 3 orders, have 0.970 of the probability');
    expect(words(several)).toContain('2 answers were not taken');
    expect(words(several)).toContain('with --elicit greedy, dataset and study read what the model writes instead.');
    expect(Math.max(...lines(several).map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});
