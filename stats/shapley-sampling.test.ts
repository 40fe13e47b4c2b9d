import { describe, expect, it } from 'vitest';
import { sequence } from '../env/random.ts';
import { shapleyInteractionsFrom, shapleyValues, shapleyValuesFrom } from './shapley.ts';
import { additions, antitheticOrders, coalitionBefore, SampledMeans } from './shapley-sampling.ts';

const random = sequence(5, 'joining');
/** A game of five players with interactions of all orders. */
const game = Array.from({ length: 32 }, (_, c) => Math.sin(3 * c) + (c & 1 ? 2 : 0) - (c & 18 ? 1 : 0));
const place = (joined: readonly number[]) => joined.reduce((bits, j) => bits | (1 << j), 0);
const worthsAlong = (order: readonly number[]) =>
  Array.from({ length: order.length + 1 }, (_, t) => game[place(order.slice(0, t))]!);

/** Standard errors that an estimate is from the truth. */
const off = (means: SampledMeans, truth: ArrayLike<number>) =>
  Array.from(truth, (value, j) => Math.abs(means.mean(j) - value) / means.standardError(j));

describe('antithetic orders', () => {
  it('are a permutation and its reverse, or one that begins with the same starter', () => {
    const [first, second] = antitheticOrders(5, random);
    expect([...first].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(second).toEqual(first.toReversed());
    const [from, back] = antitheticOrders(5, random, [3]);
    expect([from[0], back[0]]).toEqual([3, 3]);
    expect(back.slice(1)).toEqual(from.slice(1).toReversed());
    expect(antitheticOrders(1, random)).toEqual([[0], [0]]);
  });

  it('give the terms of an additive game without error, and half of a pair to each of its players', () => {
    const pair = (set: readonly number[]) => 2 * Number(set.includes(0)) + Number(set.includes(1) && set.includes(2));
    const orders = antitheticOrders(3, random);
    const added = orders.map((order) =>
      additions(
        order,
        Array.from({ length: 4 }, (_, t) => pair(order.slice(0, t))),
      ),
    );
    expect(added[0]!.map((value, j) => (value + added[1]![j]!) / 2)).toEqual(Float64Array.of(2, 0.5, 0.5));
  });

  it('lead to the exact Shapley values, as near as their standard errors say', () => {
    const means = new SampledMeans(5);
    for (let n = 0; n < 4000; n++) {
      const [a, b] = antitheticOrders(5, random).map((order) => additions(order, worthsAlong(order)));
      a!.forEach((value, j) => means.add(j, (value + b![j]!) / 2));
    }
    for (const distance of off(means, shapleyValues(game))) expect(distance).toBeLessThan(4);
  });

  it('that begin with a starter lead to the values of such orders', () => {
    const means = new SampledMeans(5);
    for (let n = 0; n < 4000; n++) {
      const [a, b] = antitheticOrders(5, random, [0, 3]).map((order) => {
        const worths = worthsAlong(order);
        worths[0] = Number.NaN;
        return additions(order, worths);
      });
      a!.forEach((value, j) => means.add(j, (value + b![j]!) / 2));
    }
    for (const distance of off(means, shapleyValuesFrom(game, 0b01001))) expect(distance).toBeLessThan(4);
  });
});

it('coalitions before two players lead to their interaction, starters or none', () => {
  const truth = shapleyInteractionsFrom(game, 0b01001)[1 * 5 + 3]!;
  const mean = new SampledMeans(1);
  for (let n = 0; n < 8000; n++) {
    const before = place(coalitionBefore(5, 1, 3, random, [0, 3])!);
    mean.add(0, game[before | 10]! - game[before | 2]! - game[before | 8]! + game[before]!);
  }
  expect(Math.abs(mean.mean(0) - truth) / mean.standardError(0)).toBeLessThan(4);
  expect(coalitionBefore(5, 1, 3, random, [1, 3])).toBeUndefined();
  expect(coalitionBefore(2, 0, 1, random)).toEqual([]);
});

it('means of draws pass over what a draw lacks, and know no error of a single one', () => {
  const means = new SampledMeans(2);
  for (const value of [1, Number.NaN, 4, 7]) means.add(0, value);
  expect([means.count(0), means.mean(0), means.standardError(0)]).toEqual([3, 4, Math.sqrt(3)]);
  means.add(1, 5);
  expect([means.mean(1), means.standardError(1)]).toEqual([5, Number.NaN]);
});
