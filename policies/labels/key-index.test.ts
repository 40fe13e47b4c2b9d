import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { KeyIndex } from './key-index.ts';

const keyOf = (i: number) => createHash('sha256').update(String(i)).digest('hex');

it('finds each of many keys at its first offset, and no other', () => {
  const index = new KeyIndex();
  for (let i = 0; i < 20_000; i++) index.add(keyOf(i), i * 311);
  index.add(keyOf(5), 1);
  expect(index.size).toBe(20_000);
  for (let i = 0; i < 20_000; i += 7) expect(index.get(keyOf(i))).toBe(i * 311);
  for (let i = 20_000; i < 21_000; i++) expect(index.get(keyOf(i))).toBeUndefined();
});

it('tells keys apart that begin alike, and knows offset 0', () => {
  const index = new KeyIndex();
  const start = 'ab'.repeat(12);
  index.add(`${start}00000001`, 0);
  index.add(`${start}00000002`, 2 ** 40);
  expect([index.get(`${start}00000001`), index.get(`${start}00000002`), index.get(`${start}00000003`)]).toEqual([
    0,
    2 ** 40,
    undefined,
  ]);
});
