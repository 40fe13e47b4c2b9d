import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { understudy } from '../../cli/run.test-support.ts';
import type { DatasetOptions } from '../../distill/dataset/options.ts';
import { mobilityTown } from '../../scenarios/mobility-v1/scenario.ts';
import type { Sharding } from '../../scenarios/sharded.ts';
import { compiled } from '../../tools/compiled.ts';
import { dataset } from '../../verbs.ts';
import { labelLine, parseLabel } from '../../workspace/label.ts';
import type { Backend, LanguageModel } from '../models/backend.ts';
import { openLanguageModel } from '../models/open-model.ts';
import type { Answer } from '../policy.ts';
import type { ShardReport } from './shard-work.ts';

const scenario = mobilityTown();
let folder: string;
/** Prompts in the order in which they were asked. */
let asked: string[];
/** Whether the model takes too long over a question. */
let late: (prompt: string) => boolean;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-shards-'));
  asked = [];
  late = () => false;
});
afterEach(() => {
  rmSync(folder, { recursive: true, maxRetries: 5 });
});

const hashOf = (prompt: string) => createHash('sha256').update(prompt).digest();
/** A model that answers one question after the other. */
const model: LanguageModel = {
  ...{ name: 'made', model: '0'.repeat(64), library: 'made 1', request: 'Letter:' },
  template: '{prompt}',
  open: async (): Promise<Backend> => ({
    template: '{prompt}',
    ask: async (questions, _, { onAnswer }) => {
      for (const { row, prompt } of questions) {
        asked.push(prompt);
        onAnswer(row, late(prompt) ? { outcome: 'timeout', reason: 'it took too long' } : answerTo(prompt));
      }
    },
    [Symbol.asyncDispose]: async () => {},
  }),
};
function answerTo(prompt: string): Answer {
  const parts = [...hashOf(prompt).subarray(0, 5)].map((byte) => byte + 1);
  const sum = parts.reduce((a, b) => a + b);
  return { outcome: 'ok', probabilities: parts.map((part) => part / sum) };
}

const at = (...names: string[]) => join(folder, ...names);
const bytes = (...names: string[]) => readFileSync(at(...names), 'utf8');
async function make(workspace: string, more: Sharding & Partial<DatasetOptions> = {}) {
  const labels = at(workspace, 'data', 'labels.jsonl');
  await using teacher = await openLanguageModel(model, { scenario, labels, elicit: 'greedy' });
  const options = { scenario, teacher, workspace: at(workspace), order: 'canonical', elicit: 'greedy' } as const;
  return await dataset({ ...options, size: 30, seed: 5, ...more });
}
const shard = async (workspace: string, index: number, of = 3): Promise<ShardReport> =>
  (await make(workspace, { shard: { index, of } })) as unknown as ShardReport;
const shardFile = (workspace: string, index: number) =>
  at(workspace, 'shards', readdirSync(at(workspace, 'shards')).find((name) => name.includes(`.${index}-of-`))!);
const merge = (workspace: string, more: Sharding & Partial<DatasetOptions> = {}) =>
  make(workspace, { shards: [], ...more });
const all = async (workspace: string) => {
  for (const index of [1, 2, 3]) await shard(workspace, index);
};
const untouched = () => expect(existsSync(at('many', 'data', 'labels.jsonl'))).toBe(false);
/** A file with one of its answers changed, its checksum right. */
function changed(file: string): string {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const i = lines.findIndex((line) => line.includes('"outcome":"ok"'));
  const { key, record } = parseLabel(lines[i]!) as Exclude<ReturnType<typeof parseLabel>, string>;
  lines[i] = labelLine(key, { ...record, probabilities: [1, 0, 0, 0, 0] });
  return `${lines.join('\n')}\n`;
}

