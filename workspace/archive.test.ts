import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archiveOf, readArchive } from './archive.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

it('gives back every file, in the order of names, and the same bytes whatever the order they came in', () => {
  const part = fc.stringMatching(/^[a-zé0-9_ -]{1,20}$/).filter((name) => name !== '.' && name !== '..');
  const name = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(name, fc.uint8Array({ maxLength: 1500 })), { selector: ([n]) => n }),
      (files) => {
        const entries = files.map(([name, content]) => ({ name, content }));
        const archive = archiveOf(entries);
        expect(archiveOf([...entries].reverse())).toEqual(archive);
        const back = readArchive(archive, 'it');
        expect(back.map((entry) => entry.name)).toEqual(files.map(([n]) => n).sort());
        for (const { name, content } of back)
          expect(Buffer.from(content)).toEqual(Buffer.from(entries.find((entry) => entry.name === name)!.content));
      },
    ),
    { numRuns: 50 },
  );
});

it('is what tar lists', () => {
  const long = `${'folder/'.repeat(18)}file`;
  const archive = archiveOf([
    { name: long, content: bytes('one') },
    { name: 'a.txt', content: bytes('two') },
  ]);
  const { stdout, error } = spawnSync('tar', ['-tf', '-'], { input: archive, encoding: 'utf8' });
  if (error === undefined) expect(stdout.trim().split('\n')).toEqual(['a.txt', long]);
});

describe('an archive is refused', () => {
  /** With other bytes in the first header, and the right sum. */
  const changed = (change: (header: Buffer) => void): Uint8Array => {
    const archive = Buffer.from(archiveOf([{ name: 'data/x', content: bytes('x') }]));
    const header = archive.subarray(0, 512);
    change(header);
    const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return archive;
  };
  const named = (name: string) =>
    changed((header) => {
      header.fill(0, 0, 100);
      header.write(name, 0);
    });
  it.each(['../x', '/etc/passwd', 'a/../../x', './x', 'a//b', 'C:x', 'a\\..\\x', 'a/'])('that holds %s', (name) => {
    expect(() => readArchive(named(name), 'it')).toThrow(/^it holds the name ".*", which leads out of its folder$/);
  });
  it.each([
    ['a link', '1'],
    ['a symbolic link', '2'],
    ['a device', '3'],
    ['a folder', '5'],
    ['a longer name of another kind', 'L'],
  ])('that holds %s', (_, type) => {
    expect(() =>
      readArchive(
        changed((header) => header.write(type, 156)),
        'it',
      ),
    ).toThrow('which is not a plain file');
  });
  it('that is cut off, damaged, or none', () => {
    const archive = archiveOf([{ name: 'a', content: bytes('a'.repeat(600)) }]);
    expect(() => readArchive(archive.subarray(0, 700), 'it')).toThrow('it is cut off in a');
    expect(() => readArchive(archive.subarray(0, 1536), 'it')).toThrow('it is cut off: it has no end');
    expect(() => readArchive(bytes('PK\u0003\u0004'), 'it')).toThrow('it is not an archive');
    expect(() => readArchive(Buffer.alloc(700, 7), 'it')).toThrow('it is not an archive');
    const twice = Buffer.concat([archive.subarray(0, 1536), archive]);
    expect(() => readArchive(twice, 'it')).toThrow('it holds a twice');
  });
});
