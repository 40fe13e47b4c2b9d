import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sequence } from '../../env/random.ts';
import { defineVocabulary } from '../../env/vocabulary.ts';
import { immediateTeacher } from '../../policies/immediate.ts';
import { certainChoice } from '../../policies/known/rule-oracle.ts';
import type { Answer, AskOptions, Teacher } from '../../policies/policy.ts';
import { icc } from '../../stats/icc.ts';
import { workspace as paths } from '../../workspace/paths.ts';
import { readNoise, readRepeats, readStability } from '../../workspace/stability.ts';
import { stability } from './stability.ts';

const commute = defineVocabulary({
  id: 'commute',
  actions: ['walk', 'cycle', 'bus', 'drive'],
  traits: { phrases: ['fit', 'old', 'rich', 'tall', 'late', 'far'] },
  contexts: { phrases: ['rain', 'frost'] },
});
const NOISE = [0.02, 0.04];

/** Says what it thinks of cycling and the bus with normal noise, of driving without, and leaves the rest to walking. */
function planted(more: Partial<Teacher> = {}, choice = certainChoice): Teacher & { readonly asked: AskOptions[] } {
  const asked: AskOptions[] = [];
  const teacher = immediateTeacher(commute, {
    id: 'planted',
    answer: (batch, i, options): Answer => {
      if (i === 0) asked.push(options);
      const mask = batch.masks[i]!;
      const truth = [0.2 + 0.03 * (mask % 8), 0.15 + 0.02 * (mask % 5), 0.1 + 0.01 * (mask % 3)];
      const random = sequence(options.seed ?? 0, 'batchChoice', mask);
      const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      const noise = options.elicit === 'sample' ? NOISE.map((sd) => sd * normal()) : [];
      const others = truth.map((p, a) => p + (noise[a] ?? 0));
      const probabilities = [1 - others.reduce((sum, p) => sum + p, 0), ...others];
      return options.elicit === 'choice' ? choice(probabilities, 4) : { outcome: 'ok', probabilities };
    },
  });
  return { ...teacher, ...more, asked };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-actions-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const study = (options: Partial<Parameters<typeof stability>[0]> = {}) =>
  stability({
    ...{ teacher: planted(), scenario: commute, prompts: 120, runs: 12, temperature: 1, workspace: folder, seed: 5 },
    ...options,
  });
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('a stability study of four actions', () => {
  it('finds the noise that was planted in each of them, the default one included', async () => {
    const { actions, action, std, variance, mean: acting } = await study();
    expect(action).toBeUndefined();
    expect(Object.keys(actions!)).toEqual(commute.actions);
    const planted = { walk: Math.hypot(...NOISE), cycle: NOISE[0]!, bus: NOISE[1]!, drive: 0 };
    // Standard errors of a variance with 120 × 11 degrees of freedom are 4 %, of a standard deviation 2 %.
    for (const [name, sd] of Object.entries(planted)) {
      expect(Math.abs(Math.sqrt(actions![name]!.variance.within) - sd), name).toBeLessThan(0.08 * sd + 1e-9);
      expect(actions![name]!.std.sample, name).toBeLessThanOrEqual(Math.sqrt(actions![name]!.variance.within) + 1e-12);
    }
    const compared = commute.actions.slice(1).map((name) => actions![name]!);
    expect(std.sample).toBeCloseTo(mean(compared.map((of) => of.std.sample)), 12);
    expect(variance.within).toBeCloseTo(mean(compared.map((of) => of.variance.within)), 12);
    expect(acting).toBeCloseTo(1 - actions!.walk!.mean, 12);
  });

  it('gives each its own agreement, and all together the share of their summed variance', async () => {
    const report = await study({ prompts: 30, runs: 6 });
    const rows = readFileSync(join(folder, 'results', 'metrics', 'stability.csv'), 'utf8')
      .trim()
      .split('\n');
    expect(rows[0]).toMatch(/,probability,.*,P\(walk\),P\(cycle\),P\(bus\),P\(drive\)$/);
    const repeats = await Promise.all(commute.actions.map((action) => readRepeats(paths(folder), action)));
    expect(await readRepeats(paths(folder))).toEqual(repeats[1]);
    for (const [a, action] of ['walk', 'cycle', 'bus'].entries()) {
      const own = icc(repeats[a]!, 'ICC(1,1)');
      expect(report.actions![action]!.icc['ICC(1,1)'].value).toBeCloseTo(own.value!, 12);
    }
    expect(report.actions!.drive!.icc['ICC(1,1)']).toMatchObject({
      value: null,
      reason: 'undefined: no variance: sampled reruns are identical',
    });
    const { within, between } = report.variance;
    const one = report.icc['ICC(1,1)'];
    expect(one.value).toBeCloseTo(between / (between + within), 12);
    expect(one.value !== null && one.lower < one.value && one.value < one.upper).toBe(true);
    expect(report.components.effects[0]!.share).toBeCloseTo(one.value!, 12);
    expect(report.noiseCeiling[0]).toMatchObject({ mse: within, r2: one.value });
  });

  it('of which one never happens measures the others as if it were not there', async () => {
    const two = await study({ prompts: 20, runs: 4 });
    const without = { ...commute, actions: ['walk', 'cycle'] };
    const teacher = planted();
    const only = await study({
      ...{ scenario: without, prompts: 20, runs: 4 },
      teacher: {
        ...teacher,
        ask: async (batch, options) =>
          (await teacher.ask(batch, options)).map((answer) => {
            const p = answer.probabilities![1]!;
            return { ...answer, probabilities: [1 - p, p] };
          }),
      },
    });
    const { mean: m, mard, variance, icc: agreement, std } = two.actions!.cycle!;
    expect(only).toMatchObject({ action: 'cycle', mean: m, mard, variance, icc: agreement, std });
    expect(only.actions).toBeUndefined();
  });

  it('is read back as it was written', async () => {
    const report = await study({ prompts: 8, runs: 3, facets: ['temperature', 'order'] });
    expect(await readStability(paths(folder))).toEqual(report);
    expect(Object.keys((await readNoise(paths(folder)))[0]!.actions!)).toEqual(commute.actions);
    expect(report.facets.temperature!.sds).toEqual([expect.any(Number), expect.any(Number), expect.any(Number)]);
    expect(Object.keys(report.facets.order!.actions!)).toEqual(commute.actions);
    expect(report.facets.order!.means[0]).toBeCloseTo(1 - report.facets.order!.actions!.walk!.means[0]!, 12);
  });
});

describe('decisions among four are read for what makes no difference', () => {
  const facets = { prompts: 10, runs: 3, facets: ['order'], explain: false } as const;

  it('by the letters of the options, if the teacher decides so, and what they had is kept', async () => {
    const teacher = planted({ decidesBy: 'choice' });
    const report = await study({ ...facets, teacher });
    expect(report.facets.order).toMatchObject({ asked: 'choice', largestDifference: 0 });
    expect(report.choices).toEqual({
      orders: 4,
      mass: { median: 1, least: 1, low: 0 },
      bias: { median: 0, largest: 0 },
    });
    expect(report.outcomes.ok).toBe(10 * (3 + 3));
    expect(report.predictedSd).toBeUndefined();
  });

  it('by draws, with the reason, if the letters have too little', async () => {
    const low = (_: readonly number[], rotations: number): Answer => ({
      outcome: 'unparsable',
      choice: { letters: Array.from({ length: rotations }, () => [0.1, 0, 0, 0]), mass: 0.1, bias: null },
      reason: 'the letters have little',
    });
    const log: string[] = [];
    const teacher = planted({ decidesBy: 'choice' }, low);
    const report = await study({ ...facets, teacher, log: (line) => log.push(line) });
    expect(report.facets.order).toMatchObject({ asked: 'sample' });
    expect(report.choices).toMatchObject({ mass: { low: 10, median: 0.1 }, bias: null });
    expect(log[1]).toBe(
      'order, paraphrase and batch are measured by samples, which carry noise: the choice between the options cannot be read: the letters have little',
    );
  });

  it('by draws, without a try, if it decides by its replies', async () => {
    const teacher = planted({ decidesBy: 'greedy' });
    const log: string[] = [];
    const report = await study({ ...facets, teacher, log: (line) => log.push(line) });
    expect(report.choices).toBeUndefined();
    expect(teacher.asked.every(({ elicit }) => elicit === 'sample')).toBe(true);
    expect(log).toEqual([
      'planted is asked 90 questions: seed 30, order 60',
      'order, paraphrase and batch are measured by samples, which carry noise: with 4 actions its decisions are greedy replies',
    ]);
  });
});
