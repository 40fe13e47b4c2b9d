import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuditOptions, audit } from '../../measure/audit/audit.ts';
import { anyReply } from '../../policies/models/server/any-reply.test-support.ts';
import { FakeServer } from '../../policies/models/server/fake-server.test-support.ts';
import { openTeacher } from '../../policies/open.ts';
import { withLimits } from '../../policies/spending/budget.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { standardDeviation } from '../../stats/moments.ts';
import { workspace } from '../../workspace/paths.ts';
import { readSpending } from '../../workspace/spending.ts';
import { dataset } from '../dataset/dataset.ts';
import { plan } from './plan.ts';
import { planAudit } from './plan-audit.ts';
import { walkDataset } from './walk.ts';

let folder: string;
let server: FakeServer;
let teacher: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-plan-'));
  server = await FakeServer.start();
  teacher = `server:http://${server.host}/v1#gemma`;
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const common = () => ({ teacher, workspace: folder, seed: 3, scenario: iceCream });
const asking = { size: 60, elicit: 'greedy', order: 'canonical' } as const;

describe('plan', () => {
  it('counts the questions that are asked afterwards, without asking any, and what is known is free', async () => {
    const before = await plan({ verb: 'dataset', ...common(), dataset: asking });
    expect(server.requests).toEqual([]);
    expect(before).toMatchObject({
      questions: { open: 60, remembered: 0, probed: 0 },
      tokens: { from: ['estimated'] },
      cost: null,
      seconds: null,
    });
    expect(before.unknown.cost).toContain(`no price of ${teacher}`);
    expect(before.precision).toEqual([
      { result: 'mean P(buy)', halfWidth: null, from: expect.stringMatching(/^at most 0\.13; --probe 100/) },
    ]);

    await dataset({ ...common(), ...asking, size: 30 });
    const half = await plan({ verb: 'dataset', ...common(), dataset: asking });
    expect(half).toMatchObject({ questions: { open: 30, remembered: 30 }, tokens: { from: ['measured'] } });
    const so = await readSpending(workspace(folder));
    expect(so[0]!.questions).toBe(30);

    await dataset({ ...common(), ...asking });
    const [spent] = await readSpending(workspace(folder));
    expect(spent!.questions).toBe(60);
    expect(await plan({ verb: 'dataset', ...common(), dataset: asking })).toMatchObject({
      questions: { open: 0, remembered: 60 },
      tokens: { prompt: 0, completion: 0 },
      seconds: 0,
    });
  });

  it('measures tokens, time and spread with a probe, and prices them', async () => {
    const prices = join(folder, 'prices.json');
    const table = { date: '2026-11-30', source: 'a test', currency: 'EUR' };
    writeFileSync(prices, JSON.stringify({ ...table, models: { gemma: { input: 2, output: 4 } } }));
    const planned = await plan({ verb: 'dataset', ...common(), dataset: { ...asking, size: 500 }, probe: 25, prices });
    const { questions, tokens, cost, seconds, precision } = planned;
    expect(questions).toEqual({ open: 475, remembered: 25, probed: 25 });
    expect(tokens.from).toEqual(['measured']);
    // The fake server reports 60 for every question.
    expect(tokens.prompt / 475).toBeGreaterThan(50);
    expect(tokens.prompt / 475).toBeLessThan(70);
    expect(cost!.amount).toBeCloseTo((tokens.prompt * 2 + tokens.completion * 4) / 1e6, 9);
    expect(cost!.currency).toBe('EUR');
    expect(seconds).toBeGreaterThan(0);
    expect(precision[0]!.halfWidth).toBeGreaterThan(0.015);
    expect(precision[0]!.halfWidth).toBeLessThan(0.03);
    await expect(
      withLimits({ maxQuestions: 5 }, () => plan({ verb: 'dataset', ...common(), dataset: asking, probe: 50 })),
    ).rejects.toThrow('--max-questions 5 is reached');
  });

  it('counts the questions of a stability study, and of a whole one', async () => {
    const order = { prompts: 6, runs: 3, facets: ['order'] } as const;
    const steady = await plan({ verb: 'stability', ...common(), stability: order });
    // Six prompts: three runs, one reading, and two more orders of the reading where phrases have as many.
    expect(steady.questions.open).toBeGreaterThan(6 * 4);
    expect(steady.questions.open).toBeLessThanOrEqual(6 * 6);
    const whole = await plan({ verb: 'study', ...common(), stability: { prompts: 6, runs: 3 }, dataset: { size: 60 } });
    // The six readings of the stability study are rows of the data set, too.
    expect(whole.parts).toEqual([
      { part: 'stability', open: 24, remembered: 0 },
      { part: 'dataset', open: 54, remembered: 0 },
      { part: 'evaluate, at most', open: 20, remembered: 0 },
    ]);
    expect(whole.questions.open).toBe(98);
  });

  it('counts the questions of an audit, which asks as many, and foresees its interval from whole wordings', async () => {
    await using any = await FakeServer.start({ fault: anyReply });
    const asked = `server:http://${any.host}/v1#gemma`;
    const claim = {
      ...{ scenario: iceCream, outcome: 'p:buy', expect: 'less', workspace: folder, seed: 1, wordings: 8 },
      a: { name: 'hot', phrases: ['hot summer day'] },
      b: { name: 'cold', phrases: ['cold winter day'] },
      ...{ teachers: [asked, 'oracle'], elicits: ['greedy'], agents: 6 },
    } as const satisfies AuditOptions;
    const before = await planAudit(claim);
    expect(any.requests).toEqual([]);
    expect(before).toMatchObject({ verb: 'audit', cost: null, parts: [{ part: asked, remembered: 0 }] });
    expect(before.questions.open).toBeGreaterThan(8 * 6);
    expect(before.precision).toMatchObject([{ halfWidth: null, from: expect.stringContaining('--probe N') }]);
    // Two sides of six kinds of people a wording: 40 questions are three whole wordings and some more.
    const probed = await planAudit({ ...claim, probe: 40 });
    expect(probed.questions).toEqual({ open: before.questions.open - 40, remembered: 40, probed: 40 });
    expect(probed.precision[0]).toMatchObject({ from: 'the spread over 3 wordings' });
    const { estimate } = await audit(claim);
    const [spent] = await readSpending(workspace(folder));
    expect(spent!.questions).toBe(before.questions.open);
    const after = await planAudit(claim);
    expect(after.questions.open).toBe(0);
    const t7 = 2.364624;
    expect(after.precision[0]!.halfWidth).toBeCloseTo((t7 * estimate!.sd) / Math.sqrt(8), 6);
  });

  it('predicts the interval that a data set of the oracle then has', async () => {
    const options = { ...common(), teacher: 'oracle' };
    const read = { ...asking, elicit: 'expected', size: 400 } as const;
    const { precision } = await plan({ verb: 'dataset', ...options, dataset: read });
    await using oracle = await openTeacher('oracle', { scenario: iceCream });
    const { rehearsal } = await walkDataset(iceCream, { ...common(), ...read }, oracle, 'oracle');
    const p = rehearsal.known.map(({ answer }) => answer.probabilities![1]!);
    expect(p).toHaveLength(400);
    const expected = 1.959964 * standardDeviation(p) * Math.sqrt((1 - 400 / 16992) / 400);
    expect(precision[0]!.halfWidth).toBeCloseTo(expected, 4);
  });
});
