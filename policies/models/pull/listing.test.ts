import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pulledPaths } from '../../../workspace/paths.ts';
import { namedModels } from '../catalog.ts';
import { f32Tensor, shardsOf } from '../gguf/gguf.test-support.ts';
import { model } from './hub.test-support.ts';
import { listModels } from './listing.ts';
import { pull } from './pull.ts';

let directory: string;
let downloaded: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'understudy-listing-'));
  downloaded = join(directory, 'downloaded.gguf');
  writeFileSync(downloaded, model);
});
afterEach(() => rmSync(directory, { recursive: true }));

const licence = { name: 'A Licence', url: 'https://example.org', terms: 'Be kind.' };
const hub = { description: 'one of the hub', bundled: false, repository: 'a/b', file: 'c.gguf', licence } as const;
const models = [
  { ...hub, name: 'unpinned', bytes: model.length, gated: false },
  { ...hub, name: 'gated', bytes: 7, gated: true, sha256: '0'.repeat(64) },
];
const listed = async () => Object.fromEntries((await listModels(directory, models)).map((one) => [one.name, one]));

it('tells of each model of the table what it costs, on what terms, and whether it can be asked', async () => {
  const all = await listModels(directory);
  expect(all.map(({ name }) => name)).toEqual(namedModels.map(({ name }) => name));
  expect(all[0]).toMatchObject({ name: 'tiny', here: true, gated: false, licence: { name: 'MIT' } });
  expect(all.filter(({ here }) => here)).toHaveLength(1);
  expect(all.every(({ bytes = 0 }) => bytes > 100_000)).toBe(true);
});

it('sees what was pulled, and no longer when the file has lost bytes', async () => {
  expect(await listed()).toMatchObject({
    unpinned: { here: false, pinned: false, gated: false, bytes: model.length },
    gated: { here: false, pinned: true, gated: true },
  });
  await pull({ model: 'unpinned', workspace: directory, models, from: downloaded });
  expect((await listed()).unpinned).toMatchObject({ here: true });
  truncateSync(pulledPaths(directory, 'unpinned').gguf, 1000);
  expect((await listed()).unpinned).toMatchObject({ here: false });
});

it('tells how much an interrupted download left', async () => {
  mkdirSync(join(directory, 'models', 'teachers'), { recursive: true });
  writeFileSync(`${pulledPaths(directory, 'gated').gguf}.0123456789ab.part`, 'abc');
  expect((await listed()).gated).toMatchObject({ here: false, fetched: 3 });
  expect((await listed()).unpinned).not.toHaveProperty('fetched');
});

it('lists what was pulled under a name of its own, and not what else lies there', async () => {
  await pull({ model: 'mine', workspace: directory, models, from: downloaded });
  writeFileSync(join(directory, 'models', 'teachers', 'stray.gguf'), model);
  const { unpinned, gated, ...others } = await listed();
  expect(others).toEqual({
    mine: {
      name: 'mine',
      description: `pulled from ${downloaded}`,
      bytes: model.length,
      licence: undefined,
      gated: false,
      pinned: false,
      here: true,
    },
  });
});

it('sees a model in shards, and no longer when one of them has lost bytes', async () => {
  const names = [1, 2].map((number) => join(directory, `m-0000${number}-of-00002.gguf`));
  const shards = shardsOf([], [[f32Tensor('a', [1])], [f32Tensor('b', [2])]]);
  for (const [i, shard] of shards.entries()) writeFileSync(names[i]!, shard);
  const { file } = await pull({ model: 'mine', workspace: directory, models, from: names[0] });
  const bytes = shards.reduce((sum, { length }) => sum + length, 0);
  expect((await listed()).mine).toMatchObject({ here: true, bytes, description: `pulled from ${names[0]}` });
  truncateSync(file.replace('-00001-', '-00002-'), 100);
  expect((await listed()).mine).toMatchObject({ here: false });
});
