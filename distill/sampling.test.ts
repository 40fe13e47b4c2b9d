import { describe, expect, it } from 'vitest';
import { iceCream } from '../env/ice-cream.ts';
import { indicesOf, phrasesOf } from '../env/observation.ts';
import { allObservations, contextSets, sampleObservations, samplingOrder, testRows } from './sampling.ts';

describe('the observations of ice-cream-v1', () => {
  const all = allObservations(iceCream);

  it('are 59 trait sets × 288 context sets = 16,992, of which 16,933 have a context', () => {
    expect(iceCream.traitSets).toHaveLength(59);
    expect(contextSets(iceCream)).toHaveLength(288);
    expect(new Set(all).size).toBe(16_992);
    expect([...all].filter((mask) => mask >>> iceCream.traits.length !== 0)).toHaveLength(16_933);
  });

  it('never hold two phrases that conflict', () => {
    for (const [a, b] of iceCream.conflicts)
      expect([...all].filter((mask) => (mask >>> a) & (mask >>> b) & 1)).toHaveLength(0);
  });

  it('are refused, with the number, where there are too many to list', () => {
    const contexts = Array.from({ length: 25 }, (_, i) => `context ${i}`);
    expect(() => contextSets({ traits: [], contexts, conflicts: [] })).toThrow(/at most 4194304/);
  });
});

describe('sampling', () => {
  it('draws every observation once when it draws all', () => {
    const order = samplingOrder(iceCream, 1);
    expect([...order].sort((a, b) => a - b)).toEqual([...allObservations(iceCream)].sort((a, b) => a - b));
  });

  it('visits every size of trait set and context set before any size comes twice', () => {
    const sizeOf = (mask: number) => `${indicesOf(mask & 127).length}×${indicesOf(mask >>> 7).length}`;
    const sizes = new Set([...allObservations(iceCream)].map(sizeOf));
    expect(new Set([...samplingOrder(iceCream, 3).slice(0, sizes.size)].map(sizeOf)).size).toBe(sizes.size);
  });

  it('gives a larger sample that contains the smaller one, orders included', () => {
    const small = sampleObservations(iceCream, { size: 50, order: 'shuffled', seed: 4 });
    const large = sampleObservations(iceCream, { size: 500, order: 'shuffled', seed: 4 });
    expect(large.masks.slice(0, 50)).toEqual(small.masks);
    expect(large.orders!.slice(0, 50)).toEqual(small.orders);
  });

  it('differs between seeds and repeats for one', () => {
    const first = (seed: number) => [...sampleObservations(iceCream, { size: 100, order: 'canonical', seed }).masks];
    expect(first(1)).toEqual(first(1));
    expect(first(1)).not.toEqual(first(2));
  });

  it('shuffles the phrases of a row without losing one or mixing traits with contexts', () => {
    const shuffled = sampleObservations(iceCream, { size: 400, order: 'shuffled', seed: 5 });
    let moved = 0;
    shuffled.masks.forEach((mask, i) => {
      const shown = shuffled.orders![i]!;
      expect([...shown].sort((a, b) => a - b)).toEqual(indicesOf(mask));
      expect(phrasesOf(iceCream, shuffled, i).traits).toEqual(
        shown.slice(0, indicesOf(mask & 127).length).map((j) => iceCream.phrases[j]),
      );
      if (shown.join() !== indicesOf(mask).join()) moved++;
    });
    expect(moved).toBeGreaterThan(300);
  });

  it('names both numbers when there are fewer observations than asked for', () => {
    expect(() => sampleObservations(iceCream, { size: 20_000, order: 'canonical', seed: 0 })).toThrow(
      /16992 observations.*got 20000/,
    );
    expect(() => sampleObservations(iceCream, { size: 0, order: 'canonical', seed: 0 })).toThrow(/got 0/);
  });
});

describe('the split', () => {
  it('gives a fifth of the rows to the test set, one in every five', () => {
    const rows = testRows(100, 9);
    expect(rows.filter(Boolean)).toHaveLength(20);
    for (let block = 0; block < 100; block += 5)
      expect(rows.slice(block, block + 5).filter(Boolean), `rows ${block} to ${block + 4}`).toHaveLength(1);
  });

  it('keeps the part of every row when the sample grows', () => {
    expect(testRows(1000, 9).slice(0, 98)).toEqual(testRows(98, 9));
  });

  it('uses every place of a block', () => {
    const places = new Set(testRows(1000, 2).flatMap((test, i) => (test ? [i % 5] : [])));
    expect(places.size).toBe(5);
  });
});
