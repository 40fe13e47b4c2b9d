import { describe, expect, it } from 'vitest';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
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
  const covering = pairwiseCovering(all, 16, 0);

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
      const { masks } = pairwiseCovering(all, 16, seed);
      expect(masks.length).toBeGreaterThanOrEqual(8);
      expect(masks.length).toBeLessThanOrEqual(10);
    }
  });

  it('is the same for the same seed, in whatever order the states are listed, and another for another', () => {
    expect(pairwiseCovering(all.slice().reverse(), 16, 0).masks).toEqual(covering.masks);
    expect(pairwiseCovering(all, 16, 1).masks).not.toEqual(covering.masks);
  });

  it('needs no state without a context if there is to be none', () => {
    const withContext = Uint32Array.from(states(iceCream, 'exclude'));
    const { masks } = pairwiseCovering(withContext, 16, 0);
    expect([...masks].every((mask) => mask >>> 7 !== 0)).toBe(true);
    expect(pairsOf(masks, 16)).toEqual(pairsOf(withContext, 16));
  });
});

describe('a pairwise covering', () => {
  it('of two phrases that go with everything is the four combinations', () => {
    const { masks, pairs, impossible } = pairwiseCovering(Uint32Array.of(0, 1, 2, 3), 2, 7);
    expect([...masks].sort()).toEqual([0, 1, 2, 3]);
    expect({ pairs, impossible }).toEqual({ pairs: 4, impossible: 0 });
  });

  it('of three phrases that go with everything is one of the two orthogonal arrays of four rows', () => {
    const { masks } = pairwiseCovering(
      Uint32Array.from({ length: 8 }, (_, mask) => mask),
      3,
      1,
    );
    expect([
      [0, 3, 5, 6],
      [1, 2, 4, 7],
    ]).toContainEqual([...masks].sort());
  });

  it('reaches up to the thirty-second phrase', () => {
    const masks = Uint32Array.from({ length: 32 }, (_, i) => (2 ** 32 - 1 - 2 ** i) >>> 0);
    const covering = pairwiseCovering(masks, 32, 0);
    expect(pairsOf(covering.masks, 32)).toEqual(pairsOf(masks, 32));
    expect(covering.masks).toHaveLength(32);
  });

  it('of one state is that state', () => {
    expect([...pairwiseCovering(Uint32Array.of(5), 4, 0).masks]).toEqual([5]);
  });
});
