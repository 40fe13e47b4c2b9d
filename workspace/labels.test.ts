import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { readDecisions } from './decisions.ts';
import { kindOfLabels } from './labels.ts';

const folder = mkdtempSync(join(tmpdir(), 'labels-'));
afterAll(() => rmSync(folder, { recursive: true }));
const read = (rows: readonly object[], log?: (line: string) => void) => {
  const path = join(folder, 'rows.jsonl');
  writeFileSync(path, rows.map((row) => `${JSON.stringify({ traits: ['cheap'], context: [], ...row })}\n`).join(''));
  return readDecisions(path, iceCream, { log });
};
const [skip, buy] = iceCream.actions;

describe('the kind of labels', () => {
  const oneHot = (n: number) => Array.from({ length: n }, (_, i) => [i % 2, 1 - (i % 2)]).flat();

  it('is choices if every row gives one action everything, and there are rows enough to say so', () => {
    expect(kindOfLabels(oneHot(20), 2)).toBe('choices');
    expect(kindOfLabels(oneHot(19), 2)).toBe('probabilities');
    expect(kindOfLabels([...oneHot(40), 0.3, 0.7], 2)).toBe('probabilities');
    expect(kindOfLabels([], 2)).toBe('probabilities');
  });

  it('is probabilities where rows are means of several answers, even if all agreed', () => {
    expect(kindOfLabels(oneHot(40), 2, true)).toBe('probabilities');
  });

  it('is said where it is not obvious: choices, and certain labels among probabilities', async () => {
    const said: string[] = [];
    const log = (line: string) => said.push(line.replace(/^\S+: /, ''));
    await read(
      Array.from({ length: 20 }, (_, i) => ({ action: i % 3 ? buy : skip })),
      log,
    );
    expect(said).toContain('each label is a single choice (0 or 1), not a probability');
    await read([{ probability_LLM: 1 }, { probability_LLM: 0.4 }], log);
    expect(said).toContain('1 of 2 labels are exactly 0 or 1, among probabilities: all are read as probabilities');
  });
});

describe('rows of decisions', () => {
  it('may name the action that was taken', async () => {
    const { probabilities } = await read([{ action: buy }, { action: skip }]);
    expect([...probabilities]).toEqual([0, 1, 1, 0]);
    await expect(read([{ action: 'steal' }])).rejects.toThrow(`line 1: \`action\` must be one of ${skip}, ${buy}`);
  });

  it('keep their probabilities where they name an action too, and say so', async () => {
    const said: string[] = [];
    const { probabilities } = await read([{ action: buy, probability_LLM: 0.2 }], (line) => said.push(line));
    expect(probabilities[1]).toBe(0.2);
    expect(said.join()).toContain('`action` of 1 row is not read');
  });

  it('say whose they are, and those that do not are of their state', async () => {
    const { units } = await read([
      { probability_LLM: 0.1, unit: 'ann' },
      { probability_LLM: 0.2, unit: 'bob' },
      { probability_LLM: 0.3, unit: 'ann' },
      { probability_LLM: 0.3 },
      { probability_LLM: 0.4, traits: ['spender'] },
    ]);
    expect([...units!]).toEqual([0, 1, 0, 2, 3]);
    expect((await read([{ probability_LLM: 0.1 }])).units).toBeUndefined();
  });

  it('hold how many answers a label is the mean of, and how far they spread', async () => {
    const { repetition } = await read([
      { probability_LLM: 0.5, repeats: 4, spread: { [buy!]: 0.2, [skip!]: 0.2 } },
      { probability_LLM: 0.5, repeats: 2, spread: 0.1 },
      { probability_LLM: 0.5 },
    ]);
    expect([...repetition!.repeats]).toEqual([4, 2, 1]);
    expect(repetition!.variances[1]).toBeCloseTo(0.04, 14);
    expect(repetition!.variances[3]).toBeCloseTo(0.01, 14);
    expect(repetition!.variances[5]).toBeNaN();
    await expect(read([{ probability_LLM: 0.5, repeats: 1.5 }])).rejects.toThrow('`repeats` must be a whole number');
    await expect(read([{ probability_LLM: 0.5, spread: 0.1 }])).rejects.toThrow('`spread` needs `repeats`');
  });

  it('hold what others said, by name, empty where a row does not', async () => {
    const { others } = await read([
      { probability_LLM: 0.1, probability_human: 0.25, action_neighbour: buy },
      { probability_LLM: 0.2, probability_human: null, probability_sd: null },
    ]);
    expect([...others.keys()]).toEqual(['human', 'neighbour']);
    expect([...others.get('human')!]).toEqual([0.75, 0.25, Number.NaN, Number.NaN]);
    expect([...others.get('neighbour')!].slice(0, 2)).toEqual([0, 1]);
    await expect(read([{ probability_LLM: 0.1, probability_human: '12 %' }])).rejects.toThrow('`probability_human`');
  });
});
