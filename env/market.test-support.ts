import { mix, range } from './chance.ts';
import { defineScenario } from './define-scenario.ts';

/** A market: a queue at each stall, a stock for all, a habit by age. */
export const market = defineScenario({
  id: 'market',
  actions: ['stroll', 'buy'],
  discount: 1,
  horizon: 6,
  traits: { groups: { age: ['young', 'old'] } },
  contexts: { queue: ({ queue }) => queue > 0, 'sold out': ({ stock }) => stock === 'gone' },
  world: { hour: { levels: range(0, 3), start: 0, next: ({ hour }) => (hour + 1) % 4 } },
  agent: {
    stall: {
      levels: ['fish', 'fruit', 'bread'],
      start: 'fish',
      next: ({ stall }) => mix(0.7, stall, { fish: 0.3, fruit: 0.5, bread: 0.2 }),
    },
    mood: { levels: ['good', 'bad'], start: 'good', next: (_, { queue }) => (queue === 2 ? 'bad' : 'good') },
  },
  crowd: {
    queue: { levels: [0, 1, 2], who: ({ action }) => action === 'buy', by: 'stall', cuts: [0.1, 0.5], start: 1 },
    stock: {
      levels: ['full', 'low', 'gone'],
      who: ({ action, stock }) => action === 'buy' && stock !== 'gone',
      in: 'count',
      cuts: [50, 100],
      since: ({ hour }) => hour === 0,
    },
    habit: {
      levels: ['rare', 'usual'],
      who: ({ action }) => action === 'buy',
      by: 'age',
      in: 'per capita',
      cuts: [0.2],
    },
  },
  reward: (_, { habit }) => (habit === 'usual' ? 1 : 0),
});
