import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvRows } from '../workspace/csv.ts';
import { coefficientsWords, effectsWords, explanationWords } from './explain.ts';
import { main } from './main.ts';

let workspace: string;
beforeAll(() => {
  workspace = mkdtempSync(join(tmpdir(), 'understudy-cli-explain-'));
});
afterAll(() => rmSync(workspace, { recursive: true }));

/** Runs `understudy explain` in this process. */
async function explain(...args: string[]) {
  const said = { stdout: '', stderr: '' };
  const where = args.includes('--workspace') ? [] : ['--workspace', workspace];
  const code = await main(['explain', ...args, ...where], {
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
    expect(both.stderr).toContain('leave one of the two out');
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

  it('explains the action that is named, beside others, and refuses one that is not known', async () => {
    const town = mkdtempSync(join(tmpdir(), 'understudy-cli-explain-'));
    const of = (...args: string[]) => explain('--policy', 'oracle', ...args, '--workspace', town);
    const scenario = ['--scenario', 'mobility-v1'];
    const named = await of('--action', 'car', '--states', '5', ...scenario);
    expect(named.stdout).toContain('adds to P(car)');
    // The likeliest of the five actions beside staying.
    const likeliest = await of('--traits', 'lives in a suburb,over 60,owns a car', '--context', 'leaving for work');
    expect(likeliest.stdout).toContain('adds to P(car)');
    const stay = await of('--action', 'stay', '--states', '5');
    expect(stay.code).toBe(0);
    const rows = csvRows(readFileSync(join(town, 'results', 'metrics', 'effects.csv'), 'utf8'));
    expect(new Set(rows.map(({ action }) => action))).toEqual(new Set(['car', 'stay']));
    const unknown = await of('--action', 'bas');
    expect(unknown).toMatchObject({ code: 2 });
    expect(unknown.stderr).toContain(
      'unknown action: bas (mobility-v1 knows: stay, walk, cycle, bus, car); did you mean bus?',
    );
    rmSync(town, { recursive: true });
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

it('an explanation leads from no phrase to P, the largest contribution first with the longest bar', () => {
  const lines = explanationWords(
    {
      probability: 0.5,
      baseline: 0.4,
      contributions: [
        { phrase: 'cheap', value: -0.1 },
        { phrase: 'hot', value: 0.2 },
      ],
      interactions: [{ phrases: ['cheap', 'hot'], value: -0.05 }],
    },
    'buy',
  );
  expect(lines.slice(1, 5)).toEqual([
    '  no phrase   .4000',
    '  hot        +.2000  ++++++++++++++++++++',
    '  cheap      -.1000  ----------',
    '  P(buy)      .5000',
  ]);
  expect(lines.at(-1)).toBe('  cheap and hot  -.0500');
});

it('an explanation shows what phrases add beside a trait, a dash for an only trait', () => {
  const lines = explanationWords(
    {
      probability: 0.5,
      baseline: 0.4,
      contributions: [
        { phrase: 'cheap', value: -0.1 },
        { phrase: 'hot', value: 0.2, inside: 0.05 },
      ],
      interactions: [],
    },
    'buy',
  );
  expect(lines.slice(1)).toEqual([
    '                     beside a trait',
    '  no phrase   .4000',
    '  hot        +.2000          +.0500  ++++++++++++++++++++',
    '  cheap      -.1000               –  ----------',
    '  P(buy)      .5000',
    'Beside a trait: over orders that begin with a trait; sets without one are extrapolated.',
  ]);
});

it('an explanation of no phrases has no bars and no pairs', () => {
  const lines = explanationWords({ probability: 0.4, baseline: 0.4, contributions: [], interactions: [] }, 'buy');
  expect(lines.slice(1)).toEqual(['  no phrase  .4000', '  P(buy)     .4000']);
});

it('effects are listed by size, pairs left to the file', () => {
  const lines = effectsWords(
    [
      { phrase: 'cheap', states: 2, mean: -0.1, meanAbsolute: 0.1 },
      { phrase: 'hot', states: 3, mean: 0, meanAbsolute: 0.3 },
      { phrase: 'cheap', beside: 'hot', states: 1, mean: 0.9, meanAbsolute: 0.9 },
    ],
    4,
    'buy',
  );
  expect(lines.slice(2).map((line) => line.trim().split(' ')[0])).toEqual(['hot', 'cheap']);
});

const one = (logOdds: number) => ({ action: 'buy', logOdds, lowest: logOdds, highest: logOdds });

it('coefficients are listed by size after the log-odds of no phrase, with what they multiply the odds by', () => {
  const rows = [one(-0.5), { ...one(0.25), phrase: 'cheap' }, { ...one(-1), phrase: 'hot' }];
  expect(coefficientsWords(rows)).toEqual([
    'What each phrase adds to the log-odds of buy, whatever else holds, and what it multiplies the odds by:',
    '  no phrase   -.5000',
    '  hot        -1.0000  ×0.37',
    '  cheap       +.2500  ×1.28',
  ]);
  const paired = coefficientsWords([...rows, { ...one(3), phrase: 'cheap', beside: 'hot' }]);
  expect(paired[0]).toContain('beside what pairs add');
  expect(paired).toHaveLength(4);
});

it('coefficients of an ordinal student are means with their range', () => {
  const rows = [one(0), { ...one(0.5), lowest: -1, highest: 2, phrase: 'hot' }];
  expect(coefficientsWords(rows).slice(1)).toEqual([
    '  no phrase  +.0000   +.0000   +.0000',
    '  hot        +.5000  -1.0000  +2.0000',
  ]);
});
