import { describe, expect, it } from 'vitest';
import { testRows } from '../../distill/dataset/splits.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { dataFile } from '../../workspace/bundled.ts';
import { readDecisions } from '../../workspace/decisions.ts';
import { phrasesOf } from '../observation.ts';
import { sampleObservations, samplingOrder } from './sampling.ts';
import { states } from './states.ts';

describe('sampling', () => {
  it('draws every observation once when it draws all', () => {
    const order = samplingOrder(iceCream, 1);
    expect([...order].sort((a, b) => a - b)).toEqual([...states(iceCream)].sort((a, b) => a - b));
  });

  it('visits every size of trait set and context set before any size comes twice', () => {
    const sizeOf = (mask: number) =>
      `${iceCream.sets.indices(mask & 127).length}×${iceCream.sets.indices(mask >>> 7).length}`;
    const sizes = new Set([...states(iceCream)].map(sizeOf));
    expect(new Set([...samplingOrder(iceCream, 3).slice(0, sizes.size)].map(sizeOf)).size).toBe(sizes.size);
  });

  it('gives a larger sample that contains the smaller one, orders included', () => {
    const small = sampleObservations(iceCream, { size: 50, order: 'shuffled', seed: 4 });
    const large = sampleObservations(iceCream, { size: 500, order: 'shuffled', seed: 4 });
    expect(large.masks.slice(0, 50)).toEqual(small.masks);
    expect(large.orders!.slice(0, 50)).toEqual(small.orders);
  });

  it('is the one of which the bundled sample is the beginning', async () => {
    const [train, test] = await Promise.all(
      ['train', 'test'].map((part) => readDecisions(dataFile(`samples/${part}.jsonl`), iceCream)),
    );
    const isTest = testRows(1000, 1);
    const drawn = samplingOrder(iceCream, 1).slice(0, 1000);
    expect(drawn.filter((_, i) => !isTest[i])).toEqual(train!.observations.masks);
    expect(drawn.filter((_, i) => isTest[i])).toEqual(test!.observations.masks);
  });

  it('refuses a scenario that has too many states to list, with the number', () => {
    expect(() => samplingOrder(iceCream, 1, endless())).toThrow(/more states than the 4194304/);
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
      expect([...shown].sort((a, b) => a - b)).toEqual(iceCream.sets.indices(mask));
      expect(phrasesOf(iceCream, shuffled, i).traits).toEqual(
        shown.slice(0, iceCream.sets.indices(mask & 127).length).map((j) => iceCream.phrases[j]),
      );
      if (shown.join() !== iceCream.sets.indices(mask).join()) moved++;
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

function* endless(): Generator<number> {
  for (;;) yield 1;
}
