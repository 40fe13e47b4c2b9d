import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnderstudyError } from '../../env/error.ts';
import {
  driver,
  expectedReply,
  explain,
  impliedIcc,
  type OracleRule,
  replyDistribution,
  replyVariance,
} from '../../env/known-rule.ts';
import { type Observations, orderOf } from '../../env/observation.ts';
import { sequence } from '../../env/random.ts';
import { sampleObservations } from '../../env/sampling/sampling.ts';
import type { Embedder } from '../../policies/embedder/embedder.ts';
import { openOracle } from '../../policies/known/oracle.ts';
import { readingOf } from '../../policies/models/number-distribution.ts';
import { type Answer, type AskOptions, decisionsOf, type Teacher } from '../../policies/policy.ts';
import { iceCreamRule, iceCreamWording } from '../../scenarios/ice-cream-v1/rule.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { shownInOrders } from './interview.ts';
import { runSeeds } from './plan.ts';
import { stability } from './stability.ts';

/** Draws replies from the exact distributions of an oracle's rule, so that what a study must find is known. */
class PlantedNoise implements Teacher {
  readonly id = 'planted';
  readonly scenario = iceCream.id;
  readonly asked: AskOptions[] = [];
  /** Whether its numbers can be read as distributions. */
  readable = true;
  readonly #rule: OracleRule;
  readonly #laws = new Map<string, Float64Array>();
  constructor(rule = iceCreamRule) {
    this.#rule = rule;
  }
  async ask(observations: Observations, options: AskOptions = {}): Promise<Answer[]> {
    this.asked.push(options);
    if (options.elicit === 'expected' && !this.readable)
      throw new UnderstudyError('TEACHER_UNSUPPORTED', 'planted cannot be asked for "expected"');
    return Array.from(observations.masks, (mask, i) => {
      options.signal?.throwIfAborted();
      options.onProgress?.(i + 1, observations.masks.length);
      return this.answer(orderOf(observations, i), sequence(options.seed ?? 0, 'batchChoice', mask), options);
    });
  }
  answer(observation: readonly number[], random: () => number, options: AskOptions): Answer {
    const law = this.law(observation, options.paraphrase);
    if (options.elicit === 'expected') {
      const { mean, distribution } = readingOf(law);
      return { outcome: 'ok', probabilities: [1 - mean, mean], distribution };
    }
    let stated = law.indexOf(Math.max(...law));
    if (options.elicit === 'sample') {
      const weights = options.temperature === 1 ? law : law.map((p) => p ** (1 / options.temperature!));
      const u = random() * weights.reduce((sum, weight) => sum + weight, 0);
      stated = 0;
      for (let below = weights[0]!; below <= u && stated < 100; ) below += weights[++stated]!;
    }
    const p = stated / 100;
    if (!options.explain) return { outcome: 'ok', probabilities: [1 - p, p] };
    const words = explain(iceCreamWording, driver(this.#rule, observation, p >= 0.5), p, Math.floor(random() * 3));
    return { outcome: 'ok', probabilities: [1 - p, p], explanation: words };
  }
  law(observation: readonly number[], paraphrase = 0): Float64Array {
    const key = `${paraphrase} ${observation}`;
    const known = this.#laws.get(key) ?? replyDistribution(this.#rule, observation, paraphrase);
    this.#laws.set(key, known);
    return known;
  }
  async decide(observations: Observations) {
    return decisionsOf(await this.ask(observations), 2);
  }
  async [Symbol.asyncDispose]() {}
}

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'understudy-stability-'));
});
afterEach(() => rmSync(workspace, { recursive: true }));
const file = (name: string) => readFileSync(join(workspace, 'results', 'metrics', name), 'utf8');
const study = (options: Partial<Parameters<typeof stability>[0]> = {}) =>
  stability({ teacher: new PlantedNoise(), prompts: 40, runs: 8, temperature: 1, workspace, seed: 3, ...options });
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const sampleOf = (prompts: number, seed = 3) =>
  sampleObservations(iceCream, { size: prompts, order: 'canonical', seed });
