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
