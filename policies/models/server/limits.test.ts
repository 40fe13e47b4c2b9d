import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { workspace } from '../../../workspace/paths.ts';
import { readSpending } from '../../../workspace/spending.ts';
import { type Limits, withLimits } from '../../spending/budget.ts';
import { estimatedTokens } from '../../spending/tokens.ts';
import type { FakeRequest, FakeServer } from './fake-server.test-support.ts';
import { failed, fake, some, teacherOf } from './teacher.test-support.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-limits-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const labels = () => join(folder, 'data', 'labels.jsonl');
const kept = () =>
  readFileSync(labels(), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"outcome"')).length;
const textOf = ({ body }: FakeRequest) => (body.messages as { content: string }[]).map((one) => one.content).join('\n');

/** Asks forty questions within limits. @returns the error that ended it */
const ask = (server: FakeServer, limits: Limits, elicit: 'greedy' | 'expected' = 'greedy') =>
  failed(
    withLimits(limits, async () => {
      const teacher = await teacherOf(server, { labels: labels() } as never);
      try {
        return await teacher.ask(some(40), { elicit });
      } finally {
        await teacher[Symbol.asyncDispose]();
      }
    }),
  );

/** The least that the requests so far came to: their messages, and a reply each. */
const leastTokens = (server: FakeServer) =>
  server.chats.reduce((sum, request) => sum + estimatedTokens(textOf(request)), 0);

describe('limits on what a server is asked', () => {
  it('stop at a number of questions, keep the answers, and the same command goes on', async () => {
    const server = await fake();
    const error = await ask(server, { maxQuestions: 12 });
    expect(error).toMatchObject({ code: 'SPENDING_LIMIT' });
    expect(error!.message).toMatch(
      /^--max-questions 12 is reached: 12 questions, [\d,]+ \+ \d+ tokens, .* kept in data/,
    );
    expect(kept()).toBe(12);
    expect((await ask(server, { maxQuestions: 12 }))!.message).toContain('12 questions');
    expect(kept()).toBe(24);
    expect(await ask(server, { maxQuestions: 16 })).toBeUndefined();
    expect(kept()).toBe(40);
    // Nothing is left to ask.
    expect(await ask(server, { maxQuestions: 1 })).toBeUndefined();
    const [spent] = await readSpending(workspace(folder));
    expect(spent).toMatchObject({ teacher: `server:http://${server.host}/v1#gemma`, questions: 40, unpriced: 40 });
  });

  it.each([
    ['reports nothing at all', (_usage: unknown): unknown => undefined],
    ['reports 0', () => ({ prompt_tokens: 0, completion_tokens: 0 })],
    ['reports less than nothing', () => ({ prompt_tokens: -1e6, completion_tokens: -0.5 })],
    ['reports a tenth', () => ({ prompt_tokens: 6.3, completion_tokens: 1 })],
  ])('hold tokens against a server that %s', async (_, usage) => {
    const server = await fake({ change: (answer) => ({ ...answer, usage: usage(answer.usage) }) });
    const error = await ask(server, { maxTokens: 3000 });
    expect(error!.message).toMatch(/^--max-tokens 3000 is reached/);
    expect(leastTokens(server)).toBeLessThanOrEqual(3000);
    expect(kept()).toBeGreaterThan(5);
    const [spent] = await readSpending(workspace(folder));
    expect(spent!.promptTokens).toBe(leastTokens(server));
    expect(spent!.promptTokens + spent!.completionTokens).toBeLessThanOrEqual(3000);
  });

  it('count a report that is higher than the text', async () => {
    const server = await fake({
      change: (answer) => ({ ...answer, usage: { prompt_tokens: 900, completion_tokens: 100 } }),
    });
    const error = await ask(server, { maxTokens: 6000 });
    expect(error!.message).toContain('is reached');
    // Reserved is less than what it then reports: no more than what is under way at once can go over.
    expect(server.chats.length).toBeLessThan(16);
  });

  it('hold tokens of a number that takes several requests', async () => {
    const server = await fake();
    const error = await ask(server, { maxTokens: 6000 }, 'expected');
    expect(error!.message).toMatch(/^--max-tokens 6000 is reached/);
    expect(leastTokens(server)).toBeLessThanOrEqual(6000);
    expect(kept()).toBeGreaterThan(0);
  });

  it('hold money by a table of prices, and refuse to without a price', async () => {
    const server = await fake();
    expect((await ask(server, { maxCost: 1 }))!.message).toMatch(
      /^--max-cost 1 cannot be held: .*data\/prices.json has no price of server:http:.*#gemma; add it .* --prices FILE/,
    );
    expect(server.chats).toEqual([]);
    const prices = join(folder, 'prices.json');
    const table = { date: '2026-11-30', source: 'a test', currency: 'EUR' };
    writeFileSync(prices, JSON.stringify({ ...table, models: { gemma: { input: 1000, output: 2000 } } }));
    const error = await ask(server, { maxCost: 3, prices });
    expect(error!.message).toMatch(/^--max-cost 3 is reached .* tokens, [12]\.\d{4} EUR, /);
    const [spent] = await readSpending(workspace(folder));
    expect(spent).toMatchObject({ unpriced: 0 });
    expect(spent!.cost).toBeCloseTo((spent!.promptTokens * 1000 + spent!.completionTokens * 2000) / 1e6, 9);
    expect(spent!.cost).toBeLessThanOrEqual(3);
    expect(spent!.cost).toBeGreaterThan(1);
    writeFileSync(prices, JSON.stringify({ ...table, models: { gemma: { input: -1, output: 2000 } } }));
    expect((await ask(server, { maxCost: 2, prices }))!.message).toContain(
      'is not a table of prices: models.gemma.input',
    );
  });

  it('count a request that was cut off at the most that it can have come to, and an error as nothing', async () => {
    let nth = 0;
    const server = await fake({
      fault: ({ path }) => {
        if (!path.endsWith('completions')) return undefined;
        nth++;
        return nth % 3 === 1 ? 'cut' : nth % 3 === 2 ? { status: 503 } : undefined;
      },
    });
    expect(await failed(withLimits({}, () => ask(server, {})))).toBeUndefined();
    const [spent] = await readSpending(workspace(folder));
    const cut = server.chats.length / 3;
    expect(spent!.promptTokens).toBeGreaterThan(leastTokens(server) / 3 + cut * 200);
  });
});
