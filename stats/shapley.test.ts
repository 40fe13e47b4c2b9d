import { describe, expect, it } from 'vitest';
import { sequence } from '../env/random.ts';
import { shapleyInteractions, shapleyInteractionsFrom, shapleyValues, shapleyValuesFrom } from './shapley.ts';

/** A game of n players from a rule over who is in. */
const game = (n: number, worth: (has: (player: number) => boolean) => number) =>
  Float64Array.from({ length: 2 ** n }, (_, c) => worth((j) => ((c >>> j) & 1) === 1));
const close = (got: Float64Array, wanted: readonly number[]) => {
  expect(got.length).toBe(wanted.length);
  wanted.forEach((value, i) => {
    if (Number.isNaN(value)) expect(got[i]).toBeNaN();
    else expect(got[i]).toBeCloseTo(value, 12);
  });
};
const xor = game(2, (has) => Number(has(0) !== has(1)));
/** Player 0 has a left glove, players 1 and 2 a right one; a pair is worth 1. */
const gloves = game(3, (has) => Number(has(0) && (has(1) || has(2))));
const additive = game(3, (has) => 0.1 + (has(0) ? 0.2 : 0) - (has(1) ? 0.3 : 0) + (has(2) ? 0.05 : 0));

describe('Shapley values', () => {
  it('of an additive game are its terms, whatever nobody is worth', () =>
    close(shapleyValues(additive), [0.2, -0.3, 0.05]));
  it('share AND equally, and XOR has nothing to share', () => {
    close(shapleyValues(game(3, (has) => Number(has(0) && has(1) && has(2)))), [1 / 3, 1 / 3, 1 / 3]);
    close(shapleyValues(xor), [0, 0]);
  });
  it('of the glove game are 2/3, 1/6, 1/6', () => close(shapleyValues(gloves), [2 / 3, 1 / 6, 1 / 6]));
  it('of a logistic of two phrases are the means of the two orders', () => {
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    const [none, a, b, both] = [sigmoid(-1), sigmoid(1), sigmoid(-2), sigmoid(0)];
    close(shapleyValues([none, a, b, both]), [(a - none + both - b) / 2, (b - none + both - a) / 2]);
  });
  it('of no players are none, and of one all it adds', () => {
    close(shapleyValues([0.4]), []);
    close(shapleyValues([0.25, 0.75]), [0.5]);
  });
  it('add up to what all are worth beyond nobody, for 16 players', () => {
    const many = Float64Array.from({ length: 2 ** 16 }, (_, c) => Math.sin(c * 12.9898));
    expect(shapleyValues(many).reduce((sum, value) => sum + value)).toBeCloseTo(many.at(-1)! - many[0]!, 10);
  });
  it('refuse what is not a game', () => {
    for (const wrong of [[], [0, 1, 2], new Float64Array(2 ** 17), [0, Number.NaN]])
      expect(() => shapleyValues(wrong)).toThrow(RangeError);
  });
});

describe('Shapley interactions', () => {
  it('are 0 in an additive game and −2 in XOR', () => {
    close(shapleyInteractions(additive), new Array(9).fill(0));
    close(shapleyInteractions(xor), [0, -2, -2, 0]);
  });
  it('of the glove game: a left and a right glove help each other, two right ones replace each other', () =>
    close(shapleyInteractions(gloves), [0, 0.5, 0.5, 0.5, 0, -0.5, 0.5, -0.5, 0]));
  it('of one player or none are none', () => {
    close(shapleyInteractions([0.1]), []);
    close(shapleyInteractions([0.1, 0.9]), [0]);
  });
});

const has = (coalition: number, player: number) => (coalition >>> player) & 1;
/** A game of n players from a rule over the coalition's mask. */
const byMask = (n: number, worth: (coalition: number) => number) =>
  Float64Array.from({ length: 2 ** n }, (_, c) => worth(c));
const random = sequence(3, 'sampling');
const any = (n: number) => byMask(n, () => random());
const additiveOfFour = byMask(4, (c) => 0.1 + 0.2 * has(c, 0) - 0.3 * has(c, 1) + 0.05 * has(c, 2) + 0.4 * has(c, 3));
/** Every order of the players. */
function ordersOf(players: readonly number[]): number[][] {
  if (players.length === 0) return [[]];
  return players.flatMap((first) => ordersOf(players.filter((one) => one !== first)).map((rest) => [first, ...rest]));
}
const NONE = Number.NaN;

describe('Shapley values in orders that begin with a starter', () => {
  it('of an additive game are its terms; an only starter has none', () => {
    close(shapleyValuesFrom(additiveOfFour, 0b0011), [0.2, -0.3, 0.05, 0.4]);
    close(shapleyValuesFrom(additiveOfFour, 0b0001), [NONE, -0.3, 0.05, 0.4]);
    close(shapleyValuesFrom(additiveOfFour, 0), [NONE, NONE, NONE, NONE]);
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
    const found = shapleyInteractionsFrom(additiveOfFour, 0b0011);
    found.forEach((value, i) => {
      if (i % 5 === 0) expect(value).toBeNaN();
      else if (i === 1 || i === 4) expect(value).toBeNaN();
      else expect(value).toBeCloseTo(0, 12);
    });
    const both = byMask(4, (c) => 0.3 * has(c, 2) * has(c, 3));
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
