// What dist/ is built from, as one SHA-256: so that what is built already is not built again.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files and folders whose contents decide what a build writes. */
const SOURCES = [
  'index.ts',
  'scenario.ts',
  ...[
    'env',
    'workspace',
    'stats',
    'policies',
    'scenarios',
    'sim',
    'measure',
    'distill',
    'report',
    'sim-ui',
    'queue',
    'cli',
  ],
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'],
  ...['tools/build.mjs', 'tools/sources.mjs'],
];
/** Tests and their fixtures are no part of the build. */
const TESTS = /\.test(-support)?\.tsx?$|\/fixtures\//;

/** Entry points; a dist/ that lacks one is not whole. */
export const ENTRIES = ['index.js', 'cli/understudy.js', 'viewer/index.html'];

function filesUnder(root, path, leftOut) {
  if (!existsSync(join(root, path))) return [];
  const entries = readdirSync(join(root, path), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const inside = `${path}/${entry.name}`;
    if (entry.isDirectory()) return filesUnder(root, inside, leftOut);
    return leftOut.test(inside) ? [] : [inside];
  });
}

/** SHA-256, in hexadecimal, of the names and contents of all sources below `root` except for those `leftOut`. */
export function sourceDigest(root, leftOut = TESTS) {
  const files = SOURCES.flatMap((path) => (/\.\w+$/.test(path) ? [path] : filesUnder(root, path, leftOut))).sort();
  const hash = createHash('sha256');
  for (const file of files) {
    const path = join(root, file);
    const content = existsSync(path) ? readFileSync(path) : undefined;
    hash.update(`${file}\0${content ? content.length : 'absent'}\0`);
    if (content) hash.update(content);
  }
  return hash.digest('hex');
}

/** The digest of the sources that `dist` was built from; undefined if it is not there, not whole or does not say. */
export function digestOfBuild(dist) {
  if (ENTRIES.some((file) => !existsSync(join(dist, file)))) return undefined;
  const path = join(dist, 'sources.sha256');
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}
