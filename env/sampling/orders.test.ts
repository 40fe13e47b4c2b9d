import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { chiSquaredTail } from '../false-alarm.test-support.ts';
import { orderCount, ordersOf, otherShowings, showings } from './orders.ts';
import { states } from './states.ts';

const all = [...states(iceCream)];
const state = fc.constantFrom(...all);
const seed = fc.nat();
const ascending = (order: readonly number[] | undefined) => [...order!].sort((a, b) => a - b);

describe('the orders of a state', () => {
  it('are t! × c! different ones, traits before contexts', () => {
    const mask = 0b1_0110_0000_0011;
    const orders = [...ordersOf(iceCream, mask, 1)];
    expect(orderCount(iceCream, mask)).toBe(12);
    expect(new Set(orders.map(String)).size).toBe(12);
    expect(orders).toHaveLength(12);
    for (const order of orders) {
      expect(ascending(order)).toEqual(iceCream.sets.indices(mask));
      expect(ascending(order.slice(0, 2))).toEqual([0, 1]);
    }
  });

  it('come in another sequence for another seed, and in the same one for the same', () => {
    const mask = 0b111_1000_0111;
    const sequence = (seed: number) => [...ordersOf(iceCream, mask, seed)].slice(0, 20).map(String);
    expect(sequence(1)).toEqual(sequence(1));
    expect(sequence(1)).not.toEqual(sequence(2));
  });

  it('are all about equally often the first', () => {
    const mask = 0b1_0000_0111;
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 3000; seed++) {
      const [first] = ordersOf(iceCream, mask, seed);
      counts.set(String(first), (counts.get(String(first)) ?? 0) + 1);
    }
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0);
    expect(counts.size).toBe(6);
    expect(chiSquaredTail(chi, 5)).toBeGreaterThan(0.001);
  });
});

describe('showings', () => {
  const canonical = { order: 'canonical', seed: 1 } as const;
  const shuffled = { order: 'shuffled', seed: 1 } as const;

  it('in canonical order are all alike', () => {
    expect(showings(iceCream, 0b11, { ...canonical, repeats: 3, again: true })).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('shuffled are all different while the state has other orders', () => {
    fc.assert(
      fc.property(state, seed, fc.integer({ min: 1, max: 6 }), (mask, seed, repeats) => {
        const shown = showings(iceCream, mask, { order: 'shuffled', repeats, again: false, seed });
        expect(new Set(shown.map(String)).size).toBe(shown.length);
        expect(shown).toHaveLength(Math.min(repeats, orderCount(iceCream, mask)));
      }),
      { numRuns: 200 },
    );
  });

  it('come round again where every answer is a draw of its own', () => {
    const shown = showings(iceCream, 0b11, { ...shuffled, repeats: 5, again: true });
    expect(shown).toHaveLength(5);
    expect(shown.slice(2).map(String)).toEqual([shown[0], shown[1], shown[0]].map(String));
  });

  it('with more repeats begin as with fewer', () => {
    const few = showings(iceCream, 0b111_1000_0111, { ...shuffled, repeats: 2, again: true });
    expect(showings(iceCream, 0b111_1000_0111, { ...shuffled, repeats: 6, again: true }).slice(0, 2)).toEqual(few);
  });
});

describe('other showings', () => {
  it('show no order that the showings show, and are there exactly if there is another', () => {
    const options = fc.record({
      order: fc.constantFrom('canonical' as const, 'shuffled' as const),
      repeats: fc.integer({ min: 1, max: 3 }),
      again: fc.boolean(),
      seed,
    });
    fc.assert(
      fc.property(state, options, (mask, options) => {
        const shown = (order: readonly number[] | undefined) => String(order ?? iceCream.sets.indices(mask));
        const first = new Set(showings(iceCream, mask, options).map(shown));
        const others = otherShowings(iceCream, mask, options);
        for (const order of others) expect(first.has(shown(order))).toBe(false);
        expect(others.length > 0).toBe(orderCount(iceCream, mask) > first.size);
      }),
      { numRuns: 300 },
    );
  });
});
