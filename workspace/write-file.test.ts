import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeFileAtomically, writeTogether } from './write-file.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'understudy-write-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const at = (name: string) => join(root, name);
const text = (name: string) => readFileSync(at(name), 'utf8');

it('writes a file into folders that are not there yet and leaves nothing else', async () => {
  await writeFileAtomically(at('a/b/c.txt'), 'one');
  await writeFileAtomically(at('a/b/c.txt'), Uint8Array.of(0x74, 0x77, 0x6f));
  expect(text('a/b/c.txt')).toBe('two');
  expect(readdirSync(at('a/b'))).toEqual(['c.txt']);
});

it('writes several files at once, and removes one that is to be there no more', async () => {
  writeFileSync(at('gone.csv'), 'old');
  await writeTogether({ [at('x.csv')]: 'x', [at('gone.csv')]: undefined, [at('y.json')]: 'y' });
  expect([text('x.csv'), text('y.json'), existsSync(at('gone.csv'))]).toEqual(['x', 'y', false]);
});

it('leaves every old file where one of the new ones cannot be written', async () => {
  for (const name of ['x.csv', 'gone.csv']) writeFileSync(at(name), 'old');
  mkdirSync(at('full'));
  writeFileSync(at('full/file'), '');
  const contents = { [at('x.csv')]: 'new', [at('gone.csv')]: undefined, [at('full/file/y.json')]: 'new' };
  await expect(writeTogether(contents)).rejects.toThrow(
    /y\.json cannot be written \((ENOTDIR|EEXIST)\); it is unchanged$/,
  );
  expect([text('x.csv'), text('gone.csv')]).toEqual(['old', 'old']);
  expect(readdirSync(root).sort()).toEqual(['full', 'gone.csv', 'x.csv']);
});

it('changes nothing where a folder stands in the place of a file', async () => {
  for (const name of ['x.csv', 'z.json']) writeFileSync(at(name), 'old');
  mkdirSync(at('y.csv'));
  const contents = { [at('x.csv')]: 'new', [at('y.csv')]: 'new', [at('z.json')]: 'new' };
  await expect(writeTogether(contents)).rejects.toThrow(
    `${at('y.csv')} is a folder where a file is to be written; move it away`,
  );
  expect([text('x.csv'), text('z.json')]).toEqual(['old', 'old']);
});

it('takes the last file, which says what the others are, away before the first changes', async () => {
  const names = ['x.csv', 'y.csv', 'z.json'];
  for (const name of names) writeFileSync(at(name), 'old');
  const look = (name: string) => {
    try {
      return text(name);
    } catch {
      return undefined;
    }
  };
  let together = 0;
  const torn: unknown[] = [];
  const watcher = setInterval(() => {
    // What the last file says before and after the others were looked at was true all the while.
    const [before, x, y, after] = [look('z.json'), look('x.csv'), look('y.csv'), look('z.json')];
    if (before === undefined || before !== after) return;
    together++;
    if (x !== before || y !== before) torn.push([x, y, before]);
  }, 0);
  for (let i = 0; i < 20; i++) await writeTogether(Object.fromEntries(names.map((name) => [at(name), `new ${i}`])));
  clearInterval(watcher);
  expect(torn).toEqual([]);
  expect(together).toBeGreaterThan(0);
});

it('lets two writings of one file at the same time each end with a whole one', async () => {
  const contents = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(100_000));
  await Promise.all(contents.map((content) => writeFileAtomically(at('x'), content)));
  expect(contents).toContain(text('x'));
  expect(readdirSync(root)).toEqual(['x']);
});
