import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { workspace } from '../paths.ts';
import { requireExportable } from './export.ts';
import { requireOurs } from './ours.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ours-'));
  mkdirSync(join(root, 'data'));
});
afterEach(() => rmSync(root, { recursive: true }));

const ours = '{"traits":[],"context":[],"probability_LLM":0.1,"teacher":"tiny","elicitation":"greedy"}\n';
const theirs = '{"traits":[],"context":[],"probability_LLM":0.1}\n';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const check = (content: string | Uint8Array, manifest?: object) => {
  const paths = workspace(root);
  writeFileSync(paths.train, content);
  if (manifest) writeFileSync(join(paths.data, 'dataset.json'), JSON.stringify(manifest));
  return requireOurs(paths.train, paths);
};

it('writes over what is not there, what is empty, and what names its teacher in each row', async () => {
  await requireOurs(join(root, 'none.jsonl'), workspace(root));
  await check('');
  await check(ours + ours);
});

it.each([
  ["somebody else's rows", theirs],
  ['rows of somebody else after ours', ours + theirs],
  ['a CSV', 'traits,context,probability_LLM\n,,0.1\n'],
  ['what cannot be read', `${ours}{"traits":`],
  ['notes', 'to do\n'],
  ['zeros', Buffer.alloc(9)],
])('refuses to write over %s', async (_, content) => {
  await expect(check(content)).rejects.toThrow(/train\.jsonl was not written by this step and would be lost; move it/);
});

it('knows a file by the hash that data/dataset.json has of it, and one that was changed since', async () => {
  const manifest = (text: string) => ({
    files: { train: { path: 'data/train.jsonl', rows: 1, sha256: sha256(text) } },
  });
  await check(theirs, manifest(theirs));
  await expect(check(ours, manifest(theirs))).rejects.toThrow(
    /train\.jsonl was changed after it was written and would/,
  );
  await check(ours, { files: 'nonsense' });
});

it('exports over its own export, and over nothing else', async () => {
  const [path, paths] = [join(root, 'rows.jsonl'), workspace(root)];
  writeFileSync(path, theirs);
  await expect(requireExportable([path], iceCream, paths)).rejects.toThrow(/rows\.jsonl was not written by this step/);
  const exports = [{ path: 'rows.jsonl', rows: 1, sha256: sha256(theirs) }];
  writeFileSync(join(paths.data, 'dataset.json'), JSON.stringify({ files: {}, exports }));
  await requireExportable([path], iceCream, paths);
});
