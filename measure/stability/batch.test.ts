import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FakeBatches } from '../../policies/models/batch/fake-batches.test-support.ts';
import { openTeacher } from '../../policies/open.ts';
import { withLimits } from '../../policies/spending/budget.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { stability } from './stability.ts';

let folder: string;
let server: FakeBatches;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-steady-batch-'));
  server = await FakeBatches.start({
    shape: 'anthropic',
    // Half of the first batch expires.
    fate: (nth, place) => (nth === 1 && place % 2 === 0 ? 'expired' : 'ok'),
  });
  for (const [name, value] of Object.entries(server.env)) vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const options = (at?: (point: string) => void) => ({
  ...{ teacher: server.teacher, workspace: folder, seed: 1, scenario: iceCream, explain: false },
  ...{ prompts: 4, runs: 3, temperature: 0, facets: ['seed', 'paraphrase'] as const },
  batch: { pollMs: 1, settleMs: 5, ...(at && { at }) },
});
const most = () => Math.max(...server.billed.values());

it('asks all runs and facets in one batch, each repeat as a request of its own, and pays for each once', async () => {
  const report = await stability(options());
  // Greedy repeats say the same words: only their names tell them apart.
  const asked = 4 * (3 + iceCream.prompt.paraphrases.length - 1);
  expect(server.billed.size).toBe(asked);
  expect(most()).toBe(1);
  // One batch, and one more for what expired.
  expect(server.batches).toHaveLength(2);
  expect(report).toMatchObject({ complete: 4, elicitation: 'greedy', outcomes: { ok: asked } });
  const again = await stability(options());
  expect(server.batches).toHaveLength(2);
  expect(again).toEqual(report);
});

it('goes on after it was stopped at any step without paying twice, and within a limit', async () => {
  for (const end of ['after planned', 'sent', 'results read']) {
    let ended = false;
    const at = (point: string) => {
      if (ended || point !== end) return;
      ended = true;
      throw new Error('killed');
    };
    await expect(stability(options(at))).rejects.toThrow('killed');
  }
  await expect(withLimits({ maxQuestions: 3 }, () => stability(options()))).rejects.toThrow('--max-questions 3');
  await stability(options());
  expect(most()).toBe(1);
  expect(server.billed.size).toBe(4 * (3 + iceCream.prompt.paraphrases.length - 1));
});

it('does not compare batch sizes in a batch, and refuses a teacher that answers at once', async () => {
  await expect(stability({ ...options(), facets: ['batch'] })).rejects.toThrow('leave the facet batch out');
  const all = await stability({ ...options(), facets: 'all', temperatures: [0, 0.5], orders: 2 });
  expect(Object.keys(all.facets)).toEqual(['seed', 'temperature', 'order', 'paraphrase']);
  for (const name of ['oracle', 'tiny', 'gguf:nowhere.gguf', 'recorded:nowhere.jsonl'])
    await expect(
      openTeacher(name, { scenario: iceCream, workspace: folder, batch: { journal: join(folder, 'b') } }),
    ).rejects.toThrow(`${name} is asked here at once and takes no batches`);
});
