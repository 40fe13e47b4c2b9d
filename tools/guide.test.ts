import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { argumentsOf, consumerFolder, run, start } from './package.test-support.ts';

const guide = await readFile(new URL('../docs/guide.md', import.meta.url), 'utf8');
const blocks = [...guide.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(([, kind, note, text]) => ({
  kind: kind!,
  note,
  text: text!,
}));

let folder: string;
beforeAll(async () => {
  folder = await consumerFolder('guide');
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

describe('docs/guide.md, from top to bottom', () => {
  it('has files and commands', () => {
    expect(blocks.filter(({ kind }) => kind === 'sh').length).toBeGreaterThan(6);
  });

  for (const { kind, note, text } of blocks) {
    const lines = text.trim().split('\n');
    if (note?.startsWith('file='))
      it(`writes ${note.slice('file='.length)}`, () => writeFile(join(folder, note.slice('file='.length)), text));
    else if (kind === 'sh' && note === 'serve')
      it(lines[0]!, { timeout: 120_000 }, async () => {
        const { child, ended, said } = start(folder, argumentsOf(lines[0]!));
        const url = new URL(await said(/http:\/\/\S+/));
        const health = await (await fetch(new URL('/api/health', url))).json();
        expect(health).toMatchObject({ scenario: 'commute-v1' });
        child.kill('SIGINT');
        expect((await ended).code).toBe(0);
      });
    else if (kind === 'sh')
      for (const line of lines)
        it(line, { timeout: 240_000 }, async () => {
          const { code, stderr } = await run(folder, argumentsOf(line));
          expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
        });
  }
});
