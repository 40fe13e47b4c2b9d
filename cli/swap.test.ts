import { describe, expect, it } from 'vitest';
import { readSwap, withSuffix } from './swap.ts';

const world = { traits: ['likes sweets', 'cheap', 'says "a: b"', 'x, y'] };
const read = (text: string) => {
  const swap = readSwap(text);
  return swap && withSuffix(swap, world);
};
const server = 'server:http://me:secret@127.0.0.1:8080/v1#org/model:q4@latest';

describe('a swap on the command line', () => {
  it.each([
    ['100:tiny', { tick: 100, policy: 'tiny' }],
    ['0@10%:tiny', { tick: 0, policy: 'tiny', only: { share: [0, 0.1] } }],
    ['7@12.5-20%:student:mlp', { tick: 7, policy: 'student:mlp', only: { share: [0.125, 0.2] } }],
    [
      '7@likes sweets,cheap:constant:.1',
      { tick: 7, policy: 'constant:.1', only: { traits: ['likes sweets', 'cheap'] } },
    ],
    ['7@"x, y", cheap:tiny', { tick: 7, policy: 'tiny', only: { traits: ['x, y', 'cheap'] } }],
    // A server's address has colons, commas, @ and # of its own.
    [`3:${server}`, { tick: 3, policy: server }],
    [`3@5%:${server}`, { tick: 3, policy: server, only: { share: [0, 0.05] } }],
    [`3:${server}@5%`, { tick: 3, policy: server, only: { share: [0, 0.05] } }],
    [`3:${server}@likes sweets,cheap`, { tick: 3, policy: server, only: { traits: ['likes sweets', 'cheap'] } }],
    ['3:gguf:/a@b/likes sweats', { tick: 3, policy: 'gguf:/a@b/likes sweats' }],
  ])('reads %s', (text, expected) => expect(read(text)).toEqual(expected));

  it.each(['tiny', '5:', 'x:tiny', '5@:tiny', '5@%:tiny', '5@10-%:tiny', '5@a,,b:tiny', '5@"a:tiny'])(
    'does not read %s',
    (text) => expect(readSwap(text)).toBeUndefined(),
  );
});
