import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Everything that is built, except for the shipped worlds themselves. */
const PLACES = [
  ...['env', 'workspace', 'stats', 'policies', 'sim', 'measure', 'distill', 'report', 'sim-ui', 'queue', 'cli'],
  ...['index.ts', 'verbs.ts'],
];
const TESTS = /\.test(-support)?\.tsx?$|fixture/;
const TEXT = /\.(tsx?|mjs|css|html|svg)$/;

/** Words of the first world. */
const WORDS = [
  /\bice[- _]?cream\b/i,
  /iceCream/,
  /\b(sweets?|lactose|trucks?|scoops?|cones?|diet|hungry|hunger|hungrier|summer|winter|workout|gym)\b/i,
  /\b(buy|buys|buyers?|buying|bought)\b/i,
  /\b(sales?|spender|impulsive|health-conscious)\b/i,
];

/** Where a world has to be called by its name. */
const NAMED: Readonly<Record<string, RegExp>> = {
  'index.ts': /export \{ iceCream \} from '.\/scenarios\/ice-cream-v1\/scenario.ts';/,
  // What the bundled teacher was trained for.
  'policies/models/catalog.ts': /\{ scenario: 'ice-cream-v1', words: '[0-9a-f]{64}' \}/,
};

const filesIn = (path: string): string[] =>
  /\.\w+$/.test(path)
    ? [path]
    : readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() ? filesIn(`${path}/${entry.name}`) : [`${path}/${entry.name}`],
      );

/** FILE:LINE: WORD of each word of the first world in a text. */
function found(file: string, text: string): string[] {
  return text.split('\n').flatMap((line, i) => {
    const rest = NAMED[file] ? line.replace(NAMED[file], '') : line;
    return WORDS.flatMap((word) => word.exec(rest)?.[0] ?? []).map((word) => `${file}:${i + 1}: ${word}`);
  });
}

it('no word of the first world stands outside scenarios/, data/, docs/, examples/ and tests', () => {
  const files = PLACES.flatMap(filesIn).filter((file) => TEXT.test(file) && !TESTS.test(file));
  expect(files.length).toBeGreaterThan(200);
  expect(files.flatMap((file) => found(file, readFileSync(join(root, file), 'utf8')))).toEqual([]);
});

it('such a word is found in code, in comments and in style sheets', () => {
  expect(found('a.ts', "const what = 'P(buy)';\n// hot summer days")).toEqual(['a.ts:1: buy', 'a.ts:2: summer']);
  expect(found('a.css', '.truck-body {}')).toEqual(['a.css:1: truck']);
  expect(found('a.ts', "import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';")).toHaveLength(2);
  expect(found('a.ts', 'rebuying is not a word, nor is wholesale')).toEqual([]);
});
