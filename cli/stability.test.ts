import { expect, it } from 'vitest';
import { readArguments } from './options.ts';
import verb from './stability.ts';

const read = (...args: string[]) => readArguments('stability', verb.options, args).values;

it('facets and levels are lists', () => {
  expect(read('--facets', 'order, seed', '--temperatures', '0,0.5,1', '--batches', '1,32')).toMatchObject({
    facets: ['order', 'seed'],
    temperatures: [0, 0.5, 1],
    batches: [1, 32],
  });
  expect(read('--facets', 'all')).toMatchObject({ facets: 'all' });
  expect(read()).toMatchObject({
    facets: undefined,
    temperatures: undefined,
    crossed: false,
    orders: 3,
    replications: 2,
  });
});

it.each([
  [['--facets', 'order,mood'], '--facets must be all or names separated by commas, of seed, temperature, order'],
  [['--temperatures', '0.3,,1'], '--temperatures must be numbers separated by commas, got "0.3,,1"'],
  [['--batches', 'few'], '--batches must be numbers separated by commas'],
  [['--orders', '1'], '--orders must be an integer of at least 2'],
])('%j is refused', (args, message) => {
  expect(() => read(...args)).toThrow(message);
});
