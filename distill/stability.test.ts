import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { iceCream } from '../env/ice-cream.ts';
import { type Observations, orderOf } from '../env/observation.ts';
import { sequence } from '../env/random.ts';
import { type Answer, type AskOptions, decisionsOf, type Teacher } from '../policies/policy.ts';
import { iceCreamRule, iceCreamWording } from '../policies/teachers/ice-cream-rule.ts';
import { driver, explain, impliedIcc, replyDistribution, replyVariance } from '../policies/teachers/oracle-rule.ts';
import { sampleObservations } from './sampling.ts';
import { runSeeds, stability } from './stability.ts';

/** Draws replies from the oracle's exact distribution, so that what a study must find is known. */
class PlantedNoise implements Teacher {
  readonly id = 'planted';
  readonly scenario = iceCream.id;
  readonly asked: AskOptions[] = [];
  async ask(observations: Observations, options: AskOptions = {}): Promise<Answer[]> {
    this.asked.push(options);
    return Array.from(observations.masks, (mask, i) => {
      options.signal?.throwIfAborted();
      options.onProgress?.(i + 1, observations.masks.length);
      return this.answer(orderOf(observations, i), sequence(options.seed ?? 0, 'sampling', mask), options);
    });
  }
  answer(observation: readonly number[], random: () => number, options: AskOptions): Answer {
    const law = replyDistribution(iceCreamRule, observation);
    let stated = law.indexOf(Math.max(...law));
    if (options.elicit === 'sample') {
      const u = random();
      stated = 0;
      for (let below = law[0]!; below <= u && stated < 100; ) below += law[++stated]!;
    }
    const p = stated / 100;
    const words = explain(iceCreamWording, driver(iceCreamRule, observation, p >= 0.5), p, Math.floor(random() * 3));
    return { outcome: 'ok', probabilities: [1 - p, p], ...(options.explain && { explanation: words }) };
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

describe('a stability study of a teacher with planted noise', () => {
  const laws = (prompts: number) => {
    const sample = sampleObservations(iceCream, { size: prompts, order: 'canonical', seed: 3 });
    return Array.from(sample.masks, (_, i) => replyDistribution(iceCreamRule, orderOf(sample, i)));
  };

  it('finds the noise that was planted', async () => {
    const report = await study({ prompts: 150, runs: 20 });
    const planted = laws(150).map(replyVariance);
    const variance = planted.reduce((sum, v) => sum + v, 0) / planted.length;
    expect(report.variance.within / variance).toBeCloseTo(1, 1);
    expect(report.std.sample).toBeGreaterThan(report.std.population);
    const sd = planted.reduce((sum, v) => sum + Math.sqrt(v), 0) / planted.length;
    expect(Math.abs(report.std.sample / sd - 1)).toBeLessThan(0.05);
    expect(report.kind).toBe('exchangeable reruns');
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

  it('finds explanations of one prompt more alike than those of different prompts', async () => {
    const { cosine } = await study();
    expect(cosine.value).toBeGreaterThan(cosine.between! + 0.1);
    expect(cosine.value).toBeLessThan(1);
    expect(cosine.method).toMatch(/^lexical/);
    expect(cosine.prompts).toBe(40);
  });

  it('finds the heaping', async () => {
    expect((await study()).heaping.share).toBeGreaterThan(0.7);
  });
});

describe('what a study asks and writes', () => {
  it('asks every prompt once a run, each run with a seed of its own that other studies do not share', async () => {
    const teacher = new PlantedNoise();
    await study({ teacher, runs: 4 });
    expect(teacher.asked.map(({ elicit, explain: asked, temperature }) => ({ elicit, asked, temperature }))).toEqual(
      Array(4).fill({ elicit: 'sample', asked: true, temperature: 1 }),
    );
    expect(teacher.asked.map(({ seed }) => seed)).toEqual(runSeeds(3, 4));
    expect(new Set([...runSeeds(3, 50), ...runSeeds(4, 50)]).size).toBe(100);
    expect(runSeeds(3, 50).slice(0, 4)).toEqual(runSeeds(3, 4));
  });

  it('writes a row per prompt and run, and the report', async () => {
    const report = await study({ prompts: 5, runs: 3 });
    const [header, ...rows] = file('stability.csv').trimEnd().split('\n');
    expect(header).toBe('prompt,run,traits,context,temperature,seed,outcome,probability,explanation');
    expect(rows.map((row) => row.split(',').slice(0, 2).join())).toEqual(
      [0, 1, 2, 3, 4].flatMap((prompt) => [0, 1, 2].map((run) => `${prompt},${run}`)),
    );
    expect(JSON.parse(file('stability.json'))).toEqual(JSON.parse(JSON.stringify(report)));
  });

  it('calls greedy reruns the determinism check that they are, with an agreement that is undefined where nothing varies', async () => {
    const teacher = new PlantedNoise();
    const report = await study({ teacher, temperature: 0, runs: 2 });
    expect(report.kind).toBe('determinism check');
    expect(teacher.asked.map(({ elicit, repeat }) => [elicit, repeat])).toEqual([
      ['greedy', 0],
      ['greedy', 1],
    ]);
    expect(report.std.sample).toBe(0);
    expect(report.mard).toBe(0);
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
  });

  it('measures the prompts that were answered in every run, and counts the others', async () => {
    const teacher = new PlantedNoise();
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

  it.each([{ prompts: 1 }, { runs: 1 }, { runs: 2.5 }, { temperature: -1 }])('refuses %j', async (options) => {
    await expect(study(options)).rejects.toMatchObject({ code: 'DISTILL_ARGUMENT' });
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