describe('shards of a function', () => {
  it('merge into the labels and rows of a single run, byte for byte and more than once', async () => {
    await make('one');
    const [single] = [[...asked], asked.splice(0)];
    await all('many');
    expect([...asked].sort()).toEqual([...single].sort());
    asked.length = 0;
    await merge('many');
    await merge('many');
    for (const name of ['labels', 'train', 'test', 'rejects']) expect(bytes('many', 'data', `${name}.jsonl`), name).toBe(bytes('one', 'data', `${name}.jsonl`)); // biome-ignore format: one line
    expect(bytes('many', 'data', 'spending.jsonl').trim().split(/\n+/)).toHaveLength(3);
    // What is known in the workspace is not asked by a shard.
    expect(await shard('one', 2)).toMatchObject({ pieces: 30, done: 0, known: expect.any(Number) });
    expect(asked).toEqual([]);
  });

  it('go on where they stopped, and lose what fails as a single run does', async () => {
    late = (prompt) => hashOf(prompt)[9]! < 40;
    await make('one');
    const first = await shard('many', 1);
    expect(first.failures).toEqual(['it took too long']);
    expect(await shard('many', 1)).toMatchObject({ known: first.done, done: 0, failed: first.failed });
    await shard('many', 2);
    await shard('many', 3);
    // Its process was killed over a line.
    appendFileSync(shardFile('many', 2), '{"key":"0123');
    const log: string[] = [];
    await merge('many', { log: (line: string) => log.push(line) });
    expect(log.join()).toContain('ends in a line that was cut off');
    for (const name of ['labels', 'train', 'test', 'rejects']) expect(bytes('many', 'data', `${name}.jsonl`), name).toBe(bytes('one', 'data', `${name}.jsonl`)); // biome-ignore format: one line
    expect(bytes('one', 'data', 'rejects.jsonl')).toContain('it took too long');
  });

  it('are told to be missing by number, unless what is there is enough', async () => {
    await shard('many', 1);
    const { own } = await shard('many', 3);
    late = () => true;
    await shard('many', 2);
    const lines = readFileSync(shardFile('many', 2), 'utf8').split('\n');
    writeFileSync(shardFile('many', 2), `${lines[0]}\n`);
    rmSync(shardFile('many', 3));
    await expect(merge('many')).rejects.toThrow(
      new RegExp(`missing shards of dataset with their open pieces: 3/3 \\(${own}\\); shard 2/3 of dataset is not finished: 2/3 \\(\\d+\\); nothing is merged`), // biome-ignore format: one line
    );
    untouched();
    const partial = await merge('many', { partial: true });
    expect(partial.files.rejects.rows).toBeGreaterThan(own - 1);
    expect(bytes('many', 'data', 'rejects.jsonl')).toContain('shard 3/3 did not bring it');
  });

  it('that contradict each other or the workspace are refused by file and line, and nothing is touched', async () => {
    await all('many');
    const file = shardFile('many', 1);
    const copy = at(basename(file));
    writeFileSync(copy, changed(file));
    await expect(merge('many', { shards: [at('many', 'shards'), copy] })).rejects.toThrow(
      /1-of-3\.jsonl, line \d+ and .*1-of-3\.jsonl, line \d+ contradict each other/,
    );
    untouched();
    await merge('many');
    const before = bytes('many', 'data', 'labels.jsonl');
    writeFileSync(file, changed(file));
    await expect(merge('many')).rejects.toThrow(/labels\.jsonl, line \d+: contradicts .*1-of-3\.jsonl, line \d+/);
    expect(bytes('many', 'data', 'labels.jsonl')).toBe(before);
  });

  it('of others are refused in words', async () => {
    await all('many');
    const file = shardFile('many', 1);
    const stranger = (text: string) => {
      writeFileSync(at(basename(file)), text);
      return merge('many', { shards: [at('many', 'shards'), at(basename(file))] });
    };
    const text = readFileSync(file, 'utf8');
    const headed = (change: object) => {
      const [head, ...rest] = text.split('\n');
      const { key, record } = parseLabel(head!) as Exclude<ReturnType<typeof parseLabel>, string>;
      return [labelLine(key, { shard: { ...(record.shard as object), ...change } }), ...rest].join('\n');
    };
    await expect(stranger('{"a":1}\n')).rejects.toThrow('is not a shard: its first line does not say');
    await expect(stranger(headed({ understudy: '0.0.1' }))).rejects.toThrow('by understudy 0.0.1, and this is');
    await expect(stranger(headed({ sha256: 'a'.repeat(64) }))).rejects.toThrow(
      'with tables aaaaaaaaaaaa, expected mobility-v1',
    );
    await expect(stranger(headed({ of: 4 }))).rejects.toThrow('is one of 3 of the same command');
    await expect(stranger(text.replace('"outcome":"ok"', '"outcome":"no"'))).rejects.toThrow(
      /line \d+: does not match its checksum: it was changed after it was written; nothing is merged/,
    );
    await expect(merge('many', { size: 31 })).rejects.toThrow('no shard of this command');
    untouched();
    // A shard goes on with no file but its own.
    copyFileSync(shardFile('many', 2), file);
    await expect(shard('many', 1)).rejects.toThrow('is of shard 2/3 of dataset by understudy');
    await expect(shard('many', 4)).rejects.toThrow('there is no shard 4/3; shards go from 1/n to n/n');
  });
});

it('n processes shard one workspace at the same time, one of them killed, and merge as a single run', async () => {
  const command = compiled(new URL('../../cli/understudy.ts', import.meta.url));
  const args = ['dataset', '--size', '60', '--elicit', 'sample', '--repeats', '2', '--seed', '3', '--workspace'];
  const children: ChildProcess[] = [];
  const start = (index: number) => {
    const child = spawn(process.execPath, [command, ...args, at('many'), '--shard', `${index}/2`], { stdio: 'ignore' });
    children.push(child);
    return { child, ended: new Promise<number | null>((resolve) => child.on('close', resolve)) };
  };
  try {
    const single = understudy(...args, at('one'));
    const [first, second] = [start(1), start(2)];
    const lines = () => (existsSync(at('many', 'shards')) && readdirSync(at('many', 'shards')).some((name) => name.includes('.1-of-')) ? readFileSync(shardFile('many', 1), 'latin1').split('\n').length : 0); // biome-ignore format: one line
    while (first.child.exitCode === null && lines() < 8) await setTimeout(2);
    first.child.kill('SIGKILL');
    await first.ended;
    expect([await start(1).ended, await second.ended, (await single).code]).toEqual([0, 0, 0]);
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
  expect(await understudy('merge', '--workspace', at('many'))).toMatchObject({ code: 0 });
  for (const name of ['train', 'test', 'rejects']) expect(bytes('many', 'data', `${name}.jsonl`)).toBe(bytes('one', 'data', `${name}.jsonl`)); // biome-ignore format: one line
  const labels = (name: string) => bytes(name, 'data', 'labels.jsonl').split('\n').sort();
  expect(labels('many')).toEqual(labels('one'));
  expect(existsSync(at('many', 'shards'))).toBe(false);
  expect(await understudy('merge', '--workspace', at('many'))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('has no shard: nothing is left to merge'),
  });
});
