import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderCount } from '../../env/sampling/orders.ts';
import { samplingOrder } from '../../env/sampling/sampling.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { type SplitBy, splitOf, testRows } from './splits.ts';

const order = samplingOrder(iceCream, 1);
/** A stratified sample of a few hundred states, of any seed. */
const sample = fc
  .tuple(fc.integer({ min: 20, max: 400 }), fc.integer({ min: 0, max: 500 }))
  .map(([n, from]) => order.slice(from, from + n));
const seed = fc.nat();
const hasOtherOrder = (mask: number) => orderCount(iceCream, mask) > 1;
const split = (masks: Uint32Array, split: SplitBy, seed: number) =>
  splitOf(iceCream, masks, { split, seed, hasOtherOrder });
/** Train and test masks of a split that divides the sample. */
function parts(masks: Uint32Array, by: SplitBy, seed: number) {
  const { test } = split(masks, by, seed);
  return { train: masks.filter((_, i) => !test[i]), test: masks.filter((_, i) => test[i]) };
}
const traitsOf = (mask: number) => mask & 127;
const contextsOf = (mask: number) => mask >>> 7;
const sizeOf = (mask: number) => iceCream.sets.indices(mask).length;

describe('every split but order', () => {
  it.each(['state', 'traits', 'contexts', 'size'] as const)(
    '%s puts each state on one side, both of them used',
    (by) => {
      fc.assert(
        fc.property(sample, seed, (masks, seed) => {
          const { train, test } = parts(masks, by, seed);
          expect(train.length + test.length).toBe(masks.length);
          expect(Math.min(train.length, test.length)).toBeGreaterThan(0);
          const known = new Set(train);
          expect(test.some((mask) => known.has(mask))).toBe(false);
          expect(split(masks, by, seed).again).toEqual([]);
        }),
        { numRuns: 60 },
      );
    },
  );
});

describe('the split by state', () => {
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

describe.each([
  ['traits', traitsOf],
  ['contexts', contextsOf],
] as const)('the split by %s', (by, setOf) => {
  it('tests on whole sets that train has none of, and names them', () => {
    fc.assert(
      fc.property(sample, seed, (masks, seed) => {
        const { train, test } = parts(masks, by, seed);
        const trained = new Set([...train].map(setOf));
        expect([...test].some((mask) => trained.has(setOf(mask)))).toBe(false);
        const { heldOut } = split(masks, by, seed);
        const named =
          heldOut.by === 'traits' ? heldOut.traitSets : heldOut.by === 'contexts' ? heldOut.contextSets : [];
        const words = (mask: number) =>
          iceCream.sets
            .indices(by === 'traits' ? mask & 127 : mask & ~127)
            .map((phrase) => iceCream.phrases[phrase])
            .join();
        expect(new Set(named.map(String))).toEqual(new Set([...test].map(words)));
      }),
      { numRuns: 60 },
    );
  });

  it('tests on 20 % of the rows, as nearly as whole sets allow', () => {
    for (const seed of [1, 2, 3]) {
      expect(parts(order.slice(0, 2000), by, seed).test.length / 2000).toBeCloseTo(0.2, 2);
      const all = parts(order, by, seed).test.length / order.length;
      expect(Math.abs(all - 0.2)).toBeLessThan(0.01);
    }
  });

  it('holds out other sets for another seed', () => {
    expect(parts(order, by, 1).test).not.toEqual(parts(order, by, 2).test);
  });

  it('says so if there is one set only', () => {
    const [same] = order;
    const alike = order.filter((mask) => setOf(mask) === setOf(same!)).slice(0, 10);
    expect(() => split(alike, by, 1)).toThrow(/one (trait|context) set only.*nothing to hold out/);
  });
});

it('of two trait sets the split by traits holds out the smaller, however large it is', () => {
  // Trait sets 1 and 2; contexts differ.
  const masks = Uint32Array.of(1 | (1 << 7), 1 | (1 << 8), 1 | (1 << 9), 2 | (1 << 7), 2 | (1 << 8));
  expect(split(masks, 'traits', 3).test).toEqual([false, false, false, true, true]);
});

describe('the split by size', () => {
  it('tests on all states from a number of phrases on, and says which', () => {
    fc.assert(
      fc.property(sample, seed, (masks, seed) => {
        const { train, test } = parts(masks, 'size', seed);
        const { heldOut } = split(masks, 'size', seed);
        expect(Math.min(...[...test].map(sizeOf))).toBeGreaterThan(Math.max(...[...train].map(sizeOf)));
        expect(heldOut).toEqual({ by: 'size', phrasesAtLeast: Math.min(...[...test].map(sizeOf)) });
      }),
      { numRuns: 60 },
    );
  });

  it('takes the number of phrases that leaves nearest to 20 %', () => {
    const sized = (counts: Record<number, number>) =>
      Uint32Array.from(Object.entries(counts).flatMap(([size, n]) => Array(n).fill(2 ** Number(size) - 1)));
    // 30 % have 4 or more, 12 % have 5 or more: 12 is nearer to 20.
    expect(split(sized({ 3: 70, 4: 18, 5: 12 }), 'size', 0).heldOut).toEqual({ by: 'size', phrasesAtLeast: 5 });
    // 26 % or 2 %.
    expect(split(sized({ 3: 74, 4: 24, 5: 2 }), 'size', 0).heldOut).toEqual({ by: 'size', phrasesAtLeast: 4 });
    // Only one threshold leaves something to train on.
    expect(split(sized({ 3: 10, 4: 90 }), 'size', 0).heldOut).toEqual({ by: 'size', phrasesAtLeast: 4 });
  });

  it('says so where all states have one size', () => {
    expect(() => split(Uint32Array.of(3, 5, 6), 'size', 0)).toThrow(/one size only/);
  });
});

describe('the split by order', () => {
  it('shows again a quarter as many states as train has, only such as have another order, none twice', () => {
    fc.assert(
      fc.property(sample, seed, (masks, seed) => {
        const { test, again, heldOut } = split(masks, 'order', seed);
        const single = masks.filter((mask) => !hasOtherOrder(mask)).length;
        expect(test.every((value) => !value)).toBe(true);
        expect(new Set(again).size).toBe(again.length);
        expect(again.every((i) => hasOtherOrder(masks[i]!))).toBe(true);
        expect(again).toHaveLength(Math.min(Math.round(masks.length / 4), masks.length - single));
        expect(heldOut).toEqual({ by: 'order', states: again.length, withoutOtherOrder: single });
      }),
      { numRuns: 60 },
    );
  });

  it('says so where no state has another order', () => {
    expect(() => split(Uint32Array.of(1, 2, 4), 'order', 0)).toThrow(/another order/);
  });
});
