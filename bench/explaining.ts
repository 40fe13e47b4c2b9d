import { sequence, shuffle } from '../env/random.ts';
import { shapleyValues } from '../stats/shapley.ts';
import { additions, antitheticOrders, SampledMeans } from '../stats/shapley-sampling.ts';
import type { Benchmark } from './measure.ts';

const PLAYERS = 12;
/** Orders of one estimate, two in each pair. */
const ORDERS = 60;
const ESTIMATES = 400;

/** A logistic decision about phrases with main effects and pairs, as students make them. */
function decision(random: () => number): (joined: number) => number {
  const main = Array.from({ length: PLAYERS }, () => 3 * (random() - 0.5));
  const pairs = Array.from({ length: PLAYERS * PLAYERS }, () => (random() < 0.2 ? 4 * (random() - 0.5) : 0));
  return (joined) => {
    let logOdds = -0.5;
    for (let i = 0; i < PLAYERS; i++) {
      if (!((joined >>> i) & 1)) continue;
      logOdds += main[i]!;
      for (let j = 0; j < i; j++) if ((joined >>> j) & 1) logOdds += pairs[i * PLAYERS + j]!;
    }
    return 1 / (1 + Math.exp(-logOdds));
  };
}

type Orders = (random: () => number) => readonly (readonly number[])[];
const pair: Orders = (random) => antitheticOrders(PLAYERS, random);
const independent: Orders = (random) => {
  const order = () =>
    shuffle(
      Array.from({ length: PLAYERS }, (_, j) => j),
      random,
    );
  return [order(), order()];
};

/** Shapley values estimated from as many orders, two at a time. */
function estimate(worth: (joined: number) => number, orders: Orders, random: () => number): SampledMeans {
  const means = new SampledMeans(PLAYERS);
  for (let drawn = 0; drawn < ORDERS; drawn += 2) {
    const [a, b] = orders(random).map((order) => {
      let joined = 0;
      const worths = [worth(0), ...order.map((player) => worth((joined |= 1 << player)))];
      return additions(order, worths);
    });
    a!.forEach((value, j) => means.add(j, (value + b![j]!) / 2));
  }
  return means;
}

/** How often intervals cover the exact values, and how far estimates are from them, over many estimates. */
function accuracy(orders: Orders): { readonly covered: number; readonly mse: number } {
  const random = sequence(1, 'joining');
  const worth = decision(random);
  const exact = shapleyValues(Float64Array.from({ length: 2 ** PLAYERS }, (_, joined) => worth(joined)));
  let [covered, squares] = [0, 0];
  for (let i = 0; i < ESTIMATES; i++) {
    const means = estimate(worth, orders, random);
    exact.forEach((value, j) => {
      const off = Math.abs(means.mean(j) - value);
      // Student's t at 95 % with 29 degrees of freedom, one less than there are pairs.
      if (off <= 2.045 * means.standardError(j)) covered++;
      squares += off ** 2;
    });
  }
  return { covered: covered / (ESTIMATES * PLAYERS), mse: squares / (ESTIMATES * PLAYERS) };
}

const contestant = (name: string, orders: Orders) => {
  const random = sequence(2, 'joining');
  const worth = decision(random);
  return {
    name,
    check: async () => {
      const { covered, mse } = accuracy(orders);
      return `${name}: 95 % intervals cover ${(100 * covered).toFixed(1)} % of exact values; root mean squared error ${Math.sqrt(mse).toFixed(5)}`;
    },
    work: () => {
      for (let i = 0; i < 200; i++) estimate(worth, orders, random);
      return 200 * ORDERS;
    },
  };
};

/** Estimated Shapley values beside the exact ones of a game that can still be worked out. */
export const explaining = (): Benchmark[] => [
  {
    title: `Shapley values of ${PLAYERS} phrases from ${ORDERS} orders`,
    unit: 'orders',
    clock: 'cpu',
    contestants: [contestant('orders with their reverses', pair), contestant('independent orders', independent)],
  },
];
