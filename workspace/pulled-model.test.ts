import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type PulledModel, readRecord, writeRecord } from './pulled-model.ts';

const root = mkdtempSync(join(tmpdir(), 'understudy-pulled-'));
afterAll(() => rmSync(root, { recursive: true }));
const gguf = join(root, 'small.gguf');
const record = join(root, 'small.json');
const pulled: PulledModel = {
  model: 'small',
  source: 'https://example.org/small.gguf',
  revision: '0123',
  sha256: 'ab'.repeat(32),
  verified: 'pinned',
  bytes: 12,
  shards: [{ file: 'small-00001-of-00001.gguf', bytes: 12, sha256: 'cd'.repeat(32) }],
  licence: { name: 'MIT', url: 'https://example.org', terms: 'Keep the notice.' },
  retrieved: '2026-01-01T00:00:00.000Z',
};

it('the record of a model lies beside it and comes back as it was written', async () => {
  expect(await readRecord(gguf)).toBeUndefined();
  await writeRecord(gguf, pulled);
  expect(await readRecord(gguf)).toEqual(pulled);
  writeFileSync(record, `\uFEFF${readFileSync(record, 'utf8').replace('{', '{"later": 1,')}`);
  expect(await readRecord(gguf)).toEqual(pulled);
});

it.each([
  ['', {}],
  ['{"model": "small", "sha', {}],
  ['null', {}],
  ['[1, 2]', {}],
  ['{"model": "small", "sha256": "ABCD", "bytes": "12", "licence": {"name": "MIT"}}', { model: 'small' }],
  ['{"model": 7, "bytes": 12, "shards": [{"file": "x"}]}', { bytes: 12 }],
])('of a damaged record, %j, only what is whole is believed', async (text, whole) => {
  writeFileSync(record, text);
  expect(await readRecord(gguf)).toEqual(whole);
});
