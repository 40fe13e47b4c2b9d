import { describe, expect, it } from 'vitest';
import { shapleyInteractions } from './shapley-interactions.ts';
import { shapleyValues } from './shapley-values.ts';

/** A game of n players from a rule over who is in. */
const game = (n: number, worth: (has: (player: number) => boolean) => number) =>
  Float64Array.from({ length: 2 ** n }, (_, c) => worth((j) => ((c >>> j) & 1) === 1));
const close = (got: Float64Array, wanted: readonly number[]) => {
  expect(got.length).toBe(wanted.length);
  wanted.forEach((value, i) => {
    expect(got[i]).toBeCloseTo(value, 12);
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
  it('refuse what is no game', () => {
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
