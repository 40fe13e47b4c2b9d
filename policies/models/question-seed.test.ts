import { expect, it } from 'vitest';
import { questionSeed } from './question-seed.ts';

it('is the first 31 bits of a SHA-256 over seed, repeat and question', () => {
  // printf '1\n0\nIs it hot?' | sha256sum begins 6a7bb763: as a little-endian number, without its last bit.
  expect(questionSeed(1, 0, 'Is it hot?')).toBe(0x63b77b6a >>> 1);
});

it('differs for another seed, another repeat and another question', () => {
  const seeds = [questionSeed(1, 0, 'a'), questionSeed(2, 0, 'a'), questionSeed(1, 1, 'a'), questionSeed(1, 0, 'b')];
  expect(new Set(seeds).size).toBe(4);
  for (const seed of seeds) expect(seed).toBeLessThan(2 ** 31);
});
