import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGgufFileInfo } from 'node-llama-cpp';
import { afterAll, expect, it } from 'vitest';
import { dataFile } from '../../../workspace/bundled.ts';
import { ggufOf, tinyParts } from './gguf.test-support.ts';
import { readGgufHeader } from './header.ts';

const folder = mkdtempSync(join(tmpdir(), 'header-'));
afterAll(() => rmSync(folder, { recursive: true }));
const tiny = dataFile('teachers/tiny.gguf');

it("reads what node-llama-cpp's own reader finds, and where the weights end", async () => {
  const header = await readGgufHeader(tiny);
  const theirs = await readGgufFileInfo(tiny, { readTensorInfo: true, logWarnings: false });
  expect(header.tensors).toEqual(theirs.fullTensorInfo!.map(({ name }) => name));
  expect(header.metadata.get('general.architecture')).toBe(theirs.metadata.general.architecture);
  expect(header.metadata.get('tokenizer.chat_template')).toBe(theirs.metadata.tokenizer!.chat_template);
  expect(header.metadata.get('gemma3.context_length')).toBe(512);
  expect(header.metadata.get('gemma3.rope.freq_base')).toBe(1e6);
  expect(header.metadata.get('tokenizer.ggml.add_bos_token')).toBe(true);
  expect(header.metadata.has('tokenizer.ggml.tokens')).toBe(false);
  expect(header.end).toBeLessThanOrEqual(statSync(tiny).size);
  expect(header.end).toBeGreaterThan(statSync(tiny).size - 32);
});

it('refuses a header that is cut off anywhere, and never reads beyond the file', async () => {
  const whole = readFileSync(tiny);
  const begin = whole.indexOf('token_embd.weight');
  for (let length = 0; length < begin; length += 97) {
    const path = join(folder, 'cut.gguf');
    writeFileSync(path, whole.subarray(0, length));
    await expect(readGgufHeader(path)).rejects.toThrow(/it ends after \d+ bytes, within its|it announces/);
  }
});

it.each([
  ['of the other byte order', (bytes: Buffer) => bytes.writeUInt32BE(3, 4), 'its numbers are big-endian'],
  ['of version 1', (bytes: Buffer) => bytes.writeUInt32LE(1, 4), 'it is of version 1 of the format'],
  ['of version 100', (bytes: Buffer) => bytes.writeUInt32LE(100, 4), 'it names version 100 of the format'],
  ['of more tensors than bytes', (bytes: Buffer) => bytes.writeBigUInt64LE(1n << 60n, 8), 'it announces'],
  ['of a string longer than the file', (bytes: Buffer) => bytes.writeBigUInt64LE(1n << 40n, 24), 'it announces'],
  ['of an unknown type', (bytes: Buffer) => bytes.writeUInt32LE(77, 24 + 8 + 20), 'the unknown type 77'],
])('refuses a header %s', async (_, spoil, message) => {
  const { metadata, tensors } = tinyParts();
  const bytes = ggufOf(metadata, tensors);
  expect(bytes.subarray(32, 52).toString()).toBe('general.architecture');
  spoil(bytes);
  const path = join(folder, 'spoilt.gguf');
  writeFileSync(path, bytes);
  await expect(readGgufHeader(path)).rejects.toThrow(message);
});
