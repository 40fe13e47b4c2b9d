import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observations, phrasesOf } from '../env/observation.ts';
import { firstStates } from '../env/sampling/sampling.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { defineVocabulary } from '../env/vocabulary.ts';
import { evaluate } from '../measure/evaluation/evaluate.ts';
import { populationStates } from '../measure/population.ts';
import { readEffects } from '../workspace/effects.ts';
import { workspace as workspaceAt } from '../workspace/paths.ts';
import { architectureOf } from './training/settings.ts';
import { train } from './training/train.ts';

/** Groups of five, free traits and contexts; the first of each decide, and one pair. */
const vocabularyOf = (id: string, groups: number, traits: number, contexts: number): Vocabulary =>
  defineVocabulary({
    id,
    actions: ['no', 'yes'],
    traits: {
      groups: Object.fromEntries(
        Array.from({ length: groups }, (_, g) => [`g${g}`, Array.from({ length: 5 }, (_, level) => `g${g}=${level}`)]),
      ),
      phrases: Array.from({ length: traits }, (_, i) => `t${i}`),
    },
    contexts: { phrases: Array.from({ length: contexts }, (_, i) => `c${i}`) },
  });

const planted = (held: readonly string[]) =>
  0.2 +
  (held.includes('g0=4') ? 0.3 : 0) +
  (held.includes('t0') ? 0.2 : 0) +
  (held.includes('t1') && held.includes('c0') ? 0.2 : 0);

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'understudy-wide-'));
});
afterAll(() => rm(root, { recursive: true }));

async function writeDecisions(vocabulary: Vocabulary, file: string, masks: Uint32Array): Promise<void> {
  const batch = observations(vocabulary, masks);
  const rows = Array.from(masks, (_, i) => {
    const { traits, context } = phrasesOf(vocabulary, batch, i);
    return `${JSON.stringify({ traits, context, probability_LLM: Number(planted([...traits, ...context]).toFixed(6)) })}\n`;
  });
  await writeFile(file, rows.join(''));
}

describe('students of a vocabulary', () => {
  it('of 40 phrases learn what was planted, and their effects say so', async () => {
    const vocabulary = vocabularyOf('forty', 4, 12, 8);
    const workspace = join(root, 'forty');
    const [file, test] = [join(root, 'train.jsonl'), join(root, 'test.jsonl')];
    const all = (await populationStates(vocabulary, { size: 700, emptyContext: 'include', seed: 1 })).masks;
    await writeDecisions(vocabulary, file, all.subarray(0, 600));
    await writeDecisions(vocabulary, test, all.subarray(600));
    const models = ['logistic', 'mlp'] as const;
    for (const student of models)
      await train({ student, train: file, workspace, scenario: vocabulary, epochs: 25, seed: 1 });
    const report = await evaluate({ test, workspace, scenario: vocabulary, orders: 0, seed: 1 });
    const constant = report.models.find(({ model }) => model === 'uniform')!.mse;
    for (const { model, kind, mse } of report.models)
      if (kind === 'student') expect(mse, model).toBeLessThan(constant / 4);
    const effects = (await readEffects(workspaceAt(workspace))).filter(({ beside }) => beside === undefined);
    for (const model of models) {
      const own = effects.filter((effect) => effect.model === model).sort((a, b) => b.mean - a.mean);
      expect(
        own
          .slice(0, 2)
          .map(({ phrase }) => phrase)
          .sort(),
        model,
      ).toEqual(['g0=4', 't0']);
      expect(own[0]!.standardError).toBeGreaterThan(0);
    }
  });

  it('of 300 phrases are trained, checked and evaluated, with rows of more than 255 tokens', async () => {
    const vocabulary = vocabularyOf('hundreds', 4, 200, 80);
    const workspace = join(root, 'hundreds');
    const file = join(root, 'hundreds.jsonl');
    await writeDecisions(vocabulary, file, firstStates(vocabulary, 1, 60));
    await train({ student: 'logistic', train: file, workspace, scenario: vocabulary, epochs: 1, seed: 1 });
    await train({ student: 'encoder', train: file, workspace, scenario: vocabulary, epochs: 1, seed: 1 });
    const config = JSON.parse(await readFile(join(workspace, 'models', 'configs', 'encoder.json'), 'utf8'));
    // BEGIN, four groups, 200 traits and 80 contexts: not 301.
    expect(config.architecture.longest).toBe(285);
    const { models } = await evaluate({
      test: file,
      workspace,
      scenario: vocabulary,
      models: ['student:logistic'],
      orders: 0,
      seed: 1,
    });
    expect(models.find(({ kind }) => kind === 'student')!.unanswered).toBe(0);
  });

  it('with too many pairs of phrases is refused, with their number', () => {
    expect(() => architectureOf('logistic', 512, { interactions: true })).toThrow('130816 pairs of 512 phrases');
    expect(architectureOf('logistic', 128, { interactions: true })).toMatchObject({ interactions: true });
  });
});
