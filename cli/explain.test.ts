import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvRows } from '../workspace/csv.ts';
import { main } from './main.ts';

let workspace: string;
beforeAll(() => {
  workspace = mkdtempSync(join(tmpdir(), 'understudy-cli-explain-'));
});
afterAll(() => rmSync(workspace, { recursive: true }));

/** Runs `understudy explain` in this process. */
async function explain(...args: string[]) {
  const said = { stdout: '', stderr: '' };
  const code = await main(['explain', ...args, '--workspace', workspace], {
    stdout: { write: (text) => (said.stdout += text) },
    stderr: { write: (text) => (said.stderr += text) },
  });
  return { code, ...said };
}
const file = () => join(workspace, 'results', 'metrics', 'effects.csv');
const effects = () => csvRows(readFileSync(file(), 'utf8'));

describe('understudy explain', () => {
  it('keeps the effects of other policies when it explains one again', async () => {
    await explain('--policy', 'student:mlp', '--states', '40');
    const mlp = effects();
    await explain('--policy', 'oracle', '--states', '40');
    expect(effects().slice(0, mlp.length)).toEqual(mlp);
    const { code, stdout } = await explain('--policy', 'student:mlp', '--states', '50');
    expect(code).toBe(0);
    expect(stdout).toContain('of 50 states');
    const names = effects().map(({ model }) => model);
    expect(names.indexOf('oracle')).toBe(names.lastIndexOf('mlp') + 1);
    const cheap = effects().filter(({ model, phrase, beside }) => model === 'mlp' && phrase === 'cheap' && !beside);
    expect(cheap).toHaveLength(1);
    expect(cheap[0]).not.toEqual(mlp.find(({ phrase, beside }) => phrase === 'cheap' && !beside));
  });

  it('takes effects over the states of a file, each once', async () => {
    const row = '{"traits": ["cheap"], "context": ["hungry"], "probability_LLM": 0.4}\n';
    const decisions = join(workspace, 'decisions.jsonl');
    writeFileSync(decisions, `${row}${row}${row.replace(', "context": ["hungry"]', ', "context": []')}`);
    const { stdout } = await explain('--policy', 'constant:0.3', '--test', decisions);
    expect(stdout).toContain('of 2 states');
    // cheap is the only trait of both states.
    const own = effects().filter(({ model }) => model === 'constant:0.3');
    expect(own.map(({ phrase, beside, states }) => [phrase, beside, states])).toEqual([['hungry', '', '1']]);
    const missing = await explain('--policy', 'constant:0.3', '--test', join(workspace, 'none.jsonl'));
    expect(missing.stderr).toContain('none.jsonl does not exist');
    const both = await explain('--policy', 'constant:0.3', '--test', decisions, '--traits', 'cheap');
    expect(both.stderr).toContain('leave one out');
  });

  it('refuses a file without decisions, and keeps what is known', async () => {
    await explain('--policy', 'student:mlp', '--states', '40');
    const before = effects();
    const empty = join(workspace, 'empty.jsonl');
    writeFileSync(empty, '');
    const { code, stderr } = await explain('--policy', 'student:mlp', '--test', empty);
    expect(code).toBe(1);
    expect(stderr).toContain('empty.jsonl holds no decisions to explain');
    expect(effects()).toEqual(before);
  });

  it('says which phrase was probably meant', async () => {
    const { code, stderr } = await explain('--policy', 'constant:0.3', '--traits', 'likes sweet');
    expect(code).toBe(2);
    expect(stderr).toContain('unknown trait: "likes sweet", did you mean "likes sweets"?');
  });

  it('lists the coefficients of a logistic regression, and of nothing else', async () => {
    const { stdout } = await explain('--policy', 'student:logistic', '--states', '5');
    expect(stdout).toContain('adds to the log-odds of buy');
    const asJson = JSON.parse((await explain('--policy', 'student:logistic', '--states', '5', '--json')).stdout);
    expect(asJson.coefficients).toHaveLength(17);
    expect((await explain('--policy', 'student:mlp', '--states', '5')).stdout).not.toContain('log-odds');
  });

  it('does not overwrite a file of effects that is damaged', async () => {
    const before = readFileSync(file(), 'utf8');
    writeFileSync(file(), 'phrase,mean\ncheap,1\n');
    const { code, stderr } = await explain('--policy', 'student:logistic', '--states', '5');
    expect(code).not.toBe(0);
    expect(stderr).toContain('effects.csv is damaged: it has no column model');
    writeFileSync(file(), before);
  });

  it('says which subset a file of recorded answers lacks', async () => {
    const recorded = join(workspace, 'rows.jsonl');
    writeFileSync(recorded, '{"traits": ["cheap"], "context": ["hungry"], "probability_LLM": 0.4}\n');
    const { code, stderr } = await explain(
      '--policy',
      `recorded:${recorded}`,
      '--traits',
      'cheap',
      '--context',
      'hungry',
    );
    expect(code).not.toBe(0);
    expect(stderr).toContain('(missing) to {');
  });
});
