import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { f32Tensor, ggufOf, shardsOf, textEntry, u16Entry } from './gguf.test-support.ts';
import { readModelFile } from './model-file.ts';
import { identityOfShards, parseShardName, shardNames } from './shards.ts';

describe('the name of a shard', () => {
  it('says which of how many it is, in a path and in an address', () => {
    expect(parseShardName('a/m-Q8_0-00002-of-00003.gguf')).toEqual({ stem: 'a/m-Q8_0', number: 2, count: 3, rest: '' });
    expect(parseShardName('https://h/m-00001-of-00002.gguf?download=true')).toMatchObject({
      stem: 'https://h/m',
      rest: '?download=true',
    });
    for (const other of [
      'm.gguf',
      'm-1-of-2.gguf',
      'm-00000-of-00002.gguf',
      'm-00003-of-00002.gguf',
      'm-00001-of-00002.bin',
    ])
      expect(parseShardName(other)).toBeUndefined();
  });

  it('gives the names of all', () => {
    expect(shardNames(parseShardName('a/m-00002-of-00003.gguf?x')!)).toEqual([
      'a/m-00001-of-00003.gguf?x',
      'a/m-00002-of-00003.gguf?x',
      'a/m-00003-of-00003.gguf?x',
    ]);
  });
});

describe('a model in three shards', () => {
  const root = mkdtempSync(join(tmpdir(), 'shards-'));
  afterAll(() => rmSync(root, { recursive: true }));
  const tensors = ['a', 'b', 'c', 'd', 'e'].map((name, i) => f32Tensor(name, [i, i + 0.5, i + 0.25]));
  const [a, b, c, d, e] = tensors as [(typeof tensors)[0], ...typeof tensors];
  const metadata = [textEntry('general.architecture', 'llama'), textEntry('general.name', 'one')];
  const shards = shardsOf(metadata, [[a, b!], [c!], [d!, e!]]);
  const remedy = 'get it again';
  let folder: string;
  let n = 0;
  const at = (number: number) => join(folder, `m-0000${number}-of-00003.gguf`);
  const read = (path = at(1), options = {}) => readModelFile(path, { remedy, ...options });
  const refusal = (path?: string) =>
    read(path).then(
      () => 'read',
      (error) => error.message as string,
    );
  beforeEach(() => {
    folder = join(root, String(n++));
    mkdirSync(folder);
    shards.forEach((bytes, i) => writeFileSync(at(i + 1), bytes));
  });

  it('has the size of all and one hash over all, which the coreutils give too', async () => {
    const { sha256, bytes, shards: listed } = await read();
    expect(bytes).toBe(shards.reduce((sum, { length }) => sum + length, 0));
    expect(listed!.map(({ path }) => path)).toEqual([at(1), at(2), at(3)]);
    const hashes = shards.map((shard) => createHash('sha256').update(shard).digest('hex'));
    expect(listed!.map(({ sha256 }) => sha256)).toEqual(hashes);
    expect(sha256).toBe(identityOfShards(hashes));
    const command = `sha256sum ${join(folder, 'm-*.gguf')} | cut -c-64 | sha256sum | cut -c-64`;
    expect(execFileSync('sh', ['-c', command], { encoding: 'utf8' }).trim()).toBe(sha256);
    await expect(read(at(1), { expected: '0'.repeat(64) })).rejects.toThrow(
      `${at(1)} is damaged or another version: its SHA-256 is ${sha256}, expected 000`,
    );
  });

  it('is another model when one bit of its last shard differs', async () => {
    const before = await read();
    const last = readFileSync(at(3));
    last[last.length - 40]! ^= 1;
    writeFileSync(at(3), last);
    expect((await read()).sha256).not.toBe(before.sha256);
  });

  it('is found through links, as the cache of the hub lays them', async () => {
    const links = join(folder, 'snapshot');
    mkdirSync(links);
    for (const number of [1, 2, 3]) symlinkSync(at(number), join(links, `n-0000${number}-of-00003.gguf`));
    expect((await read(join(links, 'n-00001-of-00003.gguf'))).sha256).toBe((await read()).sha256);
  });

  it('is opened by its first shard, which the others name', async () => {
    expect(await refusal(at(2))).toBe(
      `${at(2)} is shard 2 of 3 of a model; name the first one, ${at(1)}, and the others are found beside it`,
    );
  });

  it('is refused without one of them, by name', async () => {
    rmSync(at(3));
    expect(await refusal()).toBe(`${at(3)}, shard 3 of 3, does not exist; get it again`);
  });

  it('is refused with one that is cut off, even by a byte of its weights', async () => {
    const { length } = shards[1]!;
    truncateSync(at(2), length - 21);
    expect(await refusal()).toBe(
      `${at(2)} is damaged: it is cut off: its weights end at byte ${length - 20}, the file at byte ${length - 21}; get it again`,
    );
    truncateSync(at(2), 40);
    expect(await refusal()).toBe(`${at(2)} is damaged: it ends after 40 bytes, within its metadata; get it again`);
    truncateSync(at(2), 0);
    expect(await refusal()).toBe(`${at(2)} is empty; get it again`);
  });

  it.each([
    ['a page', Buffer.from('<!DOCTYPE html><html>'), 'is a web page, not a GGUF model'],
    ['a whole model', ggufOf(metadata, tensors), 'is a whole model, not shard 2 of 3'],
    ['its first shard', shards[0]!, 'holds shard 1 of 3, not shard 2 of 3'],
    ['its third shard', shards[2]!, 'holds shard 3 of 3, not shard 2 of 3'],
    ['a shard of a model in two', shardsOf(metadata, [[a], [c!]])[1]!, 'holds shard 2 of 2, not shard 2 of 3'],
    [
      'a shard that repeats a tensor',
      shardsOf([], [[a, b!], [b!], [d!, e!]])[1]!,
      'is of another model than m-00001-of-00003.gguf: both hold the tensor b',
    ],
    [
      'a shard of a longer model',
      shardsOf([], [[a, b!], [c!], [d!, e!, a]])[1]!,
      'is of another model than m-00001-of-00003.gguf: its split.tensors.count is 6, not 5',
    ],
  ])('is refused with %s in place of its second shard', async (_, bytes, what) => {
    writeFileSync(at(2), bytes);
    expect(await refusal()).toContain(`${at(2)} ${what}`);
  });

  it('is refused with a shard that names another model, and with one that lacks tensors', async () => {
    const own = [u16Entry('split.no', 1), u16Entry('split.count', 3)];
    writeFileSync(at(2), ggufOf([textEntry('general.name', 'two'), ...own], [c!]));
    expect(await refusal()).toContain('general.name is two, not one; get it again');
    writeFileSync(at(2), ggufOf(own, []));
    expect(await refusal()).toBe(
      `${at(1)} and its other 2 shards hold 4 tensors, the model has 5: one of them is of another model; get it again`,
    );
  });

  it('is refused under names that do not say where the others are', async () => {
    const renamed = join(folder, 'first.gguf');
    writeFileSync(renamed, shards[0]!);
    expect(await refusal(renamed)).toBe(
      `${renamed} is shard 1 of 3 of a model, and its name does not say where the others are; name the shards as they were made, the first one NAME-00001-of-00003.gguf`,
    );
    writeFileSync(at(1), shards[1]!);
    expect(await refusal()).toBe(`${at(1)} is named shard 1 of 3 and holds shard 2 of 3; get it again`);
  });
});

it('a model that says it has one shard, or has the name of a shard only, is a whole model', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shards-'));
  const path = join(folder, 'm-00001-of-00002.gguf');
  for (const metadata of [[], [u16Entry('split.count', 1), u16Entry('split.no', 0)]]) {
    writeFileSync(path, ggufOf(metadata, [f32Tensor('a', [1])]));
    expect(await readModelFile(path, { remedy: '' })).not.toHaveProperty('shards');
  }
  rmSync(folder, { recursive: true });
});
