import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { anyReply } from '../../policies/models/server/any-reply.test-support.ts';
import { FakeServer } from '../../policies/models/server/fake-server.test-support.ts';
import { Budget } from '../../policies/spending/budget.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { mobilityTown } from '../../scenarios/mobility-v1/scenario.ts';
import { openScenario } from '../../scenarios/open.ts';
import type { Order } from '../protocol/work.ts';
import { Stage } from './stage.ts';
import { pricedWords } from './work-plan.ts';
import { Workshop } from './workshop.ts';

let folder: string;
let server: FakeServer;
let teacher: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-held-'));
  server = await FakeServer.start({ fault: anyReply });
  teacher = `server:http://${server.host}/v1#gemma`;
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

it('a run pauses where a limit is reached, says why on the page and once in the log, and students go on', async () => {
  const budget = new Budget({ maxQuestions: 3 });
  const heard: string[] = [];
  const stage = await Stage.open({
    ...{ scenario: iceCream, agents: 60, seed: 1, policy: teacher, teacher, workspace: folder, budget },
    also: ['constant:0.5'],
    onLimit: (sentence: string) => heard.push(sentence),
  } as Parameters<typeof Stage.open>[0]);
  try {
    stage.command({ do: 'play' });
    await vi.waitFor(() => expect(stage.status().problem).toContain('--max-questions 3 is reached'), 20_000);
    expect(stage.status().playing).toBe(false);
    expect(stage.status().problem).toContain('The run is paused where it was');
    expect(budget.spent.questions).toBe(3);
    stage.command({ do: 'play' });
    await vi.waitFor(() => expect(stage.status()).toMatchObject({ playing: false }), 20_000);
    expect(budget.spent.questions).toBe(3);
    expect(heard).toEqual([expect.stringContaining('--max-questions 3 is reached')]);
    const [verdict] = (await stage.questions.whatIf({ traits: [iceCream.traits[1]!], context: [], ask: true }, true))
      .verdicts;
    expect(verdict).toMatchObject({ state: 'failed', reason: expect.stringContaining('--max-questions 3') });
  } finally {
    await stage.close();
  }
});

it('work from a page is held to what is left, ends with the sentence, and counts', async () => {
  const world = join(folder, 'price.mjs');
  await copyFile(fileURLToPath(new URL('../../examples/price.mjs', import.meta.url)), world);
  const budget = new Budget({ maxQuestions: 8 });
  budget.takeQuestions(2);
  const workshop = await Workshop.open({
    ...{ scenario: await openScenario(world), source: { name: world, parameters: {} }, workspace: folder, teacher },
    ...{ questions: 1000, budget, onTrained: async () => [], onEvaluated: async () => undefined },
  });
  try {
    const order: Order = { do: 'ask', teacher, size: 12, students: ['logistic'], epochs: 2, report: false };
    const plan = await workshop.work({ do: 'plan', order });
    expect(plan!.words.at(-1)).toMatch(
      /^If it is asked now: questions 12 to ask, 0 remembered; tokens .+; money not known: no price of server.+; time not known/,
    );
    await workshop.work({ do: 'begin', order, confirmed: plan!.questions });
    const failed = await vi.waitFor(
      () => {
        const { job } = workshop.state();
        if (job?.state !== 'failed') throw new Error(`it is ${job?.state}`);
        return job;
      },
      { timeout: 60_000, interval: 50 },
    );
    expect(failed.problem).toContain('--max-questions 6 is reached');
    expect(budget.spent.questions).toBe(8);
    await expect(workshop.work({ do: 'begin', order, confirmed: plan!.questions })).rejects.toThrow(
      '--max-questions 8 is reached',
    );
  } finally {
    await workshop.close();
  }
});

it('lends tokens and money, and takes back what was not spent', () => {
  const budget = new Budget({ maxTokens: 1000, maxCost: 2 });
  const loan = budget.lend(5);
  expect(loan.limits).toEqual({ maxTokens: 1000, maxCost: 2 });
  expect(budget.tryHold({ promptTokens: 1, completionTokens: 0, cost: 0 })).toBe(false);
  loan.settle({ questions: 4, promptTokens: 300, completionTokens: 100, cost: 0.5, priced: true });
  expect(budget.lend(5).limits).toEqual({ maxTokens: 600, maxCost: 1.5 });
  expect(() => budget.lend(1)).toThrow('--max-tokens 1000 is reached');
});

it('says what an order of many observations comes to in proportion, and nothing of a teacher that is computed', async () => {
  const planning = { scenario: mobilityTown(), workspace: folder };
  const order: Order = { do: 'ask', teacher, size: 30, students: ['logistic'], report: false };
  expect((await pricedWords(order, planning))[0]).toContain('questions 30 to ask');
  expect(await pricedWords({ ...order, teacher: 'oracle' }, planning)).toEqual([]);
  expect((await pricedWords({ ...order, teacher: 'gguf:nowhere.gguf' }, planning))[0]).toContain(
    'could not be found out',
  );
});