const laws = (prompts: number, paraphrase = 0) => {
  const sample = sampleOf(prompts);
  return Array.from(sample.masks, (_, i) => replyDistribution(iceCreamRule, orderOf(sample, i), paraphrase));
};

describe('a stability study of a teacher with planted noise', () => {
  it('finds the noise that was planted', async () => {
    const report = await study({ prompts: 150, runs: 20 });
    const planted = laws(150).map(replyVariance);
    // A mean of 150 sample variances of 19 degrees of freedom each; four standard errors of normal answers.
    expect(Math.abs(report.variance.within / mean(planted) - 1)).toBeLessThan(4 * Math.sqrt(2 / (150 * 19)));
    expect(report.std.sample).toBeGreaterThan(report.std.population);
    expect(Math.abs(report.std.sample / mean(planted.map(Math.sqrt)) - 1)).toBeLessThan(0.05);
    expect(report.kind).toBe('exchangeable reruns');
  });

  it('predicts that noise from one reading of each distribution', async () => {
    const report = await study({ prompts: 60, runs: 20 });
    expect(report.predictedSd).toBeCloseTo(mean(laws(60).map((law) => Math.sqrt(replyVariance(law)))), 12);
    expect(Math.abs(report.std.sample / report.predictedSd! - 1)).toBeLessThan(0.06);
  });

  it('finds the agreement that the noise implies, within its interval', async () => {
    const report = await study({ prompts: 150, runs: 20 });
    const implied = impliedIcc(laws(150))!;
    const one = report.icc['ICC(1,1)'];
    expect(one.value).toBeCloseTo(implied, 2);
    expect(one.value !== null && one.lower).toBeLessThan(implied);
    expect(one.value !== null && one.upper).toBeGreaterThan(implied);
    expect(Object.keys(report.icc)).toHaveLength(6);
  });

  it('says what repeats buy and what no student can beat', async () => {
    const { icc, variance, repeats, noiseCeiling, components } = await study({ runs: 5 });
    expect(repeats.map((row) => row.repeats)).toEqual([1, 2, 3, 5, 10, 20, 50]);
    expect([repeats[0]!.reliability, repeats[3]!.reliability]).toEqual([
      expect.closeTo(icc['ICC(1,1)'].value!, 12),
      expect.closeTo(icc['ICC(1,k)'].value!, 12),
    ]);
    expect(repeats[1]!.sd).toBeCloseTo(Math.sqrt(variance.within / 2), 12);
    expect(noiseCeiling[3]).toEqual({
      repeats: 5,
      r2: repeats[3]!.reliability,
      pearson: Math.sqrt(repeats[3]!.reliability!),
      mse: variance.within / 5,
    });
    // Prompts and reruns are the one-way model of ICC(1,1).
    expect(components).toMatchObject({ facets: ['seed'], prompts: 40, observations: 200 });
    expect(components.effects.map(({ effect, df, variance: of }) => [effect, df, of])).toEqual([
      ['prompt', 39, expect.closeTo(variance.between, 12)],
      ['residual', 160, expect.closeTo(variance.within, 12)],
    ]);
    expect(components.effects[0]!.share).toBeCloseTo(icc['ICC(1,1)'].value!, 12);
    for (const { lower, variance: of, upper } of components.effects) expect(lower < of && of < upper).toBe(true);
  });

  it('finds explanations of one prompt more alike than those of different prompts', async () => {
    const { cosine } = await study();
    expect(cosine.value).toBeGreaterThan(cosine.between! + 0.1);
    expect(cosine.value).toBeLessThan(1);
    expect(cosine.method).toMatch(/^word vectors: means of glove-en-100d/);
    expect(cosine.coverage).toBeGreaterThan(0.98);
    expect(cosine.prompts).toBe(40);
  });

  it('finds the heaping', async () => {
    expect((await study()).heaping.share).toBeGreaterThan(0.7);
  });
});

