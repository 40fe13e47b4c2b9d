import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPlots } from './plots.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-plots-'));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (...names: string[]) => join(folder, ...names);
const text = (...names: string[]) => readFile(at(...names), 'utf8');
/** Draws figures of these contents as one run does. */
async function draw(files: Readonly<Record<string, string>>) {
  const plots = await openPlots(folder);
  for (const [name, content] of Object.entries(files)) await plots.write(name, content);
  return plots.finish();
}
const figures = async () => (await readdir(folder)).filter((name) => name !== 'figures.json');

describe('the folder of figures', () => {
  it('replaces what an earlier run wrote', async () => {
    await draw({ 'a.svg': 'one' });
    expect(await draw({ 'a.svg': 'two' })).toEqual([]);
    expect(await text('a.svg')).toBe('two');
    expect(await figures()).toEqual(['a.svg']);
  });

  it('leaves files of other names alone, whatever they are', async () => {
    await writeFile(at('my-own.png'), 'mine');
    await mkdir(at('notes'));
    await writeFile(at('notes', 'a.svg'), 'mine too');
    await draw({ 'a.svg': 'one' });
    expect(await draw({})).toEqual([at('earlier', 'a.svg')]);
    expect(await text('my-own.png')).toBe('mine');
    expect(await text('notes', 'a.svg')).toBe('mine too');
  });

  it('moves aside a file of a figure’s name that no run wrote', async () => {
    await writeFile(at('a.svg'), 'mine');
    expect(await draw({ 'a.svg': 'one' })).toEqual([at('earlier', 'a.svg')]);
    expect(await text('earlier', 'a.svg')).toBe('mine');
    expect(await text('a.svg')).toBe('one');
  });

  it('moves aside a figure that was edited since, each time under a name of its own', async () => {
    await draw({ 'a.svg': 'one' });
    for (const edit of ['first edit', 'second edit', 'third edit']) {
      await writeFile(at('a.svg'), edit);
      await draw({ 'a.svg': 'two' });
    }
    expect(await text('earlier', 'a.svg')).toBe('first edit');
    expect(await text('earlier', 'a-2.svg')).toBe('second edit');
    expect(await text('earlier', 'a-3.svg')).toBe('third edit');
  });

  it('moves aside figures of an earlier study that are not drawn now, and leaves edited ones where they are', async () => {
    await draw({ 'a.svg': 'one', 'b.svg': 'other' });
    await writeFile(at('b.svg'), 'edited');
    expect(await draw({ 'c.svg': 'new' })).toEqual([at('earlier', 'a.svg')]);
    expect((await figures()).sort()).toEqual(['b.svg', 'c.svg', 'earlier']);
    expect(await text('b.svg')).toBe('edited');
  });

  it('takes an unlisted file that has the very bytes for its own', async () => {
    await writeFile(at('a.svg'), 'one');
    expect(await draw({ 'a.svg': 'one' })).toEqual([]);
    expect(await figures()).toEqual(['a.svg']);
  });

  it('moves a folder of a figure’s name aside with all that is in it', async () => {
    await mkdir(at('a.svg'));
    await writeFile(at('a.svg', 'inside'), 'kept');
    await draw({ 'a.svg': 'one' });
    expect(await text('earlier', 'a.svg', 'inside')).toBe('kept');
  });

  it.each(['not JSON', '[1]', '{"a.svg": 3}', ''])('takes nothing for its own when the list is %j', async (list) => {
    await draw({ 'a.svg': 'one', 'b.svg': 'two' });
    await writeFile(at('figures.json'), list);
    expect(await draw({ 'a.svg': 'three' })).toEqual([at('earlier', 'a.svg'), at('earlier', 'figures.json')]);
    expect(await text('b.svg')).toBe('two');
  });

  it('moves aside a file of somebody else that has the name of the list', async () => {
    await writeFile(at('figures.json'), '{"title": "my figures"}');
    await draw({ 'a.svg': 'one' });
    expect(await text('earlier', 'figures.json')).toBe('{"title": "my figures"}');
  });

  it('follows no list out of its folder', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'understudy-outside-'));
    await writeFile(join(outside, 'x.svg'), 'one');
    const { createHash } = await import('node:crypto');
    const sha256 = createHash('sha256').update('one').digest('hex');
    await writeFile(at('figures.json'), JSON.stringify({ [join(outside, 'x.svg')]: sha256, '../x.svg': sha256 }));
    expect(await draw({})).toEqual([]);
    expect(await readFile(join(outside, 'x.svg'), 'utf8')).toBe('one');
    await rm(outside, { recursive: true });
  });
});
