import { describe, expect, it } from 'vitest';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { phraseSets } from '../phrase-sets.ts';
import { pairwiseCovering } from './covering.ts';
import { states } from './states.ts';

/** Combinations "i present or absent, j present or absent" of some masks, in words, without a bit trick. */
function pairsOf(masks: Iterable<number>, width: number): Set<string> {
  const pairs = new Set<string>();
  for (const mask of masks)
    for (let i = 0; i < width; i++)
      for (let j = i + 1; j < width; j++) pairs.add(`${i}=${(mask >>> i) & 1} ${j}=${(mask >>> j) & 1}`);
  return pairs;
}

describe('a pairwise covering of ice-cream-v1', () => {
  const all = Uint32Array.from(states(iceCream));
  const covering = pairwiseCovering(all, iceCream.sets, 0);

  it('has every pair of phrases, present or absent, that some state has: 480 but for the 5 conflicts', () => {
    expect(covering).toMatchObject({ pairs: 475, impossible: 5 });
    expect(pairsOf(covering.masks, 16)).toEqual(pairsOf(all, 16));
  });

  it('has states only', () => {
    const known = new Set(all);
    for (const mask of covering.masks) expect(known.has(mask)).toBe(true);
  });

  // Kleitman & Spencer 1973, Katona 1973: 16 binary factors need 8 rows even without conflicts, as C(6, 2) < 16 ≤ C(7, 3).
  it('has 8 to 10 rows for any seed: the least that 16 phrases without conflicts need, and hardly more', () => {
    for (const seed of [0, 1, 2]) {
      const { masks } = pairwiseCovering(all, iceCream.sets, seed);
      expect(masks.length).toBeGreaterThanOrEqual(8);
      expect(masks.length).toBeLessThanOrEqual(10);
    }
  });

  it('is the same for the same seed, in whatever order the states are listed, and another for another', () => {
    expect(pairwiseCovering(all.slice().reverse(), iceCream.sets, 0).masks).toEqual(covering.masks);
    expect(pairwiseCovering(all, iceCream.sets, 1).masks).not.toEqual(covering.masks);
  });

  it('needs no state without a context if there is to be none', () => {
    const withContext = Uint32Array.from(states(iceCream, 'exclude'));
    const { masks } = pairwiseCovering(withContext, iceCream.sets, 0);
    expect([...masks].every((mask) => mask >>> 7 !== 0)).toBe(true);
    expect(pairsOf(masks, 16)).toEqual(pairsOf(withContext, 16));
  });
});

describe('a pairwise covering', () => {
  it('of two phrases that go with everything is the four combinations', () => {
    const { masks, pairs, impossible } = pairwiseCovering(Uint32Array.of(0, 1, 2, 3), phraseSets(2), 7);
    expect([...masks].sort()).toEqual([0, 1, 2, 3]);
    expect({ pairs, impossible }).toEqual({ pairs: 4, impossible: 0 });
  });

  it('of three phrases that go with everything is one of the two orthogonal arrays of four rows', () => {
    const { masks } = pairwiseCovering(
      Uint32Array.from({ length: 8 }, (_, mask) => mask),
      phraseSets(3),
      1,
    );
    expect([
      [0, 3, 5, 6],
      [1, 2, 4, 7],
    ]).toContainEqual([...masks].sort());
  });

  it('reaches up to the thirty-second phrase', () => {
    const masks = Uint32Array.from({ length: 32 }, (_, i) => (2 ** 32 - 1 - 2 ** i) >>> 0);
    const covering = pairwiseCovering(masks, phraseSets(32), 0);
    expect(pairsOf(covering.masks, 32)).toEqual(pairsOf(masks, 32));
    expect(covering.masks).toHaveLength(32);
  });

  it('covers every pair of 100 phrases as it does with a word of them', () => {
    const sets = phraseSets(100);
    const groups = (i: number) => Array.from({ length: 100 }, (_, j) => j).filter((j) => (j * 7 + i * i) % (i + 2) < 2);
    const states = Uint32Array.from({ length: 60 }, (_, i) => sets.of(groups(i)));
    const pairs = (masks: Iterable<number>) => {
      const found = new Set<string>();
      for (const set of masks)
        for (let i = 0; i < 100; i++)
          for (let j = i + 1; j < 100; j++) found.add(`${i}=${sets.holds(set, i)} ${j}=${sets.holds(set, j)}`);
      return found;
    };
    const covering = pairwiseCovering(states, sets, 0);
    expect(pairs(covering.masks)).toEqual(pairs(states));
    expect(covering.pairs).toBe(pairs(states).size);
    expect(covering.masks.length).toBeLessThan(60);
  });

  it('of one state is that state', () => {
    expect([...pairwiseCovering(Uint32Array.of(5), phraseSets(4), 0).masks]).toEqual([5]);
  });
});
