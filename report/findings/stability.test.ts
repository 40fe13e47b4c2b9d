import { describe, expect, it } from 'vitest';
import type { StudyFacet, StudyStability } from '../../workspace/stability.ts';
import { type Stability, stabilityFindings } from './stability.ts';

/** What a file of the first version holds. */
const plain: StudyStability = {
  teacher: 'tiny',
  elicitation: 'sample',
  temperature: 1,
  seed: 1,
  prompts: 30,
  runs: 5,
  kind: 'exchangeable reruns',
  complete: 30,
  std: { population: 0.03, sample: 0.034 },
  mard: 0.1,
  icc: { 'ICC(1,1)': { value: 0.9, lower: 0.85, upper: 0.95 } },
  cosine: { value: 0.6, method: 'lexical' },
  heaping: { share: 0.8, chance: 0.2 },
};
const facet = (mean: number, largest: number, more: Partial<StudyFacet> = {}): StudyFacet => ({
  levels: ['0', '1'],
  asked: 'expected',
  means: [0.4, 0.5],
  sds: [null, null],
  meanAbsoluteDifference: mean,
  largestDifference: largest,
  mard: 0.1,
  icc: {},
  cosine: { value: null, method: 'lexical' },
  ...more,
});
const effect = (name: string, share: number) => ({ effect: name, variance: share, share, lower: 0, upper: 1 });
const components = (facets: string[], ...effects: ReturnType<typeof effect>[]) => ({
  design: 'prompt × …',
  facets,
  prompts: 30,
  observations: 600,
  total: 1,
  effects,
});
/** ICC(1,1) = .9 by Spearman–Brown, 9k / (9k + 1): .9, .964…, .989…; within-prompt variance .01. */
const averaged = [1, 3, 10].map((repeats) => ({
  repeats,
  reliability: (9 * repeats) / (9 * repeats + 1),
  sd: 0.1 / Math.sqrt(repeats),
}));
const ceilings = averaged.map(({ repeats, reliability, sd }) => ({
  repeats,
  r2: reliability,
  pearson: Math.sqrt(reliability),
  mse: sd ** 2,
}));
const textOf = (stability: Stability, topic: string) =>
  stabilityFindings(stability).find((finding) => finding.topic === topic)?.text;

