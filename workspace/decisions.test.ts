import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { readDecisions, rowHash } from './decisions.ts';

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
      JSON.stringify({ key: 'k', scenario: 'ice-cream-v1', traits: ['cheap'], context: [], outcome: 'ok', ...more });
    const path = file(
      [
        '{"key":"m","model":"tiny","template":"…"}',
        label({ probabilities: [0.7, 0.3], probability_LLM: 0.3 }),
        label({ outcome: 'unparsable', reason: 'no' }),
        label({ scenario: 'other-v1', traits: ['tall'], probabilities: [0.5, 0.5] }),
      ].join('\n'),
    );
    expect([...(await readDecisions(path, iceCream)).probabilities]).toEqual([0.7, 0.3]);
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
    ['[1, 2]', 'is no JSON object: [1, 2]'],
  ])('names file and line of %s', async (bad, what) => {
    const path = file(`${row}\n\n${bad}\n`);
    const error = await readDecisions(path, iceCream).catch((e) => e);
    expect(error.code).toBe('POLICY_FILE');
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
