import { indicesOf, type Observations } from '../../env/observation.ts';
import { ordersOf } from '../../env/sampling/orders.ts';
import type { Scenario } from '../../env/scenario.ts';

/**
 * A sample shown in `count` orders: the canonical one, then shuffles within the traits and within the contexts. The
 * orders of a prompt are all different; where its phrases do not have that many, the ones that there are come again.
 * They depend on the seed and the prompt only, and more orders begin with the fewer.
 * @returns shape [count], each a batch of the same prompts
 */
export function shownInOrders(scenario: Scenario, sample: Observations, count: number, seed: number): Observations[] {
  const orders = Array.from(sample.masks, (mask) => canonicalFirst(scenario, mask, count, seed));
  return Array.from({ length: count }, (_, order) =>
    order === 0
      ? { width: sample.width, masks: sample.masks }
      : { width: sample.width, masks: sample.masks, orders: orders.map((of) => of[order % of.length]!) },
  );
}

function canonicalFirst(scenario: Scenario, mask: number, count: number, seed: number): (readonly number[])[] {
  const canonical = indicesOf(mask);
  const found: (readonly number[])[] = [canonical];
  if (count === 1) return found;
  for (const order of ordersOf(scenario, mask, seed)) {
    if (order.join() !== canonical.join()) found.push(order);
    if (found.length === count) break;
  }
  return found;
}
