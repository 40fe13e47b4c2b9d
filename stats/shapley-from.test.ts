import { describe, expect, it } from 'vitest';
import { sequence } from '../env/random.ts';
import { shapleyInteractionsFrom } from './shapley-interactions-from.ts';
import { shapleyValuesFrom } from './shapley-values-from.ts';

const has = (coalition: number, player: number) => (coalition >>> player) & 1;
const game = (n: number, worth: (coalition: number) => number) =>
  Float64Array.from({ length: 2 ** n }, (_, c) => worth(c));
const close = (got: Float64Array, wanted: readonly number[]) => {
  expect(got.length).toBe(wanted.length);
  wanted.forEach((value, i) => {
    if (Number.isNaN(value)) expect(got[i]).toBeNaN();
    else expect(got[i]).toBeCloseTo(value, 12);
  });
};
const random = sequence(3, 'sampling');
const any = (n: number) => game(n, () => random());
const additive = game(4, (c) => 0.1 + 0.2 * has(c, 0) - 0.3 * has(c, 1) + 0.05 * has(c, 2) + 0.4 * has(c, 3));
/** Every order of the players. */
function ordersOf(players: readonly number[]): number[][] {
  if (players.length === 0) return [[]];
  return players.flatMap((first) => ordersOf(players.filter((one) => one !== first)).map((rest) => [first, ...rest]));
}
const NONE = Number.NaN;

describe('Shapley values in orders that begin with a starter', () => {
  it('of an additive game are its terms; an only starter has none', () => {
    close(shapleyValuesFrom(additive, 0b0011), [0.2, -0.3, 0.05, 0.4]);
    close(shapleyValuesFrom(additive, 0b0001), [NONE, -0.3, 0.05, 0.4]);
    close(shapleyValuesFrom(additive, 0), [NONE, NONE, NONE, NONE]);
  });

  it('are the means over all such orders, counted one by one', () => {
    const worths = any(5);
    const starters = 0b01101;
    const [sums, counts] = [new Float64Array(5), new Float64Array(5)];
    for (const order of ordersOf([0, 1, 2, 3, 4])) {
      if (!has(starters, order[0]!)) continue;
      let before = 1 << order[0]!;
      for (const player of order.slice(1)) {
        sums[player]! += worths[before | (1 << player)]! - worths[before]!;
        counts[player]!++;
        before |= 1 << player;
      }
    }
    close(shapleyValuesFrom(worths, starters), [...sums.map((sum, j) => sum / counts[j]!)]);
  });

  it('never look at a coalition without a starter', () => {
    const worths = any(4);
    const holes = worths.map((worth, coalition) => (coalition & 0b0101 ? worth : Number.NaN));
    close(shapleyValuesFrom(holes, 0b0101), [...shapleyValuesFrom(worths, 0b0101)]);
    close(shapleyInteractionsFrom(holes, 0b0101), [...shapleyInteractionsFrom(worths, 0b0101)]);
    expect(() => shapleyValuesFrom(holes, 0b0111)).toThrow(RangeError);
  });

  it('of two players: what the other one adds to the starter', () => {
    close(shapleyValuesFrom([9, 1, 9, 3], 0b01), [NONE, 2]);
    close(shapleyValuesFrom([9, 1, 4, 3], 0b11), [-1, 2]);
    close(shapleyValuesFrom([0.4], 0), []);
    close(shapleyValuesFrom([0.4, 0.5], 1), [NONE]);
  });
});

describe('interactions in orders that begin with a starter', () => {
  it('are 0 in an additive game, and the whole worth of what only the two make together', () => {
    const found = shapleyInteractionsFrom(additive, 0b0011);
    found.forEach((value, i) => {
      if (i % 5 === 0) expect(value).toBeNaN();
      else if (i === 1 || i === 4) expect(value).toBeNaN();
      else expect(value).toBeCloseTo(0, 12);
    });
    const both = game(4, (c) => 0.3 * has(c, 2) * has(c, 3));
    expect(shapleyInteractionsFrom(both, 0b0011)[4 * 2 + 3]).toBeCloseTo(0.3, 12);
  });

  it('are the means over all orders in which the two join side by side, counted one by one', () => {
    const worths = any(5);
    const starters = 0b00111;
    const found = shapleyInteractionsFrom(worths, starters);
    for (const [i, j] of [
      [3, 4],
      [0, 3],
      [0, 1],
    ] as const) {
      const [sums, counts] = [[0], [0]];
      const pair = (1 << i) | (1 << j);
      // −1 stands for the two.
      for (const order of ordersOf([-1, ...[0, 1, 2, 3, 4].filter((one) => one !== i && one !== j)])) {
        if (order[0] === -1 || !has(starters, order[0]!)) continue;
        const before = order.slice(0, order.indexOf(-1)).reduce((mask, player) => mask | (1 << player), 0);
        sums[0]! += worths[before | pair]! - worths[before | (1 << i)]! - worths[before | (1 << j)]! + worths[before]!;
        counts[0]!++;
      }
      expect(found[5 * i + j]).toBeCloseTo(sums[0]! / counts[0]!, 12);
      expect(found[5 * j + i]).toBe(found[5 * i + j]);
    }
  });
});
