import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { labelLine } from '../../workspace/label.ts';
import { type LogOptions, readLog } from './log.ts';

let root: string;
const question = {
  teacher: 'tiny-0123456789ab',
  scenario: 'ice-cream-v1',
  paraphrase: 0,
  elicit: 'sample',
  seed: 4,
  repeat: 0,
};
const records = [
  { model: 'tiny', template: '{prompt}' },
  {
    ...question,
    traits: ['cheap'],
    context: ['hungry'],
    outcome: 'ok',
    probabilities: [0.25, 0.75],
    reply: '{"buy": 0.75}',
    rung: 'json',
  },
  {
    ...question,
    traits: ['cheap'],
    context: [],
    outcome: 'unparsable',
    reply: 'maybe\nnot',
    reason: 'names no probability',
  },
  {
    ...question,
    teacher: 'gemma-3-4b-aaaaaaaaaaaa',
    traits: [],
    context: ['hungry'],
    elicit: 'expected',
    outcome: 'ok',
    probabilities: [0.5, 0.5],
  },
  { ...question, scenario: 'another', traits: ['gone'], context: [], outcome: 'refused' },
];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'understudy-log-'));
  await mkdir(join(root, 'data'));
  const lines = records.map((record, i) => labelLine(String(i).repeat(64), record));
  await writeFile(join(root, 'data', 'labels.jsonl'), `${lines.join('\n')}\n`);
});
afterAll(() => rm(root, { recursive: true }));

const log = (options: Partial<LogOptions> = {}) => readLog({ workspace: root, scenario: iceCream, ...options });
const lines = async (options: Partial<LogOptions>) => (await log(options)).entries.map(({ line }) => line);

it('lists every question with its reply, not what is said of models', async () => {
  const { questions, matching, entries } = await log();
  expect([questions, matching]).toEqual([4, 4]);
  expect(entries[0]).toMatchObject({
    line: 2,
    outcome: 'ok',
    rung: 'json',
    reply: '{"buy": 0.75}',
    probabilities: [0.25, 0.75],
  });
  expect(entries[0]!.prompt).toContain('hungry');
  expect(entries[3]).not.toHaveProperty('prompt');
});

it('filters by outcome, rung, phrase and teacher, and pages', async () => {
  expect(await lines({ outcomes: ['unparsable', 'refused'] })).toEqual([3, 5]);
  expect(await lines({ rungs: ['json'] })).toEqual([2]);
  expect(await lines({ rungs: ['none'], outcomes: ['ok'] })).toEqual([4]);
  expect(await lines({ phrases: ['cheap'] })).toEqual([2, 3]);
  expect(await lines({ phrases: ['cheap', 'hungry'] })).toEqual([2]);
  expect(await lines({ teachers: ['gemma-3-4b'] })).toEqual([4]);
  expect(await lines({ teachers: ['tiny-0123456789ab'] })).toEqual([2, 3, 5]);
  expect(await lines({ skip: 1, limit: 2 })).toEqual([3, 4]);
});

it('names what there is to whoever asks for something else', async () => {
  await expect(log({ phrases: ['hungri'] })).rejects.toThrow(
    /^unknown phrase: "hungri", did you mean "hungry"\? \(ice-cream-v1 knows: likes sweets/,
  );
  await expect(log({ teachers: ['phi'] })).rejects.toThrow(
    /has nothing of phi \(it has: gemma-3-4b-aaaaaaaaaaaa, tiny-0123456789ab\)$/,
  );
  await expect(log({ outcomes: ['fine' as never] })).rejects.toThrow(/^unknown outcome: fine \(known: ok, unparsable/);
  await expect(log({ workspace: join(root, 'data') })).rejects.toThrow(
    /labels\.jsonl: no language model was asked in this workspace yet$/,
  );
});
