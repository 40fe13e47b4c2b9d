import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from './main.ts';

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'understudy-cli-dataset-'));
});
afterEach(() => rmSync(workspace, { recursive: true }));

/** Runs `understudy dataset` in this process, asking the oracle unless told otherwise. */
async function dataset(...args: string[]) {
  const said = { stdout: '', stderr: '' };
  const teacher = args.includes('--teacher') ? [] : ['--teacher', 'oracle'];
  const code = await main(['dataset', ...teacher, ...args, '--workspace', workspace], {
    stdout: { write: (text) => (said.stdout += text) },
    stderr: { write: (text) => (said.stderr += text) },
  });
  return { code, ...said };
}
const rows = (name: string): Record<string, unknown>[] =>
  readFileSync(join(workspace, 'data', name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('understudy dataset', () => {
  it('asks 2,000 states with the number read as its mean, unless told otherwise', async () => {
    const { code, stdout } = await dataset();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^2,000 observations asked of oracle \(expected, canonical order\)/);
    expect(rows('train.jsonl')).toHaveLength(1600);
  });

  it('--explain alone asks for greedy replies, with --elicit expected for their words beside the mean', async () => {
    await dataset('--size', '20', '--explain');
    expect(rows('train.jsonl')[0]).toMatchObject({ elicitation: 'greedy', explanation: expect.any(String) });
    expect(rows('train.jsonl')[0]).not.toHaveProperty('explained_probability');
    await dataset('--size', '20', '--explain', '--elicit', 'expected');
    expect(rows('train.jsonl')[0]).toMatchObject({
      elicitation: 'expected',
      explanation: expect.any(String),
      explained_probability: expect.any(Number),
    });
  });

  it('--json gives the manifest, with what is held out and what was asked', async () => {
    const { stdout } = await dataset('--size', '50', '--split', 'size', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      asked: 50,
      sampling: { method: 'stratified', states: 50, emptyContext: 'include' },
      heldOut: { by: 'size', phrasesAtLeast: expect.any(Number) },
      outcomes: { ok: 50 },
    });
  });

  it('--sampling pairwise says how many states cover the pairs', async () => {
    const { stdout } = await dataset('--sampling', 'pairwise');
    expect(stdout).toMatch(/^(8|9|10) observations.*\n[\s\S]*The first \1 rows cover all 475 pairs of phrases/);
  });

  it('--size all has the empty context, which --empty-context exclude leaves out', async () => {
    expect((await dataset('--size', 'all')).stdout).toMatch(/^16,992 observations/);
    expect((await dataset('--sampling', 'all', '--empty-context', 'exclude')).stdout).toMatch(/^16,933 observations/);
  });

  it('--export writes every form that is asked for', async () => {
    const files = ['rows.csv', 'rows.parquet', 'rows.jsonl'].map((name) => join(workspace, name));
    const { stdout } = await dataset('--size', '20', ...files.flatMap((file) => ['--export', file]));
    for (const file of files) {
      expect(stdout).toContain(`  20 to ${file}\n`);
      expect(existsSync(file)).toBe(true);
    }
  });

  it('takes a file of the research original’s shape: all its states, by its own elicitation', async () => {
    const file = join(workspace, 'gemma.jsonl');
    const contexts = ['hungry', 'on a diet', 'hot summer day', 'after lunch', 'after work', 'after a long workout'];
    const lines = contexts.map((context) => ({ traits: ['cheap'], context: [context], probability_LLM: 0.15 }));
    writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const { code, stdout, stderr } = await dataset('--teacher', `recorded:${file}`, '--explain');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^6 observations read from recorded:.*\(recorded, canonical order\)/);
    expect(stderr).toMatch(/decisions are read from the file as they were elicited there/);
    expect(stderr).toMatch(/explanations were asked for, but the file of .* has none/);
    expect(rows('train.jsonl')[0]).toMatchObject({ probability_LLM: 0.15, elicitation: 'recorded' });
  });

  it.each([
    [['--sampling', 'pairwise', '--size', '5'], /states are needed to cover all 475 pairs/],
    [['--sampling', 'pairwise', '--size', 'all'], /no pairs to choose for/],
    [['--sampling', 'some'], /--sampling must be one of stratified, pairwise, population, all, got "some"/],
    [['--repeats', '3'], /all be the same answer; take elicit sample/],
    [['--repeats', '0'], /--repeats must be an integer of at least 1/],
    [['--explain', '--explain-share', '0.1'], /one of the two/],
    [['--explain-share', '0'], /above 0 and at most 1, got 0/],
    [['--explain-share', '2'], /--explain-share must be a number of at most 1/],
    [['--split', 'people'], /--split must be one of state, traits, contexts, size, order/],
    [['--export', 'rows.xlsx'], /one of \.jsonl, \.csv, \.parquet/],
    [['--empty-context', 'no'], /--empty-context must be one of include, exclude/],
  ])('%j exits with 2 and says why', async (args, message) => {
    const { code, stdout, stderr } = await dataset(...args);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(existsSync(join(workspace, 'data'))).toBe(false);
  });
});
