import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { manifestOf } from '../tools/manifest.ts';
import { bundledFiles, dataFile } from './bundled.ts';

it('data/manifest.json has the hash and size of every file that ships (npx tsx tools/manifest.ts rewrites it)', () => {
  const files = bundledFiles();
  expect(files).toEqual(manifestOf(dataFile('.')));
  expect(files['teachers/tiny.gguf']?.bytes).toBeLessThan(1e6);
});

it('data/README.md names every file that ships with the hash that it has', () => {
  const readme = readFileSync(dataFile('README.md'), 'utf8');
  for (const [path, { sha256 }] of Object.entries(bundledFiles()))
    expect(readme, path).toMatch(new RegExp(`\\| \`${path}\` \\|.*\`${sha256}\` \\|`));
});
