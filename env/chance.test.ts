import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mix, ONE, quantise } from './chance.ts';

describe('mix', () => {
  it('weighs a level against a distribution', () => {
    expect(mix<string>(0.25, 'hot', { mild: 0.5, cold: 0.5 })).toEqual({ hot: 0.25, mild: 0.375, cold: 0.375 });
  });

  it('adds up where both sides name a level', () => {
    expect(mix<string>(0.5, 'hot', { hot: 0.5, mild: 0.5 })).toEqual({ hot: 0.75, mild: 0.25 });
  });
});

describe('quantise', () => {
  it('rounds by largest remainders', () => {
    expect([...quantise([1 / 3, 1 / 3, 1 / 3])]).toEqual([21846, 21845, 21845]);
  });

  it('keeps the impossible impossible, the certain certain and the very unlikely possible', () => {
    expect([...quantise([0, 1, 0])]).toEqual([0, ONE, 0]);
    expect([...quantise([1e-12, 1 - 1e-12])]).toEqual([1, ONE - 1]);
    expect([...quantise([1e-9, 1e-9, 1e-9, 1 - 3e-9])]).toEqual([1, 1, 1, ONE - 3]);
  });

  it('gives weights that sum to 65,536, each within 1 of its share or raised to 1', () => {
    const probabilities = fc
      .array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 12 })
      .filter((weights) => weights.some((w) => w > 0))
      .map((weights) => weights.map((w) => w / weights.reduce((a, b) => a + b, 0)));
    fc.assert(
      fc.property(probabilities, (p) => {
        const weights = quantise(p);
        expect(weights.reduce((a, b) => a + b, 0)).toBe(ONE);
        p.forEach((share, i) => {
          expect(weights[i]! > 0).toBe(share > 0);
          expect(Math.abs(weights[i]! - share * ONE)).toBeLessThan(p.length);
        });
      }),
    );
  });
});
