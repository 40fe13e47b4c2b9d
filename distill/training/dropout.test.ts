import { describe, expect, it } from 'vitest';
import { sequence } from '../../env/random.ts';
import { dropoutFactors } from './dropout.ts';

const random = () => sequence(1, 'training', 5);

describe('dropout', () => {
  it('sets its share of the numbers to 0 and leaves the mean where it was', () => {
    const factors = dropoutFactors({ rate: 0.25, random: random() }, 100_000);
    const kept = factors.filter((factor) => factor !== 0);
    expect(new Set(kept)).toEqual(new Set([Math.fround(4 / 3)]));
    // Four standard errors of a share of .75 in 100,000 draws.
    expect(Math.abs(kept.length / 100_000 - 0.75)).toBeLessThan(0.0055);
  });

  it('drops each number of a block as often as any other', () => {
    const factors = dropoutFactors({ rate: 0.5, random: random() }, 60_000);
    for (let place = 0; place < 6; place++) {
      const dropped = factors.filter((factor, i) => i % 6 === place && factor === 0).length;
      expect(Math.abs(dropped / 10_000 - 0.5)).toBeLessThan(0.02);
    }
  });

  it('is the same for the same random numbers, whatever the size leaves over', () => {
    const [five, twelve] = [5, 12].map((size) => dropoutFactors({ rate: 0.5, random: random() }, size));
    expect(twelve!.subarray(0, 5)).toEqual(five);
    expect(dropoutFactors({ rate: 0, random: random() }, 4)).toEqual(Float32Array.of(1, 1, 1, 1));
  });
});