describe('the findings of a stability study', () => {
  it('of a file of the first version are how noisy the teacher is, how alike its explanations, and nothing that was not measured', () => {
    expect(stabilityFindings(plain)).toEqual([
      {
        kind: 'agreement',
        severity: 'main',
        topic: 'How noisy',
        text: 'Asked the same again, the teacher answers with a standard deviation of 0.034 around its own mean. Agreement is good: 90 % of the variance of single answers lies between prompts, the rest is noise.',
        numbers: { sd: 0.034, icc: 0.9, lower: 0.85, upper: 0.95 },
      },
      {
        kind: 'explanations',
        severity: 'detail',
        topic: 'How alike the explanations',
        text: 'Explanations of one prompt have a mean cosine of 0.600 (lexical).',
        numbers: { within: 0.6 },
      },
    ]);
  });

  it('hold the explanations of one prompt against those of others, and say what compared them', () => {
    const cosine = {
      value: 0.738,
      between: 0.424,
      method: 'word vectors: means of them',
      prompts: 30,
      coverage: 0.934,
    };
    const topic = 'How alike the explanations';
    expect(textOf({ ...plain, cosine }, topic)).toBe(
      'Explanations of one prompt have a mean cosine of 0.738, of different prompts 0.424 (word vectors: means of them). 93.4 % of the words have a vector.',
    );
    const counted = 'lexical: they know 12 % of these words';
    expect(textOf({ ...plain, cosine: { ...cosine, coverage: 0.12, method: counted } }, topic)).toBe(
      `Explanations of one prompt have a mean cosine of 0.738, of different prompts 0.424 (${counted}).`,
    );
    expect(textOf({ ...plain, cosine: { ...cosine, value: null } }, topic)).toBeUndefined();
  });

  it('hold the spread against what one reading of the distribution says', () => {
    // c4 of five is .940.
    expect(textOf({ ...plain, predictedSd: 0.0396 }, 'How noisy')).toMatch(
      / \(On average 5 runs show 94\.1 % of the true one\.\) .* says 0\.040 at temperature 1\.$/,
    );
    expect(textOf({ ...plain, runs: 10, predictedSd: 0.0396 }, 'How noisy')).toMatch(/ 0\.040 at temperature 1\.$/);
  });

  it('of identical reruns say nothing about noise, repeats or a ceiling', () => {
    const greedy = {
      ...plain,
      kind: 'determinism check',
      temperature: 0,
      std: { population: 0, sample: 0 },
      icc: { 'ICC(1,1)': { value: null, reason: 'undefined: no variance' } },
      repeats: averaged.map((row) => ({ ...row, reliability: null, sd: 0 })),
      noiseCeiling: ceilings.map((row) => ({ ...row, r2: null, pearson: null, mse: 0 })),
    };
    expect(stabilityFindings({ ...greedy, elicitation: 'greedy' }).map(({ text }) => text)).toEqual([
      'Greedy answers repeat exactly: asking is deterministic here. This says nothing about how sure the model is.',
    ]);
    expect(stabilityFindings(greedy).map(({ text }) => text)).toEqual([
      'Sampled answers repeat exactly: this teacher has one answer to each question, so its agreement means nothing.',
    ]);
    expect(textOf({ ...greedy, predictedSd: 0.04 }, 'How noisy')).toMatch(
      /^Sampled answers repeat exactly.* The distribution/,
    );
    expect(textOf({ ...greedy, std: { population: 0.01, sample: 0.011 } }, 'How noisy')).toBe(
      'Reruns that should be identical differ by a standard deviation of 0.011: asking is not deterministic here.',
    );
  });

  it('name what moves answers, the strongest first, what does not, and what is seen through noise', () => {
    const facets = {
      seed: facet(0.2, 0.9, { asked: 'sample' }),
      temperature: facet(0.012, 0.07, { asked: 'sample' }),
      order: facet(0.056, 0.23),
      batch: facet(0, 0),
    };
    expect(textOf({ ...plain, facets }, 'What moves the answers')).toBe(
      'The order of the phrases moves an answer most, by 0.056 on average and 0.23 at most; the temperature by 0.012 on average and 0.070 at most; the number of questions asked at once changes nothing. Part of the effect of the temperature is the noise of draws.',
    );
    expect(textOf({ ...plain, facets: { batch: facet(0, 0), order: facet(0, 0) } }, 'What moves the answers')).toBe(
      'The number of questions asked at once and the order of the phrases change nothing.',
    );
    expect(textOf({ ...plain, facets: { seed: facets.seed } }, 'What moves the answers')).toBeUndefined();
  });

  it('give the spread by temperature', () => {
    const temperature = facet(0.01, 0.1, { levels: ['0', '0.7', '1'], sds: [null, 0.027, 0.034] });
    expect(textOf({ ...plain, facets: { temperature } }, 'What the temperature does')).toBe(
      'The standard deviation of a prompt’s answers is 0.027 at temperature 0.7 and 0.034 at temperature 1.',
    );
  });

  it('say where the variance of a crossed design comes from, by facet, and nothing of a one-way design', () => {
    const crossed = components(
      ['order', 'paraphrase', 'seed'],
      effect('prompt', 0.9),
      effect('paraphrase', 0.006),
      effect('order:prompt', 0.05),
      effect('prompt × paraphrase', 0.0001),
      effect('residual', 0.04),
    );
    expect(textOf({ ...plain, components: crossed }, 'Where the variance comes from')).toBe(
      'With everything varied at once, 90 % of the variance of an answer comes from what was asked about; the order of the phrases comes next with 5.0 %, its interactions included, then the seed 4.0 % and the wording of the question 0.6 %.',
    );
    const oneWay = components(['seed'], effect('prompt', 0.9), effect('residual', 0.1));
    expect(textOf({ ...plain, components: oneWay }, 'Where the variance comes from')).toBeUndefined();
    const still = components(['order', 'seed'], effect('prompt', 1), effect('order:prompt', 0));
    expect(textOf({ ...plain, components: still }, 'Where the variance comes from')).toMatch(/; nothing else shows\.$/);
  });

  it('say first what moves answers more than the prompts do, and that agreement holds within it', () => {
    const crossed = components(
      ['order', 'paraphrase', 'seed'],
      effect('prompt', 0.01),
      effect('paraphrase', 0.9),
      effect('prompt × paraphrase', 0.05),
      effect('residual', 0.04),
    );
    const of = (kept: StudyStability['components']) => ({ ...plain, action: 'repair', components: kept });
    expect(textOf(of(crossed), 'Where the variance comes from')).toBe(
      'With everything varied at once, 95.0 % of the variance of an answer comes from the wording of the question, its interactions included, and 1.0 % from what was asked about; further shares: the seed 4.0 %.',
    );
    expect(textOf(of(crossed), 'How noisy')).toBe(
      'Asked the same again, the teacher answers with a standard deviation of 0.034 around its own mean P(repair). Agreement is good: 90 % of the variance of single answers lies between prompts, the rest is noise. This agreement holds within one wording of the question: changing it moves an answer more than asking about another state does.',
    );
    // Reruns show the seed themselves.
    const noisy = components(['order', 'seed'], effect('prompt', 0.2), effect('residual', 0.8));
    expect(textOf(of(noisy), 'Where the variance comes from')).toMatch(/^With .*, 80 % .* from the seed/);
    expect(textOf(of(noisy), 'How noisy')).not.toContain('holds');
  });

  it('count estimates below 0 against their facet, so that chance alone gives it no share', () => {
    const crossed = components(
      ['order', 'batch', 'seed'],
      effect('prompt', 0.93),
      effect('order:prompt', 0.03),
      effect('(order × batch):prompt', 0.005),
      effect('batch', -0.006),
      effect('residual', 0.033),
    );
    // Order .03 + .005; batch .005 − .006, which is below 0.
    const found = stabilityFindings({ ...plain, components: crossed }).find(({ kind }) => kind === 'variance');
    expect(found!.numbers.order).toBeCloseTo(0.035, 12);
    expect(found!.numbers).toMatchObject({ prompt: 0.93, seed: 0.033, batch: 0 });
    expect(found!.text).toContain(
      'the order of the phrases comes next with 3.5 %, its interactions included, then the seed 3.3 %.',
    );
    const reason = 'undefined: no variance: all 72 answers are equal';
    const still = { ...crossed, total: 0, effects: [], reason };
    expect(textOf({ ...plain, components: still }, 'Where the variance comes from')).toBe(
      'Undefined: no variance: all 72 answers are equal.',
    );
  });

  it.each([
    [0.91, 'excellent'],
    [0.8, 'good'],
    [0.6, 'moderate'],
    [0.2, 'poor'],
  ])('judge agreement by its lower bound: %d is %s', (lower, judgement) => {
    const icc = { 'ICC(1,1)': { value: 0.95, lower, upper: 0.99 } };
    expect(textOf({ ...plain, icc }, 'How noisy')).toContain(`Agreement is ${judgement}:`);
  });

  it('never call agreement good if nothing varies', () => {
    const icc = { 'ICC(1,1)': { value: null, reason: 'undefined: no variance' } };
    expect(textOf({ ...plain, icc }, 'How noisy')).toMatch(/ Agreement is undefined: no variance\.$/);
  });

  it('warn of answers that could not be used', () => {
    const outcomes = { ok: 540, unparsable: 10, refused: 0 };
    const [first] = stabilityFindings({ ...plain, outcomes });
    expect(first).toMatchObject({
      severity: 'warning',
      text: '10 of 550 answers could not be used; 30 prompts were answered in every run.',
    });
    expect(stabilityFindings({ ...plain, outcomes: { ok: 550 } })[0]!.kind).toBe('agreement');
  });

  it('say how many answers are enough for a reliability of .95', () => {
    expect(textOf({ ...plain, repeats: averaged }, 'How many repeats')).toBe(
      'A label of one answer has a reliability of 0.900, the mean of 3 has 0.964, the mean of 10 has 0.989. 3 answers are enough for 0.95; four times as many answers halve the noise.',
    );
    const steady = averaged.map((row) => ({ ...row, reliability: 0.96 + row.repeats / 1000 }));
    expect(textOf({ ...plain, repeats: steady }, 'How many repeats')).toContain('One answer is enough for 0.95');
    const noisy = averaged.map((row) => ({ ...row, reliability: row.repeats / 20 }));
    expect(textOf({ ...plain, repeats: noisy }, 'How many repeats')).toContain(
      'None of these numbers of answers brings it to 0.95',
    );
  });

  it('bound what a student can score against labels of one answer and of ten', () => {
    expect(textOf({ ...plain, noiseCeiling: ceilings }, 'The ceiling for students')).toBe(
      'Scored against single answers, no student can be expected to do better than R² 0.900, a correlation of 0.949 or a mean squared error of 0.010; against means of ten, than R² 0.989, a correlation of 0.994 or a mean squared error of 0.0010. Labels of `expected` carry no noise of the seed and set no such bound.',
    );
  });

  it('of several actions name the one that varies most, and both ways of labels without noise', () => {
    const of = (sample: number) => ({
      ...{ mean: 0.2, std: { population: sample, sample }, mard: 0.1, icc: {} },
      variance: { within: sample ** 2, between: 0.1 },
    });
    const several: Stability = {
      ...{ ...plain, repeats: averaged, noiseCeiling: ceilings },
      actions: { walk: of(0.02), bus: of(0.05), car: of(0.03) },
    };
    expect(textOf(several, 'How noisy')).toContain(
      'a standard deviation of 0.034 around its own mean, averaged over the actions; P(bus) varies most, by 0.050.',
    );
    expect(textOf(several, 'The ceiling for students')).toContain('Labels of `expected` or `choice` carry no noise');
  });
});