describe('the facets, each alone', () => {
  it('show orders and paraphrases exactly where distributions can be read', async () => {
    const { facets } = await study({ facets: ['order', 'paraphrase'], orders: 4 });
    expect(Object.keys(facets)).toEqual(['order', 'paraphrase']);
    const exact = [0, 1, 2].map((paraphrase) => laws(40, paraphrase).map(expectedReply));
    const pairs = [0, 1].flatMap((a) => [1, 2].flatMap((b) => (a < b ? [[exact[a]!, exact[b]!]] : [])));
    const differences = pairs.flatMap(([a, b]) => a!.map((value, i) => Math.abs(value - b![i]!)));
    expect(facets.paraphrase).toMatchObject({ levels: ['0', '1', '2'], asked: 'expected', prompts: 40 });
    exact.forEach((level, i) => expect(facets.paraphrase!.means[i]).toBeCloseTo(mean(level), 12));
    expect(facets.paraphrase!.meanAbsoluteDifference).toBeCloseTo(mean(differences), 12);
    expect(facets.paraphrase!.largestDifference).toBeCloseTo(Math.max(...differences), 12);
    expect(facets.paraphrase!.sds).toEqual([null, null, null]);
    expect(facets.paraphrase!.cosine).toMatchObject({ value: null, reason: 'no prompt has two explanations' });

    const shown = shownInOrders(iceCream, sampleOf(40), 4, 3);
    expect(facets.order!.levels).toEqual(['canonical', 'shuffle 1', 'shuffle 2', 'shuffle 3']);
    shown.forEach((batch, i) => {
      const level = Array.from(batch.masks, (_, p) =>
        expectedReply(replyDistribution(iceCreamRule, orderOf(batch, p))),
      );
      expect(facets.order!.means[i]).toBeCloseTo(mean(level), 12);
    });
  });

  it('find no difference between batches of a faultless teacher, and call the agreement undefined', async () => {
    const { facets } = await study({ facets: ['batch'], batches: [1, 16] });
    expect(facets.batch).toMatchObject({
      meanAbsoluteDifference: 0,
      largestDifference: 0,
      mard: 0,
      levels: ['1', '16'],
    });
    expect(facets.batch!.icc['ICC(2,1)']).toMatchObject({
      value: null,
      reason: 'undefined: no variance: no level of batch changes an answer',
    });
  });

  it('show that a higher temperature is noisier, and ask at the study’s own temperature once', async () => {
    const teacher = new PlantedNoise();
    const { facets, std } = await study({ teacher, facets: ['temperature'], temperatures: [0, 0.5, 1], runs: 6 });
    const { sds, means, asked } = facets.temperature!;
    expect(asked).toBe('sample');
    expect(sds[0]).toBeNull();
    expect(sds[1]).toBeLessThan(sds[2]!);
    expect(sds[2]).toBe(std.sample);
    expect(means).toHaveLength(3);
    // Six runs, one reading, one greedy answer, six draws at .5; those at 1 are the runs.
    expect(teacher.asked.map(({ temperature }) => temperature)).toEqual([
      undefined,
      ...Array(6).fill(1),
      undefined,
      ...Array(6).fill(0.5),
    ]);
    expect(teacher.asked.filter(({ explain: asked }) => asked)).toHaveLength(6);
  });

  it('are told by samples of equal seeds where no distribution can be read', async () => {
    const teacher = new PlantedNoise();
    teacher.readable = false;
    const log: string[] = [];
    const report = await study({
      teacher,
      facets: 'all',
      runs: 3,
      temperatures: [0.5, 1],
      log: (line) => log.push(line),
    });
    expect(report.predictedSd).toBeUndefined();
    expect(log).toEqual([
      'planted is asked 560 questions: seed 120, one reading of the distribution 40, temperature 120, order 80, paraphrase 80, batch 120',
      'order, paraphrase and batch are measured by samples, which carry noise: planted cannot be asked for "expected"',
      'planted is asked 840 questions: seed 120, temperature 120, order 240, paraphrase 240, batch 120',
    ]);
    const samples = teacher.asked.filter(({ elicit }) => elicit !== 'expected');
    expect(samples).toHaveLength(840 / 40);
    expect(new Set(samples.map(({ seed }) => seed))).toEqual(new Set(runSeeds(3, 3)));
    expect(samples.filter(({ batch }) => batch !== undefined).map(({ seed }) => seed)).toEqual(
      Array(3).fill(runSeeds(3, 1)[0]),
    );
    expect(report.facets.paraphrase).toMatchObject({ asked: 'sample', cosine: { prompts: 40 } });
    expect(report.facets.paraphrase!.means[0]).toBeCloseTo(report.mean, 12);
    expect(report.facets.paraphrase!.means[1]).toBeGreaterThan(report.mean);
    expect(report.facets.seed).toMatchObject({ asked: 'sample', mard: report.mard, icc: report.icc });
  });

  it('leave out prompts that a level did not answer, and fail where none is left, naming the facet', async () => {
    const teacher = new PlantedNoise();
    const well = teacher.answer.bind(teacher);
    let failing = 1;
    teacher.answer = (observation, random, options) =>
      options.paraphrase === 2 && failing-- > 0
        ? { outcome: 'refused', reason: 'I cannot say' }
        : well(observation, random, options);
    const report = await study({ teacher, prompts: 5, facets: ['paraphrase'] });
    expect(report.facets.paraphrase!.prompts).toBe(4);
    expect(report).toMatchObject({ complete: 5, outcomes: { ok: 40 + 5 + 9, refused: 1 } });
    failing = 5;
    await expect(study({ teacher, prompts: 5, facets: ['paraphrase'] })).rejects.toMatchObject({
      code: 'DISTILL_ANSWERS',
      message: expect.stringMatching(/only 0 of 5 prompts were answered at every level of paraphrase.*I cannot say/),
    });
  });
});

