import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const { sourceDigest, digestOfBuild } = await import(new URL('./sources.mjs', import.meta.url).href);
const root = dirname(dirname(fileURLToPath(import.meta.url)));

let project: string;
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), text);
};
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'understudy-sources-'));
  write('index.ts', 'export {};');
  write('env/exact.ts', 'one');
  write('sim-ui/viewer/main.tsx', 'two');
});
afterEach(() => rmSync(project, { recursive: true }));

describe('the digest of the sources', () => {
  it('is the same for the same files, whatever is built, measured or tested beside them', () => {
    const digest = sourceDigest(project);
    write('dist/index.js', 'built');
    write('results/report.html', 'measured');
    write('env/exact.test.ts', 'tested');
    write('env/fixtures/known.json', '{}');
    expect(sourceDigest(project)).toBe(digest);
  });

  it.each([
    ['a source that changes', 'env/exact.ts', 'ONE'],
    ['a source that is new', 'env/deeper/new.ts', ''],
    ['the viewer', 'sim-ui/viewer/main.tsx', 'three'],
    ['a style sheet of the viewer', 'sim-ui/viewer/style.css', 'p{}'],
    ['the versions that are installed', 'package-lock.json', '{}'],
    ['the settings of the compiler', 'tsconfig.json', '{}'],
  ])('changes with %s', (_, path, text) => {
    const digest = sourceDigest(project);
    write(path, text);
    expect(sourceDigest(project)).not.toBe(digest);
  });

  it('tells two files from one that holds what both hold', () => {
    write('env/a.ts', 'ab');
    write('env/b.ts', '');
    const digest = sourceDigest(project);
    write('env/a.ts', 'a');
    write('env/b.ts', 'b');
    expect(sourceDigest(project)).not.toBe(digest);
  });

  it('covers every folder that the build compiles', () => {
    const { include } = JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8'));
    for (const pattern of include) {
      const path = pattern.replace('/*.ts', '');
      const file = path.endsWith('.ts') ? path : `${path}/added.ts`;
      const digest = sourceDigest(project);
      write(file, 'added');
      expect(sourceDigest(project), pattern).not.toBe(digest);
    }
  });
});

describe('what a build was made from', () => {
  const entries = ['dist/index.js', 'dist/cli/understudy.js', 'dist/viewer/index.html'];
  it('stands in dist/, and counts only if the build is whole', () => {
    for (const entry of entries) write(entry, '');
    expect(digestOfBuild(join(project, 'dist'))).toBeUndefined();
    write('dist/sources.sha256', 'abc\n');
    expect(digestOfBuild(join(project, 'dist'))).toBe('abc');
    rmSync(join(project, 'dist/viewer/index.html'));
    expect(digestOfBuild(join(project, 'dist'))).toBeUndefined();
  });
});
