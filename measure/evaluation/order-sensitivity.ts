import type { Observations } from '../../env/observation.ts';
import { sequence, shuffle } from '../../env/random.ts';
import { orderCount, ordersOf } from '../../env/sampling/orders.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { DecideOptions, Policy } from '../../policies/policy.ts';
import { mean } from '../../stats/moments.ts';
import type { OrderSensitivity } from '../../workspace/evaluation.ts';
import { asked } from './test-rows.ts';

/** Which states are shown in which orders, for everybody the same. */
export interface OrderPlan {
  readonly scenario: Vocabulary;
  readonly orders: number;
  /** Distinct, each of two orders or more. */
  readonly states: readonly number[];
  readonly seed: number;
}

/**
 * States of a batch to show in several orders.
 * @param orders of each state, 2 or more
 * @param atMost maximum number of states, drawn by the seed; a smaller draw is part of every larger one
 */
export function orderPlan(
  scenario: Vocabulary,
  { masks }: Observations,
  { orders, atMost, seed }: { orders: number; atMost: number; seed: number },
): OrderPlan {
  const eligible = [...new Set(masks)].filter((mask) => orderCount(scenario, mask) > 1).sort(scenario.sets.compare);
  return { scenario, orders, states: shuffle(eligible, sequence(seed, 'orderedStates')).slice(0, atMost), seed };
}

/** Order sensitivity of a model that sees phrases as a set. */
export const insensitive = ({ states, orders }: OrderPlan): OrderSensitivity => ({
  states: states.length,
  orders,
  meanSd: 0,
  maxSd: 0,
  variance: 0,
  changeFromCanonical: 0,
  byConstruction: true,
});

/**
 * Shows each state in its canonical order and in different ones drawn at random (all of them, if there are no
 * more), and measures how the answers differ.
 *
 * A state's variance over all N orders that it can be shown in is estimated from the m drawn without replacement by
 * s² (N − 1) / N, s² being their sample variance: without bias, and exact where m = N (Cochran, "Sampling techniques",
 * 1977, theorem 2.4). The standard deviation is its root. With more than two actions variances and squared changes are
 * means over all but the default one. States with fewer than two answered orders, or none for the canonical one, are
 * left out.
 * @returns undefined where no state is left
 */
export async function orderSensitivity(
  policy: Pick<Policy, 'decide'>,
  { scenario, orders, states, seed }: OrderPlan,
  options: DecideOptions = {},
): Promise<OrderSensitivity | undefined> {
  const shown = states.flatMap((mask) => {
    const drawn: (readonly number[])[] = [];
    for (const order of ordersOf(scenario, mask, seed)) if (drawn.push(order) === orders) break;
    const canonical = scenario.sets.indices(mask);
    return [canonical, ...drawn].map((order) => ({ mask, order, canonical: order.join() === canonical.join() }));
  });
  const batch = {
    width: scenario.phrases.length,
    masks: Uint32Array.from(shown, ({ mask }) => mask),
    orders: shown.map(({ order }) => order),
  };
  const m = scenario.actions.length - 1;
  const answers = asked((await policy.decide(batch, options)).probabilities, scenario);
  const measured: { variance: number; change: number }[] = [];
  for (let from = 0; from < shown.length; ) {
    const { mask } = shown[from]!;
    let to = from + 1;
    while (to < shown.length && shown[to]!.mask === mask) to++;
    const answer = (row: number) => answers.subarray(row * m, (row + 1) * m);
    // The first is the canonical order as such; it may be among the drawn ones too.
    const drawn = range(from + 1, to).filter((row) => !Number.isNaN(answer(row)[0]!));
    const others = drawn.filter((row) => !shown[row]!.canonical);
    if (!Number.isNaN(answer(from)[0]!) && drawn.length > 1 && others.length > 0) {
      const all = orderCount(scenario, mask);
      measured.push({
        // Orders of more than 170 phrases are more than a double counts.
        variance: Number.isFinite(all)
          ? (sampleVariance(drawn.map(answer)) * (all - 1)) / all
          : sampleVariance(drawn.map(answer)),
        change: mean(others.map((row) => squaredDistance(answer(row), answer(from)))),
      });
    }
    from = to;
  }
  if (measured.length === 0) return undefined;
  const sds = measured.map(({ variance }) => Math.sqrt(variance));
  return {
    states: measured.length,
    orders,
    meanSd: mean(sds),
    maxSd: sds.reduce((most, sd) => Math.max(most, sd), 0),
    variance: mean(measured.map(({ variance }) => variance)),
    changeFromCanonical: mean(measured.map(({ change }) => change)),
    byConstruction: false,
  };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** Mean over columns of the sample variance of the rows; taken from the first row, so that equal rows have exactly 0. */
function sampleVariance(rows: readonly Float64Array[]): number {
  const centre = Float64Array.from(rows[0]!, (first, a) => first + mean(rows.map((row) => row[a]! - first)));
  return rows.reduce((sum, row) => sum + squaredDistance(row, centre), 0) / (rows.length - 1);
}

/** Mean over columns. */
const squaredDistance = (a: Float64Array, b: Float64Array) => mean(a.map((value, i) => (value - b[i]!) ** 2));
