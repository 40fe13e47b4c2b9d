import { describe, expect, it } from 'vitest';
import { type Observations, observations } from '../../env/observation.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { orderPlan, orderSensitivity } from './order-sensitivity.ts';

/** Three contexts and one trait: six orders. */
const three = observations(iceCream, [1 | (0b111 << 7)]);

/** A policy whose answer depends on the phrases as they are shown. */
const policyOf = (answer: (order: readonly number[]) => number) => ({
  decide: async ({ orders }: Observations) => ({
    probabilities: Float64Array.from(orders!.flatMap((order) => [1 - answer(order!), answer(order!)])),
    outcomes: orders!.map(() => 'ok' as const),
  }),
});
const plan = (orders: number, seed = 1) => orderPlan(iceCream, three, { orders, atMost: 10, seed });

describe('order sensitivity', () => {
  it('of a state whose six orders are all shown is their population standard deviation, by hand', async () => {
    // .1, .2 or .3 by which context comes last, two orders each: variance 2/3 of .01.
    const found = (await orderSensitivity(
      policyOf((order) => 0.1 * (order.at(-1)! - 6)),
      plan(6),
    ))!;
    expect(found).toMatchObject({ states: 1, orders: 6, byConstruction: false });
    expect(found.variance).toBeCloseTo(0.01 * (2 / 3), 12);
    expect(found.meanSd).toBeCloseTo(Math.sqrt(0.01 * (2 / 3)), 12);
    // The canonical order ends on .3; of the five others one does too, two say .2 and two .1.
    expect(found.changeFromCanonical).toBeCloseTo((2 * 0.01 + 2 * 0.04) / 5, 12);
  });

  it('is the mean over the actions but the default one, if there are several', async () => {
    const scenario = { ...iceCream, actions: ['wait', 'skip', 'buy'] };
    const decide = async ({ orders }: Observations) => ({
      probabilities: Float64Array.from(orders!.flatMap((order) => [0, 0.5, 0.1 * (order!.at(-1)! - 6)])),
      outcomes: orders!.map(() => 'ok' as const),
    });
    const found = (await orderSensitivity({ decide }, { ...plan(6), scenario }))!;
    expect(found.variance).toBeCloseTo((0.01 * (2 / 3)) / 2, 12);
  });

  it('is exactly 0 if all answers are equal, whatever their last bits', async () => {
    for (const answer of [0.1, 0.3, 1 / 3, 0.7])
      expect(
        await orderSensitivity(
          policyOf(() => answer),
          plan(6),
        ),
      ).toMatchObject({ meanSd: 0, maxSd: 0, variance: 0, changeFromCanonical: 0 });
  });

  it('of few orders of many is right on average', async () => {
    let sum = 0;
    const times = 600;
    for (let seed = 0; seed < times; seed++)
      sum += (await orderSensitivity(
        policyOf((order) => 0.1 * (order.at(-1)! - 6)),
        plan(3, seed),
      ))!.variance;
    expect(sum / times).toBeCloseTo(0.01 * (2 / 3), 3);
  });

  it('is measured on states that have another order, and as many as are wanted', () => {
    const batch = observations(iceCream, [1, 1 | (1 << 7), 3 | (1 << 7), 3 | (1 << 7), 1 | (3 << 7)]);
    const states = orderPlan(iceCream, batch, { orders: 4, atMost: 10, seed: 1 }).states;
    expect([...states].sort((a, b) => a - b)).toEqual([3 | (1 << 7), 1 | (3 << 7)]);
    expect(orderPlan(iceCream, batch, { orders: 4, atMost: 1, seed: 1 }).states).toEqual(states.slice(0, 1));
  });

  it('is undefined where nothing is answered', async () => {
    expect(
      await orderSensitivity(
        policyOf(() => Number.NaN),
        plan(3),
      ),
    ).toBeUndefined();
    expect(
      await orderSensitivity(
        policyOf(() => 0.5),
        { ...plan(3), states: [] },
      ),
    ).toBeUndefined();
  });
});
