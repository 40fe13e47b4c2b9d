import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readModelFile } from './model-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'model-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Buffer) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const remedy = 'download it again';
const header = (version: number, tensors: bigint, metadata: bigint) => {
  const bytes = Buffer.from('GGUF'.padEnd(24));
  bytes.writeUInt32LE(version, 4);
  bytes.writeBigUInt64LE(tensors, 8);
  bytes.writeBigUInt64LE(metadata, 16);
  return bytes;
};

describe('readModelFile', () => {
  it('gives size and SHA-256 of a GGUF file', async () => {
    const content = Buffer.from(`GGUF${'x'.repeat(3_000_000)}`);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const path = file('good.gguf', content);
    expect(await readModelFile(path, { remedy, expected: sha256 })).toEqual({ path, bytes: 3_000_004, sha256 });
  });

  it.each([
    ['empty.gguf', '', 'is empty'],
    ['page.gguf', '<!DOCTYPE html><html>', 'is a web page, not a GGUF model'],
    ['lfs.gguf', 'version https://git-lfs.github.com/spec/v1', 'is a Git LFS pointer'],
    ['text.gguf', 'hello', 'is not a GGUF model: it begins with "hello", not "GGUF"'],
    ['other.gguf', 'GGUFx', 'is damaged or another version: its SHA-256 is'],
  ])('says of %s which file, what is wrong and what to do', async (name, content, what) => {
    const path = file(name, content);
    const error = await readModelFile(path, { remedy, expected: '0'.repeat(64) }).catch((e) => e);
    expect(error.code).toBe('POLICY_FILE');
    expect(error.message).toContain(`${path} ${what}`);
    expect(error.message).toMatch(/; download it again$/);
  });

  it.each([
    ['short.gguf', Buffer.from('GGUF garbage'), 'it ends after 12 bytes, within its header'],
    ['version.gguf', Buffer.from('GGUF garbage, and more of it'), 'it names version 1918986016 of the format'],
    ['counts.gguf', header(3, 5n, 1n << 40n), 'it announces 1099511627776 metadata in 24 bytes'],
  ])('says of %s that its header cannot be', async (name, content, what) => {
    const path = file(name, content);
    await expect(readModelFile(path, { remedy })).rejects.toThrow(`${path} is damaged: ${what}; download it again`);
  });

  it('says so when the file does not exist or is a directory', async () => {
    const missing = join(folder, 'none.gguf');
    await expect(readModelFile(missing, { remedy })).rejects.toThrow(`${missing} does not exist; download it again`);
    await expect(readModelFile(folder, { remedy })).rejects.toThrow(`${folder} is not a file`);
  });

  it('stops at an aborted signal', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(readModelFile(file('a.gguf', 'GGUF'), { remedy, signal })).rejects.toBe(reason);
  });
});
