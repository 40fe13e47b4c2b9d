import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { reference } from './reference.ts';

it('docs/reference.md says what the sources say: npx tsx tools/reference.ts writes it again', async () => {
  expect(await readFile(new URL('../docs/reference.md', import.meta.url), 'utf8')).toBe(reference());
});
