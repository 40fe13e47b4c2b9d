import { expect, it } from 'vitest';
import { observations, orderOf } from '../../env/observation.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { shownInOrders } from './interview.ts';

/** One phrase; two traits; three traits and three contexts. */
const sample = observations(iceCream, [0b1, 0b101, 0b101010010101]);
const shown = (count: number, seed = 1) => shownInOrders(iceCream, sample, count, seed);
const ofPrompt = (prompt: number, count: number, seed = 1) =>
  shown(count, seed).map((batch) => orderOf(batch, prompt).join());

it('the first order is the canonical one, every other a different shuffle of the same phrases', () => {
  const orders = ofPrompt(2, 6);
  expect(orders[0]).toBe(iceCream.sets.indices(sample.masks[2]!).join());
  expect(new Set(orders).size).toBe(6);
  for (const order of orders)
    expect(
      order
        .split(',')
        .map(Number)
        .sort((a, b) => a - b)
        .join(),
    ).toBe(orders[0]);
});

it('traits stay before contexts', () => {
  for (const order of ofPrompt(2, 10)) {
    const kinds = order.split(',').map((phrase) => (Number(phrase) < 7 ? 't' : 'c'));
    expect(kinds.join('')).toBe([...kinds].sort().reverse().join(''));
  }
});

it('a prompt with fewer orders shows those that it has again', () => {
  expect(ofPrompt(0, 4)).toEqual(['0', '0', '0', '0']);
  expect(ofPrompt(1, 4)).toEqual(['0,2', '2,0', '0,2', '2,0']);
});

it('more orders begin with the fewer, and other seeds shuffle otherwise', () => {
  expect(ofPrompt(2, 6).slice(0, 3)).toEqual(ofPrompt(2, 3));
  expect(ofPrompt(2, 6, 2)).not.toEqual(ofPrompt(2, 6));
  expect(shown(1)).toEqual([{ width: 16, masks: sample.masks }]);
});
