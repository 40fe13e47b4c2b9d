import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UnderstudyError } from '../env/error.ts';
import { sequence } from '../env/random.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { audit } from '../measure/audit/audit.ts';
import { evaluate } from '../measure/evaluation/evaluate.ts';
import { stability } from '../measure/stability/stability.ts';
import { type AskOptions, decisionsOf, type Teacher } from '../policies/policy.ts';
import { LimitReached } from '../policies/spending/budget.ts';
import { stabilityFindings } from '../report/findings/stability.ts';
import { reportOf } from '../report/report.ts';
import { readStudy } from '../report/study-files.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { mobilityTown } from '../scenarios/mobility-v1/scenario.ts';
import { workspace } from '../workspace/paths.ts';
import { readRepeats, readStability } from '../workspace/stability.ts';
import { stabilityWords } from './stability.ts';

const mobility = mobilityTown();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-beside-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Three actions or more: a share for each by the state, a draw around it, and what is planted on top. */
function planted(
  id: string,
  { shift = 0, noise = 0.1, orders = 0 }: { shift?: number; noise?: number; orders?: number },
  scenario: Vocabulary = iceCream,
): Teacher {
  const k = scenario.actions.length;
  const ask: Teacher['ask'] = async (batch, { seed, elicit }: AskOptions = {}) =>
    Array.from(batch.masks, (mask, i) => {
      const [place] = [sequence(1, 'batchChoice', mask)()];
      const draw = elicit === 'sample' ? noise * (sequence(seed ?? 0, 'batchChoice', mask)() - 0.5) : 0;
      const shown = batch.orders?.[i] ? orders : 0;
      const p = 0.3 + 0.2 * place + shift + draw + shown;
      return { outcome: 'ok', probabilities: [1 - p, ...Array.from({ length: k - 1 }, () => p / (k - 1))] };
    });
  return {
    ...{ id, scenario: scenario.id, decidesBy: 'choice', ask },
    decide: async (batch) => decisionsOf(await ask(batch), k),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
const failing = (error: unknown): Teacher => ({
  ...planted('down', {}),
  ask: async () => {
    throw error;
  },
});

const options = (scenario: Vocabulary = iceCream) => ({
  ...{ prompts: 12, runs: 3, temperature: 1, explain: false, facets: ['order'] as const, orders: 2 },
  ...{ seed: 3, scenario, workspace: folder },
});

it('finds what was planted between teachers, prompt by prompt, and keeps the whole study of each', async () => {
  const teachers = [
    planted('quiet', {}, mobility),
    planted('higher', { shift: 0.12 }, mobility),
    planted('moved', { orders: 0.09 }, mobility),
  ];
  const report = await stability({ ...options(mobility), teacher: teachers });
  expect([report.teacher, ...report.beside!.map(({ teacher }) => teacher)]).toEqual(['quiet', 'higher', 'moved']);
  const alone = await stability({ ...options(mobility), teacher: planted('moved', { orders: 0.09 }, mobility) });
  expect(report.beside![1]).toEqual(alone);
  const k = mobility.actions.length - 1;
  const { pairs, lines, prompts } = report.sideBySide!;
  expect(prompts).toBe(12);
  expect(lines.map(({ teacher, facet }) => `${teacher} ${facet}`)).toEqual(
    ['quiet', 'higher', 'moved'].flatMap((teacher) => [`${teacher} seed`, `${teacher} order`]),
  );
  const [shifted, ordered] = pairs;
  // The draws are the same, so that pairing leaves the plant alone.
  expect(shifted).toMatchObject({ a: 'quiet', b: 'higher', prompts: 12 });
  expect(shifted!.distance.value).toBeCloseTo(0.12 / k, 12);
  expect(shifted!.pearson).toBeCloseTo(1, 9);
  const of = (pair: typeof shifted, name: string) => pair!.differences.find((one) => one.of === name)!;
  expect(of(shifted, 'mean').value).toBeCloseTo(0.12, 12);
  expect(of(shifted, 'mean').upper - of(shifted, 'mean').lower).toBeLessThan(1e-12);
  expect(of(shifted, 'order').value).toBeCloseTo(0, 12);
  expect(of(ordered, 'order').value).toBeGreaterThan(0.05 / k);
  expect(of(ordered, 'order').lower).toBeGreaterThan(0);
  expect(of(ordered, 'seed').value).toBeCloseTo(0, 12);
});

it('a teacher that cannot be asked loses its own place, whichever it is', async () => {
  const down = failing(new UnderstudyError('TEACHER_CRASHED', 'it cannot be reached.'));
  const report = await stability({ ...options(), teacher: [down, planted('a', {}), planted('b', { shift: 0.1 })] });
  expect(report).toMatchObject({ teacher: 'a', unreached: [{ teacher: 'down', reason: 'it cannot be reached.' }] });
  expect(report.sideBySide!.pairs).toHaveLength(1);
  expect(stabilityFindings(report)[0]!.text).toBe('down is not in the comparison: it cannot be reached.');
  // The file has the answers of both; those of the first are what the report is about.
  expect(readFileSync(workspace(folder).stabilityTable, 'utf8')).toMatch(/^teacher,prompt,run/);
  const repeats = await readRepeats(workspace(folder));
  expect(repeats).toHaveLength(12);
  expect(repeats.every(({ length }) => length === 3)).toBe(true);
  expect((await readStability(workspace(folder)))!.beside).toHaveLength(1);
  await expect(stability({ ...options(), teacher: [down, failing(new Error('odd'))] })).rejects.toThrow();
  const limit = new LimitReached('maxQuestions', '--max-questions 5 is reached');
  await expect(stability({ ...options(), teacher: [planted('a', {}), failing(limit)] })).rejects.toBe(limit);
  await expect(stability({ ...options(), teacher: [down, { ...down, id: 'also down' }] as const })).rejects.toThrow(
    'no teacher could be asked: down: it cannot be reached.; also down: it cannot be reached.',
  );
});

it('fits long names on a screen and shows them on the page', async () => {
  const name = 'server:http://127.0.0.1:8000/v1#google/gemma-3-4b-it';
  const report = await stability({
    ...options(),
    teacher: [planted(name, {}), planted(`${name}-long-and-longer`, { shift: 0.1 })],
  });
  const lines = stabilityWords(report);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  expect(lines.join('\n')).toContain(`google/gemma-3-4b-it: ${name}`);
  const page = reportOf(await readStudy(workspace(folder), iceCream), iceCream, []);
  expect(page).toContain('Teachers side by side');
  expect(page).toContain(`${name}-long-and-longer`);
});

it('a teacher that is named twice is refused before anything is asked', async () => {
  await expect(stability({ ...options(), teacher: ['oracle', 'oracle'] })).rejects.toThrow('oracle is there twice');
  await expect(stability({ ...options(), teacher: ['oracle', 'oracel'] })).rejects.toThrow('unknown teacher: oracel');
});

/** Teachers at servers of their own, or at one: how many are asked at the same time, at most. The first question waits for the others. */
function served(hosts: readonly string[], expected: number) {
  const under = { now: 0, most: 0 };
  const present = new Set<string>();
  const waiting: (() => void)[] = [];
  const teachers = hosts.map((host, i): Teacher => {
    const one = planted(`teacher ${i}`, { shift: 0.1 * i });
    const ask: Teacher['ask'] = async (...question) => {
      under.most = Math.max(under.most, ++under.now);
      present.add(one.id);
      if (present.size >= expected) for (const go of waiting.splice(0)) go();
      else await new Promise<void>((resolve) => waiting.push(resolve));
      await setTimeout(1);
      under.now--;
      return one.ask(...question);
    };
    const decide: Teacher['decide'] = async (batch) => decisionsOf(await ask(batch), 2);
    return { ...one, ask, decide, provenance: { endpoints: [`http://${host}/v1`] } };
  });
  return { teachers, under };
}

it('teachers at different servers are asked at the same time, those of one in turn, with the same results', async () => {
  const test = join(folder, 'rows.jsonl');
  const row = (context: string, buy: number) => JSON.stringify({ traits: ['likes sweets'], context: [context], probability_LLM: buy }); // biome-ignore format: one line
  writeFileSync(test, ['hot summer day', 'cold winter day', 'after lunch'].map((context, i) => `${row(context, 0.2 + 0.3 * i)}\n`).join('')); // biome-ignore format: one line
  const claim = { a: { name: 'cold', phrases: ['cold winter day'] }, b: { name: 'hot', phrases: ['hot summer day'] } };
  const verbs: Readonly<Record<string, (teacher: readonly Teacher[]) => Promise<unknown>>> = {
    stability: (teacher) => stability({ ...options(), prompts: 4, runs: 2, teacher }),
    evaluate: (teacher) => evaluate({ test, models: ['oracle'], teacher, workspace: folder, scenario: iceCream, seed: 1, orders: 1, agents: 0 }), // biome-ignore format: one line
    audit: (teachers) => audit({ ...claim, scenario: iceCream, outcome: 'p:buy', expect: 'more', wordings: 2, teachers, workspace: folder }), // biome-ignore format: one line
  };
  for (const [name, verb] of Object.entries(verbs)) {
    const [apart, together] = [served(['a', 'b'], 2), served(['a', 'a'], 1)];
    const timeless = (report: unknown) => JSON.parse(JSON.stringify(report, (key, value) => (key === 'decisionsPerSecond' ? 0 : value))); // biome-ignore format: one line
    expect(timeless(await verb(apart.teachers)), name).toEqual(timeless(await verb(together.teachers)));
    expect([apart.under.most, together.under.most], name).toEqual([2, 1]);
  }
});
