import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { observations } from '../../env/observation.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { describePolicy } from '../../scenarios/open.ts';
import { openRecorded } from './recorded.ts';

const folder = mkdtempSync(join(tmpdir(), 'recorded-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'rows.jsonl');
const rows = [
  { traits: ['cheap', 'likes sweets'], context: ['hungry'], probability_LLM: 0.1 },
  { traits: ['likes sweets', 'cheap'], context: ['hungry'], probability_LLM: 0.4, explanation: 'They are hungry.' },
  { traits: ['spender'], context: [], probability_LLM: 0.9 },
];
writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

describePolicy('recorded', () => openRecorded(path, iceCream), { describe, it });

describe('a recorded teacher', () => {
  it('gives the mean of the rows of a state, whatever their order, and its explanation', async () => {
    const teacher = await openRecorded(path, iceCream);
    const [answer] = await teacher.ask(observations(iceCream, [0b10010001]));
    expect(answer!.probabilities!.map((p) => Number(p.toFixed(12)))).toEqual([0.75, 0.25]);
    expect(answer!.explanation).toBe('They are hungry.');
  });

  it('has no decision for a state that is not in the file, and says for which', async () => {
    const teacher = await openRecorded(path, iceCream);
    const batch = observations(iceCream, [0b100000, 0b10000010, 0]);
    expect((await teacher.ask(batch)).map(({ reason }) => reason)).toEqual([
      undefined,
      `${path} has no decision for: dislikes sweets, hungry`,
      `${path} has no decision for: no phrase at all`,
    ]);
    const { outcomes, probabilities } = await teacher.decide(batch);
    expect(outcomes).toEqual(['ok', 'missing', 'missing']);
    expect([...probabilities].map(Number.isNaN)).toEqual([false, false, true, true, true, true]);
  });

  it('repeats a CSV as it repeats JSON Lines, and says which of its states contradict themselves', async () => {
    const csv = join(folder, 'rows.csv');
    writeFileSync(
      csv,
      'traits,context,probability_LLM\ncheap; likes sweets,hungry,0.1\nlikes sweets; cheap,hungry,.4\nspender,,0.9\n',
    );
    const said: string[] = [];
    const [a, b] = [await openRecorded(path, iceCream), await openRecorded(csv, iceCream, (line) => said.push(line))];
    const batch = observations(iceCream, [0b10010001, 0b100000]);
    expect(await b.decide(batch)).toEqual(await a.decide(batch));
    expect(said).toEqual([expect.stringContaining('rows of 1 state contradict each other, by up to 0.3 (')]);
  });

  it('has an id that moves with what it says, not with where the file lies', async () => {
    const copy = join(folder, 'sub.jsonl');
    writeFileSync(copy, `${rows.map((row) => JSON.stringify(row)).join('\n\n')}\n`);
    const [a, b] = [await openRecorded(path, iceCream), await openRecorded(copy, iceCream)];
    expect(a.id.split('-').at(-1)).toBe(b.id.split('-').at(-1));
    writeFileSync(copy, `${JSON.stringify(rows[0])}\n`);
    expect((await openRecorded(copy, iceCream)).id.split('-').at(-1)).not.toBe(a.id.split('-').at(-1));
  });
});
