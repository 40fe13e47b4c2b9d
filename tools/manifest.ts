/**
 * Rewrites data/manifest.json: every file under data/ that ships, with its SHA-256 and size.
 *
 *     npx tsx tools/manifest.ts
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataFile, type Manifest } from '../workspace/bundled.ts';

/** Documentation says nothing that is loaded, a workspace's own files do not ship. */
const LEFT_OUT = /^(manifest\.json|(train|test|rejects|labels|spending|batches)\.jsonl(\..*)?)$|\.(md|txt|lock|partial)$/;

/** Hashes of all that ships under data/. */
export function manifestOf(directory: string): Manifest {
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !LEFT_OUT.test(path))
    .sort();
  return Object.fromEntries(
    paths.map((path) => {
      const bytes = readFileSync(join(directory, path));
      return [path, { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length }];
    }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = dataFile('manifest.json');
  const files = manifestOf(dataFile('.'));
  writeFileSync(`${path}.partial`, `${JSON.stringify({ files }, null, 2)}\n`);
  renameSync(`${path}.partial`, path);
  process.stderr.write(`${path}: ${Object.keys(files).length} files\n`);
}
