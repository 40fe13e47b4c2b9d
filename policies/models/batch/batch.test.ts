import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { iceCream } from '../../../scenarios/ice-cream-v1/scenario.ts';
import { workspace } from '../../../workspace/paths.ts';
import { readSpending } from '../../../workspace/spending.ts';
import type { Answer, AskOptions } from '../../policy.ts';
import { type Limits, withLimits } from '../../spending/budget.ts';
import { failed, some } from '../server/teacher.test-support.ts';
import type { BatchOptions } from './backend.ts';
import { FakeBatches, type FakeBatchesOptions } from './fake-batches.test-support.ts';
import { openBatch } from './open.ts';

let folder: string;
const opened: AsyncDisposable[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-batch-'));
});
afterEach(async () => {
  for (const thing of opened.splice(0)) await thing[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const data = (name: string) => join(folder, 'data', name);
const fake = async (options: FakeBatchesOptions) => {
  const server = await FakeBatches.start(options);
  opened.push(server);
  return server;
};

/** Asks questions as a process of its own would: only what is on the disk is known. */
async function ask(
  server: FakeBatches,
  n: number,
  batch: Partial<BatchOptions> = {},
  asking: AskOptions = { elicit: 'greedy' },
): Promise<Answer[]> {
  const teacher = await openBatch(server.teacher, {
    ...{ scenario: iceCream, labels: data('labels.jsonl'), env: server.env, retry: { baseMs: 1, capMs: 5 } },
    batch: { journal: data('batches.jsonl'), pollMs: 1, settleMs: 5, ...batch },
  });
  try {
    return await teacher.ask(some(n), asking);
  } finally {
    await teacher[Symbol.asyncDispose]();
  }
}

const shapes = ['openai', 'anthropic', 'gemini'] as const;
const oks = (answers: readonly Answer[]) => answers.filter(({ outcome }) => outcome === 'ok').length;
const most = (server: FakeBatches) => Math.max(...server.billed.values());

describe.each(shapes)('batches as %s takes them', (shape) => {
  it('are sent, looked at and read, and nothing is asked twice', async () => {
    const server = await fake({ shape });
    const answers = await ask(server, 25);
    expect(oks(answers)).toBe(25);
    expect(answers[0]).toMatchObject({ usage: { promptTokens: 70, completionTokens: 12 }, rung: 'json' });
    expect(server.batches).toHaveLength(1);
    expect(await ask(server, 25)).toEqual(answers);
    expect(server.batches).toHaveLength(1);
    expect(most(server)).toBe(1);
    const [spent] = await readSpending(workspace(folder));
    expect(spent).toMatchObject({ teacher: server.teacher, questions: 25, completionTokens: 25 * 12 });
    expect(readFileSync(data('batches.jsonl'), 'utf8')).not.toContain('sk-of-a-test');
  });

  it('go on with what is missing when they expire, and make rejects of what fails', async () => {
    const fate = (nth: number, place: number) =>
      nth > 1 ? 'ok' : place % 5 === 4 ? 'error' : place % 3 === 0 ? 'expired' : 'ok';
    const server = await fake({ shape, fate });
    const answers = await ask(server, 25, { size: 10 });
    expect(most(server)).toBe(1);
    const rejected = answers.filter(({ outcome }) => outcome === 'refused');
    expect(rejected.length).toBeGreaterThan(2);
    expect(rejected[0]).toMatchObject({ transient: true, reason: expect.stringContaining('in a batch: broken') });
    expect(oks(answers)).toBe(25 - rejected.length);
    // 25 questions in tens, and the late ones of each once more.
    expect(server.batches.length).toBeGreaterThan(3);
    // What failed may be asked for again, and is.
    const before = server.batches.length;
    expect(oks(await ask(server, 25))).toBe(25);
    expect(server.batches.length).toBe(before + 1);
    expect(most(server)).toBe(1);
  });

  it('are paid for once, wherever the process ends', async () => {
    const points: string[] = [];
    const fate = (nth: number, place: number) => (nth === 1 && place % 2 === 0 ? 'expired' : 'ok');
    await ask(await fake({ shape, fate }), 6, { at: (point) => points.push(point) });
    expect(points).toContain('sent');
    expect(points.length).toBeGreaterThanOrEqual(18);
    // The first time that each step is come to: the second batch takes them once more.
    for (const end of points.flatMap((point, i) => (points.indexOf(point) === i ? [i] : []))) {
      rmSync(join(folder, 'data'), { recursive: true });
      const server = await fake({ shape, fate });
      let nth = 0;
      const at = () => {
        if (nth++ === end) throw new Error('killed');
      };
      expect((await failed(ask(server, 6, { at })))?.message).toBe('killed');
      expect(oks(await ask(server, 6))).toBe(6);
      expect(most(server)).toBe(1);
      expect(server.billed.size).toBe(6);
    }
  });

  it('are looked for where the answer to their sending was lost, and sent again where they were not taken', async () => {
    for (const fault of ['lost', 500, 429] as const) {
      rmSync(join(folder, 'data'), { recursive: true, force: true });
      const server = await fake({
        shape,
        fault: (path, nth) => (!path.endsWith('files') && nth < 3 ? fault : undefined),
      });
      expect(oks(await ask(server, 7))).toBe(7);
      expect(most(server)).toBe(1);
    }
    rmSync(join(folder, 'data'), { recursive: true, force: true });
    const closed = await fake({ shape, fault: () => 401 });
    expect((await failed(ask(closed, 3)))?.message).toMatch(/refused POST .* \(401: .*not now.*data\/batches.jsonl/);
    expect(closed.batches).toEqual([]);
  });

  it('are held within limits', async () => {
    const server = await fake({ shape });
    const within = (limits: Limits) => failed(withLimits(limits, () => ask(server, 40)));
    expect((await within({ maxTokens: 3000 }))?.message).toMatch(/^--max-tokens 3000 is reached/);
    const [spent] = await readSpending(workspace(folder));
    expect(spent!.promptTokens + spent!.completionTokens).toBeLessThanOrEqual(3000);
    expect(spent!.questions).toBe(server.billed.size);
    expect(server.billed.size).toBeGreaterThan(10);
    expect((await within({ maxQuestions: 2 }))?.message).toContain('2 questions');
    expect(await within({})).toBeUndefined();
    expect(most(server)).toBe(1);
  });
});

it('a batch of samples has temperatures and seeds, and other readings are refused', async () => {
  const server = await fake({ shape: 'gemini' });
  await ask(server, 4, {}, { elicit: 'sample', temperature: 0.7, seed: 5 });
  const [line] = server.lines.values();
  expect(line.generationConfig).toMatchObject({ temperature: 0.7, topP: 1, seed: expect.any(Number) });
  expect((await failed(ask(server, 4, {}, { elicit: 'expected' })))?.message).toContain(
    'cannot be asked for "expected": a batch gives replies in words; use "greedy" or "sample"',
  );
});

it('two processes do not have batches under way in one workspace', async () => {
  const server = await fake({ shape: 'openai', looks: 30 });
  const first = ask(server, 5, { pollMs: 20 });
  await expect.poll(() => server.batches.length).toBe(1);
  expect((await failed(ask(server, 6)))?.message).toContain('has batches under way here');
  expect(oks(await first)).toBe(5);
});
