import { expect, it } from 'vitest';
import { readShard, shardOf } from './shard.ts';

it.each(['0/4', '5/4', '1/0', '0/0', '1.5/2', '3', 'a/b', '1/2/3', '-1/2', '1/1e3', ' 1/2', '1/9999999'])(
  '%j is not a shard',
  (text) => expect(readShard(text)).toBeUndefined(),
);

it('reads a shard, the only one too', () => {
  expect(readShard('3/16')).toEqual({ index: 3, of: 16 });
  expect(readShard('1/1')).toEqual({ index: 1, of: 1 });
});

it('gives every piece to one shard, evenly, and always to the same', () => {
  const counts = [0, 0, 0];
  for (let i = 0; i < 3000; i++) counts[shardOf(`piece ${i}`, 3) - 1]!++;
  expect(counts.reduce((a, b) => a + b)).toBe(3000);
  // Three standard deviations of a binomial count: 3·√(3000·⅓·⅔) = 77.
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(78);
  // SHA-256("") begins with e3b0c442.
  expect(shardOf('', 7)).toBe((0xe3b0c442 % 7) + 1);
});
