import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Scenario } from '../env/scenario.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { readDecisions, rowHash } from './decisions.ts';
import { labelLine } from './label.ts';

const folder = mkdtempSync(join(tmpdir(), 'decisions-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (text: string) => {
  const path = join(folder, 'rows.jsonl');
  writeFileSync(path, text);
  return path;
};
const row = '{"traits": ["cheap", "likes sweets"], "context": ["hungry"], "probability_LLM": 0.15}';

describe('readDecisions', () => {
  it("reads a file of the research original's shape, keeping the order of phrases", async () => {
    const path = file(`${row}\n{"traits": ["spender"], "context": [], "probability_LLM": 1}\n`);
    const { observations, probabilities, rows } = await readDecisions(path, iceCream);
    expect([...observations.masks]).toEqual([0b10010001, 0b100000]);
    expect(observations.orders).toEqual([[4, 0, 7], [5]]);
    expect([...probabilities]).toEqual([0.85, 0.15, 0, 1]);
    expect(rows[0]).toEqual(JSON.parse(row));
  });

  it('reads files without a last newline, with Windows line ends, blank lines or a byte order mark', async () => {
    for (const text of [row, `${row}\r\n\r\n`, `\uFEFF${row}\n`])
      expect((await readDecisions(file(text), iceCream)).rows).toHaveLength(1);
  });

  it('reads an empty file as no decisions', async () => {
    const { observations, probabilities } = await readDecisions(file(''), iceCream);
    expect([observations.masks.length, probabilities.length]).toEqual([0, 0]);
  });

  it('reads the labels of a label store that are decisions of this scenario', async () => {
    const label = (more: object) =>
      JSON.stringify({
        key: '1'.repeat(64),
        teacher: 'tiny-0',
        scenario: 'ice-cream-v1',
        traits: ['cheap'],
        context: [],
        outcome: 'ok',
        ...more,
      });
    const path = file(
      [
        JSON.stringify({ key: '2'.repeat(64), model: 'tiny', template: '…' }),
        label({ probabilities: [0.7, 0.3], probability_LLM: 0.3 }),
        label({ outcome: 'unparsable', reason: 'no' }),
        label({ scenario: 'other-v1', traits: ['tall'], probabilities: [0.5, 0.5] }),
      ].join('\n'),
    );
    const said: string[] = [];
    const { probabilities } = await readDecisions(path, iceCream, { log: (line) => said.push(line) });
    expect([...probabilities]).toEqual([0.7, 0.3]);
    expect(said).toEqual([
      `${path}: labels read: 1; passed over: 1 about models, 1 with the outcome unparsable, 1 of scenario other-v1`,
    ]);
  });

  it('reads decisions among three actions', async () => {
    const three = { ...iceCream, actions: ['wait', 'walk', 'run'] };
    const path = file('{"traits": ["cheap"], "context": [], "probabilities": [0.5, 0.2, 0.3]}\n');
    expect([...(await readDecisions(path, three)).probabilities]).toEqual([0.5, 0.2, 0.3]);
    await expect(readDecisions(file(row), three)).rejects.toThrow(
      'must be 3 numbers from 0 to 1 (wait, walk, run), got nothing',
    );
  });

  it.each([
    [
      '{"traits": ["cheap"], "context": [], "probability_LLM": 1.5}',
      '`probability_LLM` must be a number from 0 to 1, got 1.5',
    ],
    ['{"traits": ["cheap"], "context": []}', '`probability_LLM` must be a number from 0 to 1, got nothing'],
    ['{"traits": "cheap", "context": [], "probability_LLM": 0}', '`traits` must be a list of phrases, got "cheap"'],
    ['{"traits": ["cheap"], "probability_LLM": 0}', '`context` must be a list of phrases, got nothing'],
    [
      '{"traits": ["tall"], "context": [], "probability_LLM": 0}',
      'unknown trait: "tall" (ice-cream-v1 knows: likes sweets',
    ],
    [
      '{"traits": ["cheap", "spender"], "context": [], "probability_LLM": 0}',
      'names "cheap" and "spender", which conflict',
    ],
    ['{"traits": ["cheap", "cheap"], "context": [], "probability_LLM": 0}', 'names "cheap" twice'],
    [
      '{"scenario": "other-v1", "traits": [], "context": [], "probability_LLM": 0}',
      'a decision of scenario other-v1, expected ice-cream-v1',
    ],
    ['{"traits": [], "context": [], "probabilities": [0.5, 0.6]}', '`probabilities` sum to 1.1, not 1'],
    [
      '{"traits": [], "context": [], "probabilities": [0.9, 0.1], "probability_LLM": 0.9}',
      '`probabilities` gives buy 0.1 and `probability_LLM` gives it 0.9; keep the right one',
    ],
    [
      '{"traits": [], "context": [], "probability_LLM": 0.1, "weight": -1}',
      '`weight` must be a number of 0 or more, got -1',
    ],
    ['{"traits": [], "context": [], "probability_LLM": 0.1, "weight": "2"}', 'must be a number of 0 or more, got "2"'],
    ['{"traits": [], "context": [], "probability_LLM": "0.1"}', 'must be a number from 0 to 1, got "0.1"'],
    ['{"traits": [], "context": [], "probability_LLM": true}', 'must be a number from 0 to 1, got true'],
    ['{"traits": [1], "context": [], "probability_LLM": 0}', '`traits` must be a list of phrases, got [1]'],
    ['[1, 2]', 'is not a JSON object: "[1, 2]"'],
  ])('names file and line of %s', async (bad, what) => {
    const path = file(`${row}\n\n${bad}\n`);
    const error = await readDecisions(path, iceCream).catch((e) => e);
    expect(error.code).toBe('POLICY_FILE');
    expect(error.message).toContain(`${path}, line 3: `);
    expect(error.message).toContain(what);
  });

  it('reads probabilities by name, and takes one that is not named for 0', async () => {
    const three = { ...iceCream, actions: ['wait', 'walk', 'run'] };
    const of = async (probabilities: string, scenario: Scenario = three, more = '') => [
      ...(
        await readDecisions(file(`{"traits": [], "context": [], "probabilities": ${probabilities}${more}}`), scenario)
      ).probabilities,
    ];
    expect(await of('{"run": 0.3, "wait": 0.5, "walk": 0.2}')).toEqual([0.5, 0.2, 0.3]);
    expect(await of('{"run": 1}')).toEqual([0, 0, 1]);
    expect(await of('{"buy": 0.25, "skip": 0.75}', { ...iceCream, actions: ['skip', 'buy'] })).toEqual([0.75, 0.25]);
    expect(await of('null', iceCream, ', "probability_LLM": 0.5')).toEqual([0.5, 0.5]);
    expect(await of('[0.5, 0.2, 0.3]', three, ', "probability_LLM": 0.2')).toEqual([0.5, 0.2, 0.3]);
    await expect(of('{"run": 0.5, "wait": 0.2}')).rejects.toThrow('`probabilities` sum to 0.7, not 1');
    await expect(of('{"fly": 1}')).rejects.toThrow('names the action "fly" (known: wait, walk, run)');
    await expect(of('{"run": "1"}')).rejects.toThrow(
      'must be 3 numbers from 0 to 1 (wait, walk, run), got {"run":"1"}',
    );
  });

  it.each([
    ['likes\u00a0sweets', '"likes\\u00a0sweets" differs from "likes sweets" only in U+00A0; write "likes sweets"'],
    ['likes sweets\u200b', '"likes sweets\\u200b" differs from "likes sweets" only in U+200B; write'],
    ['\ufefflikes sweets', 'differs from "likes sweets" only in U+FEFF'],
    [
      'Likes sweets',
      '"Likes sweets" differs from "likes sweets" only in spaces, accents or the case of letters; write',
    ],
    ['likes  sweets ', 'differs from "likes sweets" only in spaces'],
    ['likes\tsweets', '"likes\\tsweets" differs from "likes sweets" only in'],
    ['health\u2011conscious', 'differs from "health-conscious" only in U+2011; write "health-conscious"'],
    ['\u001b[2Jcheap', 'unknown trait: "\\u001b[2Jcheap" (known: likes sweets'],
    ['ｃｈｅａｐ', 'differs from "cheap" only in U+FF43, U+FF48, U+FF45, U+FF41, U+FF50'],
    ['\u001b[2Jrich', 'unknown trait: "\\u001b[2Jrich"'],
  ])('names the phrase that %j was meant to be', async (phrase, what) => {
    const path = file(`${row}\n${JSON.stringify({ traits: [phrase], context: [], probability_LLM: 0 })}\n`);
    const error = await readDecisions(path, iceCream).catch((e) => e);
    expect(error.message).toContain(`${path}, line 2: unknown trait: `);
    expect(error.message).toContain(what);
    expect(/[^\x20-\x7e]/.test(error.message)).toBe(false);
  });

  it('keeps rows that have a key of their own, and everything else that a row has', async () => {
    const rows = ['row1', 7, 'a'.repeat(64)].map((key) => ({
      key,
      ...JSON.parse(row),
      weight: 2,
      unit: 'p1',
      model: 'x',
    }));
    const read = await readDecisions(file(rows.map((one) => `${JSON.stringify(one)}\n`).join('')), iceCream);
    expect(read.rows).toEqual(rows);
  });

  it('refuses a label that was edited, and one whose outcome nobody knows', async () => {
    const record = { teacher: 'tiny-0', scenario: 'ice-cream-v1', traits: ['cheap'], context: [], outcome: 'ok' };
    const line = labelLine('1'.repeat(64), { ...record, probabilities: [0.7, 0.3], probability_LLM: 0.3 });
    const path = file(`${line}\n${line.replaceAll('0.7', '0.6').replaceAll('0.3', '0.4')}\n`);
    await expect(readDecisions(path, iceCream)).rejects.toThrow(`${path}, line 2: does not match its checksum`);
    const old = JSON.stringify({ key: '3'.repeat(64), ...record, probabilities: [0.7, 0.3] });
    await expect(readDecisions(file(`${line}\n${old}\n`), iceCream)).rejects.toThrow('line 2: has no checksum');
    const odd = JSON.stringify({ key: '2'.repeat(64), ...record, outcome: 'fine' });
    await expect(readDecisions(file(`${old}\n${odd}\n`), iceCream)).rejects.toThrow('line 2: has the outcome "fine"');
  });

  it('counts the states that have several rows, and says by how much they contradict each other', async () => {
    const said: string[] = [];
    const log = (line: string) => said.push(line);
    const of = (traits: string[], probability: number) =>
      `${JSON.stringify({ traits, context: ['hungry'], probability_LLM: probability })}\n`;
    const [a, b] = [['cheap', 'likes sweets'], ['spender']];
    const path = file(of(a, 0.1) + of(b, 0.5) + of([...a].reverse(), 0.75) + of(b, 0.5));
    await readDecisions(path, iceCream, { log });
    await readDecisions(file(of(b, 0.5) + of(b, 0.5)), iceCream, { log });
    await readDecisions(file(of(b, 0.5) + of(a, 0.5)), iceCream, { log });
    expect(said).toEqual([
      `${path}: 4 rows are of 2 states; rows of 1 state contradict each other, by up to 0.65 (cheap, likes sweets, hungry), and each row counts`,
      `${path}: 2 rows are of 1 state; rows of one state agree`,
    ]);
  });

  it('says that a table has rows of train and of test in it, and reads both', async () => {
    const said: string[] = [];
    const path = file('split,traits,context,probability_LLM\ntrain,cheap,,0.1\ntest,,,0.2\ntest,spender,,0.3\n');
    const { rows } = await readDecisions(path, iceCream, { log: (line) => said.push(line) });
    expect(rows).toHaveLength(3);
    expect(said).toEqual([`${path} holds 1 row of train and 2 rows of test (\`split\`); all are read`]);
  });

  it.each([
    ['cheap|spender,,0.1', 'unknown trait: "cheap|spender"'],
    ['cheap,,"0,15"', '`probability_LLM` must be a number from 0 to 1, got "0,15"'],
    ['cheap,,15%', 'got "15%"'],
    ['cheap,,', 'got nothing'],
    ['cheap,,NaN', 'got "NaN"'],
    ['cheap,,0x1', 'got "0x1"'],
    ['cheap,,1e999', 'got'],
  ])('names the line of a CSV with %s', async (cells, what) => {
    const path = file(`traits,context,probability_LLM\nspender,,.5\n${cells}\n`);
    const error = await readDecisions(path, iceCream).catch((e) => e);
    expect(error.message).toContain(`${path}, line 3: `);
    expect(error.message).toContain(what);
  });

  it('says that the last row is cut off', async () => {
    const path = file(`${row}\n{"traits": ["che`);
    await expect(readDecisions(path, iceCream)).rejects.toThrow(`${path}, line 2: is cut off in the middle of a row`);
  });

  it('says that there is no such file, or that it is a directory', async () => {
    await expect(readDecisions(join(folder, 'none'), iceCream)).rejects.toThrow(/none does not exist/);
    await expect(readDecisions(folder, iceCream)).rejects.toThrow(/is a directory/);
  });
});

describe('rowHash', () => {
  const phrases = { traits: ['cheap', 'likes sweets'], context: ['hungry', 'after work'] };

  it('is the start of the SHA-256 of canonical JSON', () => {
    // printf '{"context":[],"traits":["cheap"]}' | sha256sum
    expect(rowHash({ traits: ['cheap'], context: [] })).toBe('15382f85edb3ed86');
    // printf '{"context":[],"probabilities":[0.85,0.15],"traits":["cheap"]}' | sha256sum
    expect(rowHash({ traits: ['cheap'], context: [] }, [0.85, 0.15])).toBe('3384a6feff5c3e46');
  });

  it('does not move with the order of phrases or with the seventh decimal, and does with anything else', () => {
    const hash = rowHash(phrases, [0.85, 0.15]);
    const shuffled = { traits: ['likes sweets', 'cheap'], context: ['after work', 'hungry'] };
    expect(rowHash(shuffled, Float64Array.of(0.85, 0.15))).toBe(hash);
    expect(rowHash(phrases, [0.85 - 1e-9, 0.15 + 1e-9])).toBe(hash);
    const others = [
      rowHash(phrases),
      rowHash(phrases, [0.84, 0.16]),
      rowHash({ ...phrases, context: ['hungry'] }, [0.85, 0.15]),
      rowHash({ traits: phrases.context, context: phrases.traits }, [0.85, 0.15]),
    ];
    expect(new Set([hash, ...others]).size).toBe(5);
  });
});
