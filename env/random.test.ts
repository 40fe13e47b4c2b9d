import { describe, expect, it } from 'vitest';
import { chiSquaredTail, twoSidedTail } from './false-alarm.test-support.ts';
import {
  drawOf,
  LANES,
  lane,
  philox4x32,
  philoxInto,
  purposes,
  sequence,
  shuffle,
  streamKey,
  trainingParts,
  uniform53,
} from './random.ts';

describe('Philox4x32-10', () => {
  // Random123 1.14, tests/kat_vectors.
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)('passes the published known-answer vector of counter %j', (counter, key, words) => {
    expect(philox4x32(counter, key)).toEqual(words);
  });

  it('splits a block into eight 16-bit uniforms', () => {
    const block = new Uint32Array(4);
    philoxInto(block, 0, 0, 0, 0, 0, 0);
    expect(Array.from({ length: LANES }, (_, event) => lane(block, event))).toEqual([
      0xe8d5, 0x6627, 0xc58d, 0xe169, 0xac4c, 0xbc57, 0xdbd8, 0x9b00,
    ]);
  });
});

describe('streams', () => {
  it('differ between streams of one seed and between seeds beyond 32 bits', () => {
    const keys = [
      streamKey(7, 'world'),
      streamKey(7, 'agents'),
      streamKey(7 + 2 ** 32, 'world'),
      streamKey(8, 'world'),
    ];
    expect(new Set(keys.map(String)).size).toBe(keys.length);
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('refuse %d as a seed', (seed) => {
    expect(() => streamKey(seed, 'world')).toThrow(`got ${seed}`);
  });

  it('give a sequence that starts again with the same seed and has a uniform mean', () => {
    const first = sequence(5, 'sampling');
    const again = sequence(5, 'sampling');
    const draws = Array.from({ length: 20_000 }, first);
    expect(draws.slice(0, 10)).toEqual(Array.from({ length: 10 }, again));
    const mean = draws.reduce((sum, u) => sum + u, 0) / draws.length;
    expect(twoSidedTail((mean - 0.5) / Math.sqrt(1 / 12 / draws.length))).toBeGreaterThan(1e-4);
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThan(1);
  });

  it('are one table in which no two purposes share a counter under one key', () => {
    const places = Object.entries(purposes);
    for (const [i, [name, a]] of places.entries())
      for (const [other, b] of places.slice(i + 1))
        if (a.stream === b.stream && a.word === b.word)
          expect(a.first + a.parts <= b.first || b.first + b.parts <= a.first, `${name} and ${other}`).toBe(true);
    for (const [name, { first, parts, word }] of places) {
      expect(first + parts, name).toBeLessThanOrEqual(2 ** 32);
      expect(word, `${name} keeps out of the engines' blocks`).toBeGreaterThan(0);
    }
  });

  // Counter words and stream numbers as they were before the purposes had names; a change here changes results.
  it.each([
    ['sampling', 0, [2, 0, 1]],
    ['runSeeds', 0, [2, 1, 1]],
    ['crossedSeeds', 0, [2, 2, 1]],
    ['phraseOrders', 0b101 - 3, [2, 0b101, 1]],
    ['splits', 0, [3, 0, 1]],
    ['validation', 0, [3, 1, 1]],
    ['orderedStates', 0, [3, 2, 1]],
    ['explainedStates', 0, [3, 3, 1]],
    ['training', trainingParts.student(1) + trainingParts.refit + 7, [4, 2 ** 24 + 2 ** 21 + 7, 1]],
    ['training', trainingParts.committee, [4, 2 ** 30, 1]],
    ['resampling', 0, [5, 0, 1]],
    ['collecting', 3, [5, 2 ** 24 + 3, 1]],
    ['checking', 0, [5, 2 ** 25, 1]],
    ['visitedChoice', 3, [5, 3 * 2 ** 24 + 3, 1]],
    ['checkStart', 0, [5, 2 ** 26, 1]],
    ['uniformStates', 0, [5, 5 * 2 ** 24, 1]],
    ['batchChoice', 3, [2, 3, 2]],
    ['pool', 0, [3, 0, 7]],
  ] as const)('draw for %s, part %d, where they always have', (purpose, part, [stream, substream, word]) => {
    const seed = 2 ** 32 * 5 + 11;
    const [a, b, c, d] = philox4x32([0, 0, substream, word], [11, (5 << 8) | stream]);
    const random = sequence(seed, purpose, part);
    const uniform = (high: number, low: number) => Number((BigInt(high >>> 5) << 26n) | BigInt(low >>> 6)) / 2 ** 53;
    expect([random(), random()]).toEqual([uniform(a, b), uniform(c, d)]);
  });

  it('draw for one mask where they always have', () => {
    const [a, b] = philox4x32([0b1011, 4, 0, 6], [9, 3]);
    expect(drawOf(9, 'covering', 0b1011, 4)).toBe(uniform53(a, b));
  });

  it('refuse a part that the purpose does not have, which would be the numbers of another', () => {
    expect(() => sequence(1, 'runSeeds', 1)).toThrow('runSeeds has parts 0 to 0, got 1');
    expect(() => sequence(1, 'phraseOrders', -1)).toThrow('phraseOrders has parts 0 to 4294967292, got -1');
    expect(() => sequence(1, 'training', 0.5)).toThrow('got 0.5');
  });

  it('shuffle every order about equally often', () => {
    const random = sequence(1, 'sampling');
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = shuffle([0, 1, 2], random).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    const chiSquared = [...counts.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(counts.size).toBe(6);
    expect(chiSquaredTail(chiSquared, 5)).toBeGreaterThan(0.001);
  });
});