describe('the crossed design', () => {
  /** Components of the very table of the cells' mean answers, and the mean variance within cells. */
  function exactComponents(
    law: (order: readonly number[], paraphrase: number) => Float64Array,
    prompts: number,
    orders: number,
  ) {
    const shown = shownInOrders(iceCream, sampleOf(prompts), orders, 3);
    const each = (n: number) => Array.from({ length: n }, (_, i) => i);
    const cells = each(prompts).map((p) => shown.map((batch) => each(3).map((q) => law(orderOf(batch, p), q))));
    // Shape [prompts][orders][paraphrases].
    const mu = cells.map((of) => of.map((row) => row.map(expectedReply)));
    const grand = mean(mu.flat(2));
    const prompt = mu.map((of) => mean(of.flat()));
    const paraphrase = each(3).map((q) => mean(mu.map((of) => mean(of.map((row) => row[q]!)))));
    const byOrder = mu.map((of) => of.map(mean));
    const byParaphrase = mu.map((of) => each(3).map((q) => mean(of.map((row) => row[q]!))));
    const square = (values: readonly number[], df: number) => values.reduce((sum, value) => sum + value ** 2, 0) / df;
    const p2 = square(
      prompt.map((m) => m - grand),
      prompts - 1,
    );
    const q2 = square(
      paraphrase.map((m) => m - grand),
      2,
    );
    const o2 = square(
      byOrder.flatMap((of, p) => of.map((m) => m - prompt[p]!)),
      prompts * (orders - 1),
    );
    const pq2 = square(
      byParaphrase.flatMap((of, p) => of.map((m, q) => m - prompt[p]! - paraphrase[q]! + grand)),
      2 * (prompts - 1),
    );
    const oq2 = square(
      mu.flatMap((of, p) =>
        of.flatMap((row, o) => row.map((m, q) => m - byOrder[p]![o]! - byParaphrase[p]![q]! + prompt[p]!)),
      ),
      2 * prompts * (orders - 1),
    );
    return {
      prompt: p2 - o2 / orders - pq2 / 3 + oq2 / (3 * orders),
      paraphrase: q2 - pq2 / prompts,
      'order:prompt': o2 - oq2 / 3,
      'prompt × paraphrase': pq2 - oq2 / orders,
      '(order × paraphrase):prompt': oq2,
      residual: mean(cells.flat(2).map(replyVariance)),
    };
  }
  const crossing = { facets: ['order', 'paraphrase'], crossed: true, explain: false, runs: 2 } as const;

  it('recovers the components of the oracle’s noise within 2 %', async () => {
    const report = await study({ ...crossing, teacher: openOracle(iceCream), prompts: 3000, replications: 3 });
    const exact = exactComponents((order, q) => replyDistribution(iceCreamRule, order, q), 3000, 3);
    const total = Object.values(exact).reduce((sum, variance) => sum + variance, 0);
    const { effects, ...head } = report.components;
    expect(head).toMatchObject({
      design: 'prompt × paraphrase × (order:prompt), 3 seeds in each cell',
      facets: ['order', 'paraphrase', 'seed'],
      observations: 81_000,
    });
    expect(Math.abs(head.total / total - 1)).toBeLessThan(0.02);
    const notable = effects.filter(({ effect }) => exact[effect as keyof typeof exact] >= 0.01 * total);
    expect(notable.map(({ effect }) => effect)).toEqual(['prompt', 'order:prompt', 'residual']);
    for (const { effect, variance } of notable)
      expect(Math.abs(variance / exact[effect as keyof typeof exact] - 1), effect).toBeLessThan(0.02);
    // The paraphrases' .7 % are small beside the noise of their means: three standard errors of it.
    expect(
      Math.abs(effects.find(({ effect }) => effect === 'paraphrase')!.variance / exact.paraphrase - 1),
    ).toBeLessThan(0.05);
  });

  it('recovers every component within 2 % where paraphrases and orders matter as much as the noise', async () => {
    const rule = { ...iceCreamRule, paraphraseShifts: [0, 0.8, -0.8], primacy: 0.6 };
    const teacher = new PlantedNoise(rule);
    const report = await study({ ...crossing, teacher, prompts: 2500, orders: 2, replications: 8 });
    const exact = exactComponents((order, q) => teacher.law(order, q), 2500, 2);
    const total = Object.values(exact).reduce((sum, variance) => sum + variance, 0);
    const notable = report.components.effects.filter(
      ({ effect }) => exact[effect as keyof typeof exact] >= 0.01 * total,
    );
    expect(notable.map(({ effect }) => effect)).toEqual(
      expect.arrayContaining(['prompt', 'paraphrase', 'order:prompt', 'prompt × paraphrase', 'residual']),
    );
    for (const { effect, variance } of notable)
      expect(Math.abs(variance / exact[effect as keyof typeof exact] - 1), effect).toBeLessThan(0.02);
  });

  it('crosses all facets, with a seed of its own for every cell and repetition, and asks for no explanation', async () => {
    const teacher = new PlantedNoise();
    const levels = { temperatures: [0.5, 1], orders: 2, batches: [1, 8] };
    const report = await study({ teacher, facets: 'all', crossed: true, prompts: 6, runs: 2, ...levels });
    expect(report.components.design).toBe(
      'prompt × paraphrase × temperature × batch × (order:prompt), 2 seeds in each cell',
    );
    const cells = teacher.asked.slice(-2 * 3 * 2 * 2 * 2);
    expect(new Set(cells.map(({ seed }) => seed)).size).toBe(48);
    expect(cells.every(({ explain: asked }) => !asked)).toBe(true);
    const ways = cells.map(({ paraphrase, temperature, batch }) => `${paraphrase} ${temperature} ${batch}`);
    for (const way of new Set(ways)) expect(ways.filter((other) => other === way)).toHaveLength(4);
    expect(new Set(ways).size).toBe(12);
    expect(report.components.effects).toHaveLength(24);
    expect(report.components.effects.at(-1)).toMatchObject({ effect: 'residual', df: 6 * 24 });
    const shares = report.components.effects.map(({ share }) => share);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it('has no share to tell where nothing varies, and says so', async () => {
    const teacher = new PlantedNoise();
    teacher.answer = () => ({ outcome: 'ok', probabilities: [0.5, 0.5] });
    const { components } = await study({ teacher, ...crossing, prompts: 4 });
    expect(components).toMatchObject({
      total: 0,
      effects: [],
      reason: 'undefined: no variance: all 72 answers are equal',
    });
  });
});

describe('an embedding model', () => {
  it('compares explanations in its vectors, each text embedded once, and is named', async () => {
    const texts: string[] = [];
    const embedder: Embedder = {
      id: 'letters-0123456789ab',
      dimensions: 2,
      // A text's direction: how much of it is the letter e.
      embed: async (given) => {
        texts.push(...given);
        return given.map((text) => [text.split('e').length, text.length]);
      },
      async [Symbol.asyncDispose]() {
        throw new Error('the study closed an embedding model that it did not open');
      },
    };
    const { cosine } = await study({ embedder });
    expect(cosine.method).toBe('embedding: letters-0123456789ab');
    expect(cosine.value).toBeGreaterThan(0.98);
    expect(texts.length).toBeGreaterThan(20);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('that is not there is known before anything is asked', async () => {
    const teacher = new PlantedNoise();
    const embedder = join(workspace, 'none.gguf');
    await expect(study({ teacher, embedder })).rejects.toMatchObject({ code: 'POLICY_FILE' });
    await expect(study({ teacher, embedder: 'tiny' })).rejects.toMatchObject({ code: 'TEACHER_UNSUPPORTED' });
    await expect(study({ teacher, embedder: 'all-minilm-l6-v2' })).rejects.toThrow(
      /all-minilm-l6-v2\.gguf does not exist; run understudy pull all-minilm-l6-v2$/,
    );
    expect(teacher.asked).toEqual([]);
  });

  it('gives way to counted words by the name "words"', async () => {
    const { cosine } = await study({ embedder: 'words' });
    expect(cosine.method).toBe('lexical: cosine of word counts, which compare wording, not meaning');
    expect(cosine).not.toHaveProperty('coverage');
  });
});

describe('what a study asks and writes', () => {
  it('asks every prompt once a run, each run with a seed of its own that other studies do not share', async () => {
    const teacher = new PlantedNoise();
    await study({ teacher, runs: 4 });
    expect(teacher.asked.map(({ elicit, explain: asked, temperature }) => ({ elicit, asked, temperature }))).toEqual([
      { elicit: 'expected', asked: undefined, temperature: undefined },
      ...Array(4).fill({ elicit: 'sample', asked: true, temperature: 1 }),
    ]);
    expect(teacher.asked.slice(1).map(({ seed }) => seed)).toEqual(runSeeds(3, 4));
    expect(new Set([...runSeeds(3, 50), ...runSeeds(4, 50)]).size).toBe(100);
    expect(runSeeds(3, 50).slice(0, 4)).toEqual(runSeeds(3, 4));
  });

  it('writes a row per prompt and run, and the report', async () => {
    const report = await study({ prompts: 5, runs: 3 });
    const [header, ...rows] = file('stability.csv').trimEnd().split('\n');
    expect(header).toBe(
      'prompt,run,traits,context,temperature,seed,outcome,probability,explanation,design,order,paraphrase,batch,rung,sd,option_orders,mass,bias',
    );
    const drawn = rows.filter((row) => row.includes(',alone:seed,'));
    expect(drawn.map((row) => row.split(',').slice(0, 2).join())).toEqual(
      [0, 1, 2, 3, 4].flatMap((prompt) => [0, 1, 2].map((run) => `${prompt},${run}`)),
    );
    for (const row of drawn) expect(row).toMatch(/,alone:seed,canonical,0,,,,,,$/);
    // What the teacher says of its distribution, beside what was drawn from it.
    for (const row of rows.slice(drawn.length)) expect(row).toMatch(/,reading:expected,canonical,0,,/);
    expect(rows).toHaveLength(drawn.length + 5);
    const { tables, ...kept } = JSON.parse(file('stability.json'));
    expect(kept).toEqual(JSON.parse(JSON.stringify(report)));
    expect(tables).toEqual({ 'stability.csv': createHash('sha256').update(file('stability.csv')).digest('hex') });
  });

  it('writes the rows of each facet and of the crossed design, phrases in the order shown', async () => {
    await study({ prompts: 4, runs: 2, facets: ['order', 'batch'], orders: 2, batches: [1, 4], crossed: true });
    const rows = file('stability.csv').trimEnd().split('\n').slice(1);
    const of = (design: string) => rows.filter((row) => row.includes(`,${design},`));
    expect(['alone:seed', 'alone:order', 'alone:batch', 'crossed'].map((design) => of(design).length)).toEqual([
      4 * 2,
      4 * 2,
      4 * 2,
      4 * 2 * 2 * 2,
    ]);
    expect(rows).toHaveLength(56 + of('reading:expected').length);
    expect(of('reading:expected')).toHaveLength(4);
    const long = of('alone:order').map((row) => row.split(',').slice(2, 4).join());
    expect(of('alone:order')[1]).toMatch(/,,ok,0\.\d+,,alone:order,shuffle 1,0,,,,,,$/);
    expect(long.some((phrases, i) => i % 2 === 1 && phrases !== long[i - 1])).toBe(true);
    expect(of('alone:batch')[3]).toMatch(/alone:batch,canonical,0,4,,,,,$/);
    expect(of('crossed')[1]).toMatch(/^0,1,.*,1,\d+,ok,[\d.]+,,crossed,canonical,0,1,,,,,$/);
  });

  it('calls greedy reruns the determinism check that they are, with an agreement that is undefined', async () => {
    const teacher = new PlantedNoise();
    const report = await study({ teacher, temperature: 0, runs: 2 });
    expect(report.kind).toBe('determinism check');
    expect(teacher.asked.slice(1).map(({ elicit, repeat }) => [elicit, repeat])).toEqual([
      ['greedy', 0],
      ['greedy', 1],
    ]);
    expect(report.std.sample).toBe(0);
    expect(report.mard).toBe(0);
    for (const value of Object.values(report.icc))
      expect(value).toMatchObject({ value: null, reason: 'undefined: no variance: greedy reruns are identical' });
    expect(report.repeats[0]).toEqual({ repeats: 1, reliability: null, sd: 0 });
    expect(report.noiseCeiling[6]).toEqual({ repeats: 50, r2: null, pearson: null, mse: 0 });
    expect(report.components.effects.map(({ share }) => share)).toEqual([1, 0]);
  });

  it('says undefined, not 1, where all ratings are equal', async () => {
    const teacher = new PlantedNoise();
    teacher.answer = () => ({ outcome: 'ok', probabilities: [0.5, 0.5] });
    const report = await study({ teacher, runs: 2 });
    expect(report.kind).toBe('determinism check');
    expect(report.icc['ICC(1,1)']).toEqual({
      form: 'ICC(1,1)',
      value: null,
      reason: expect.stringMatching(/^undefined: no variance/),
    });
    expect(report.cosine).toMatchObject({ value: null, reason: 'no prompt has two explanations' });
    expect(report.components).toMatchObject({ effects: [], reason: expect.stringMatching(/^undefined: no variance/) });
    expect(report.predictedSd).toBeUndefined();
  });

  it('measures the prompts that were answered in every run, and counts the others', async () => {
    const teacher = new PlantedNoise();
    teacher.readable = false;
    const well = teacher.answer.bind(teacher);
    let asked = 0;
    teacher.answer = (...question) =>
      asked++ === 7 ? { outcome: 'unparsable', reason: 'the reply names no probability: "maybe"' } : well(...question);
    const report = await study({ teacher, prompts: 10, runs: 3 });
    expect(report).toMatchObject({ complete: 9, outcomes: { ok: 29, unparsable: 1 } });
    expect(file('stability.csv').split('\n')).toHaveLength(32);
  });

  it('fails with the first reason where nothing can be measured', async () => {
    const teacher = new PlantedNoise();
    teacher.answer = () => ({ outcome: 'unparsable', reason: 'the reply names no probability: "maybe"' });
    await expect(study({ teacher })).rejects.toMatchObject({
      code: 'DISTILL_ANSWERS',
      message: expect.stringMatching(/only 0 of 40 prompts.*"maybe"/),
    });
  });

  it.each([
    [{ prompts: 1 }, '2 prompts or more, got 1'],
    [{ runs: 1 }, '2 runs or more, got 1'],
    [{ runs: 2.5 }, 'got 2.5'],
    [{ temperature: -1 }, 'a temperature is 0 or more, got -1'],
    [{ orders: 1 }, '2 orders or more can be compared, got 1'],
    [{ replications: 1 }, '2 replications or more can be compared, got 1'],
    [{ temperatures: [1] }, '2 different temperatures or more can be compared, got 1'],
    [{ temperatures: [0.5, -1] }, 'a temperature is 0 or more, got -1'],
    [{ batches: [4, 4] }, '2 different batches or more can be compared, got 4, 4'],
    [{ batches: [1, 2.5] }, 'a batch is an integer of 1 or more, got 2.5'],
    [{ facets: ['mood' as 'seed'] }, 'unknown facet: mood (known: seed, temperature, order, paraphrase, batch)'],
    [{ crossed: true }, 'a crossed design needs a facet beside the seed'],
  ])('refuses %j before anything is asked', async (options, message) => {
    const teacher = new PlantedNoise();
    await expect(study({ teacher, ...options })).rejects.toMatchObject({
      code: 'DISTILL_ARGUMENT',
      message: expect.stringContaining(message),
    });
    expect(teacher.asked).toEqual([]);
  });

  it('leaves the paraphrases of a scenario with one wording out of all, and refuses them by name', async () => {
    const paraphrases = iceCream.prompt.paraphrases.slice(0, 1) as [string];
    const scenario = { ...iceCream, prompt: { ...iceCream.prompt, paraphrases } };
    const log: string[] = [];
    const { facets } = await study({ scenario, facets: 'all', prompts: 3, runs: 2, log: (line) => log.push(line) });
    expect(Object.keys(facets)).toEqual(['seed', 'temperature', 'order', 'batch']);
    expect(log[0]).toBe('ice-cream-v1 has one wording of its prompt: the facet paraphrase is left out');
    await expect(study({ scenario, facets: ['paraphrase'] })).rejects.toMatchObject({ code: 'DISTILL_ARGUMENT' });
  });

  it('says how many questions it asks, and how many are done', async () => {
    const done: number[] = [];
    const log: string[] = [];
    await study({
      facets: ['order'],
      crossed: true,
      progress: (event) => {
        expect(event).toMatchObject({ stage: 'asking planted', of: 40 * (8 + 1 + 2 + 6) });
        done.push(event.done);
      },
      log: (line) => log.push(line),
    });
    expect(log).toEqual([
      'planted is asked 680 questions: seed 320, one reading of the distribution 40, order 80, crossed 240',
    ]);
    expect(done).toEqual(Array.from({ length: 680 }, (_, i) => i + 1));
  });

  it('counts what is asked in place of a reading that cannot be had', async () => {
    for (const readable of [true, false]) {
      const teacher = new PlantedNoise();
      const well = teacher.answer.bind(teacher);
      teacher.readable = readable;
      teacher.answer = (observation, random, options) =>
        options.elicit === 'expected'
          ? { outcome: 'missing', reason: 'no digits' }
          : well(observation, random, options);
      const log: string[] = [];
      const last: (readonly [number, number])[] = [];
      const { facets } = await study({
        teacher,
        facets: ['batch'],
        progress: ({ done, of }) => (last[0] = [done, of]),
        log: (line) => log.push(line),
      });
      expect(facets.batch).toMatchObject({ asked: 'sample', meanAbsoluteDifference: 0 });
      expect(last[0]).toEqual(readable ? [480, 480] : [440, 440]);
      expect(log[1]).toContain(
        readable ? 'the distribution of the number cannot be read: no digits' : 'planted cannot',
      );
    }
  });

  it('stops when told to', async () => {
    const stop = new AbortController();
    const stopped = study({
      signal: stop.signal,
      progress: ({ done }) => done === 100 && stop.abort(new Error('stopped by a person')),
    });
    await expect(stopped).rejects.toThrow('stopped by a person');
  });
});
