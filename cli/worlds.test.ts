import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainDecision } from '../measure/explain/explain.ts';
import { openScenario } from '../scenarios/open.ts';
import { scenarioHash } from '../scenarios/study.ts';
import { serve } from '../sim-ui/server/serve.ts';
import { dataset, evaluate, simulate, stability, train, visualize } from '../verbs.ts';
import { workspace as paths } from '../workspace/paths.ts';

/** The page is built after the sources; what is served here is only asked for its health. */
const viewer = join(import.meta.dirname, '..', 'sim-ui', 'viewer');

describe('a town with five actions goes through every verb', { timeout: 120_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mobility-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const common = async () => ({ scenario: await openScenario('mobility-v1'), workspace: folder, seed: 1 });
  const actions = ['walk', 'cycle', 'bus', 'car'];

  it('stability', async () => {
    const { icc } = await stability({ ...(await common()), prompts: 8, runs: 3, temperature: 1, explain: true });
    expect(Object.keys(icc)).toContain('ICC(1,1)');
  });

  it('dataset', async () => {
    const { files, teacher } = await dataset({
      ...(await common()),
      ...{ size: 200, sampling: 'stratified', order: 'canonical', repeats: 2, elicit: 'sample', split: 'state' },
    });
    expect([files.train.rows, files.test.rows, teacher]).toEqual([160, 40, 'oracle']);
    const [row] = (await readFile(paths(folder).test, 'utf8')).split('\n');
    expect(JSON.parse(row!)).toMatchObject({ repeats: 2, spread: Array.from({ length: 5 }, () => expect.any(Number)) });
  });

  it('train and evaluate, for each of its actions', async () => {
    const options = await common();
    const { students } = await train({ ...options, student: 'logistic', train: paths(folder).train });
    expect(students[0]!.student).toBe('logistic');
    const report = await evaluate({ ...options, test: paths(folder).test, agents: 50, orders: 2 });
    const { mse } = report.models.find(({ model }) => model === 'logistic')!;
    const uniform = report.models.find(({ model }) => model === 'uniform')!;
    expect(mse).toBeLessThan(uniform.mse / 5);
    const rows = (await readFile(paths(folder).predictions, 'utf8')).trim().split('\n');
    for (const action of actions) expect(rows.filter((row) => row.endsWith(`,${action}`))).toHaveLength(40);
  });

  it('and each manifest names the tables that it is of', async () => {
    const { dataset, stability, evaluation, configs } = paths(folder);
    const digest = scenarioHash((await common()).scenario);
    for (const file of [dataset, stability, evaluation, join(configs, 'logistic.json')])
      expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ scenarioSha256: digest });
  });

  it('explain, for an action by its name', async () => {
    const { contributions } = await explainDecision({
      ...(await common()),
      ...{ policy: 'student:logistic', traits: ['lives in a village', 'owns a car'], context: ['it is raining'] },
      action: 'car',
    });
    const value = (phrase: string) => contributions.find((one) => one.phrase === phrase)!.value;
    expect(value('owns a car')).toBeGreaterThan(0);
  });

  it('visualize', async () => {
    const { report } = await visualize(await common());
    const page = await readFile(report, 'utf8');
    for (const action of actions) expect(page).toContain(action);
    expect(page).not.toMatch(/ice cream|P\(buy\)|bought/);
  });

  it('simulate, with a swap, and serve', async () => {
    const options = await common();
    const summary = await simulate({
      ...options,
      ...{ policy: 'student:logistic', swaps: [{ tick: 10, policy: 'policy:never drive' }], agents: 200 },
    });
    expect(Object.keys(summary.actions)).toEqual(['stay', ...actions]);
    expect(summary.measures['car trips']).toBe(summary.actions.car);
    if (!existsSync(viewer)) return;
    const serving = await serve({ ...options, agents: 50, viewer, autoplay: false });
    try {
      const health = await (await fetch(`http://127.0.0.1:${serving.port}/api/health`)).json();
      expect(health).toMatchObject({ scenario: 'mobility-v1', policy: 'student:logistic' });
    } finally {
      await serving.close();
    }
  });
});

describe('a town with a queue goes through every verb', { timeout: 120_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'queue-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const common = async () => ({ scenario: await openScenario('ice-cream-v2'), workspace: folder, seed: 1 });

  it('stability, dataset, train, evaluate and explain', async () => {
    const options = await common();
    const { icc } = await stability({ ...options, prompts: 4, runs: 3, temperature: 1 });
    expect(Object.keys(icc)).toContain('ICC(1,1)');
    const { files, teacher } = await dataset({ ...options, size: 200, sampling: 'stratified', order: 'canonical' });
    expect([files.train.rows + files.test.rows, teacher]).toEqual([200, 'oracle']);
    await train({ ...options, student: 'logistic', train: paths(folder).train });
    const { models } = await evaluate({ ...options, test: paths(folder).test, agents: 50 });
    const mse = (name: string) => models.find(({ model }) => model === name)!.mse;
    expect(mse('logistic')).toBeLessThan(mse('uniform') / 2);
    const { contributions } = await explainDecision({
      ...{ ...options, policy: 'student:logistic', traits: ['likes sweets'], context: ['hot summer day'] },
    });
    expect(contributions.find(({ phrase }) => phrase === 'hot summer day')!.value).toBeGreaterThan(0);
  });

  it('visualize, simulate with a twin, and serve', async () => {
    const options = await common();
    expect(await readFile((await visualize(options)).report, 'utf8')).toContain('P(buy)');
    const run = { ...options, policy: 'student:logistic', ticks: 15 };
    const { measures, actions, disagreement } = await simulate({ ...run, agents: 500, twin: 'oracle' });
    expect(measures['turned away']).toBeGreaterThan(0);
    expect(measures.sales! + measures['turned away']!).toBe(actions.buy);
    expect(disagreement).toBeGreaterThan(0);
    const many = await simulate({ ...run, agents: 1e9, cohorts: true });
    expect(many.actions.buy! + many.actions.skip!).toBe(15e9);
    if (!existsSync(viewer)) return;
    const serving = await serve({ ...options, agents: 50, viewer, autoplay: false });
    try {
      const health = await (await fetch(`http://127.0.0.1:${serving.port}/api/health`)).json();
      expect(health).toMatchObject({ scenario: 'ice-cream-v2', policy: 'student:logistic' });
    } finally {
      await serving.close();
    }
  });
});
