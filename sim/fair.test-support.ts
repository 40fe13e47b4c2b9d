import { mix, range } from '../env/chance.ts';
import { defineScenario } from '../env/define-scenario.ts';

/** A fair: a queue at each stall, a stock for all that the weather reads, a habit by age, and no buying without stock. */
export const fair = defineScenario({
  id: 'fair',
  actions: ['stroll', 'buy'],
  discount: 1,
  horizon: 12,
  traits: { phrases: ['in a hurry'], groups: { age: ['young', 'old'] } },
  contexts: { queue: ({ queue }) => queue > 0, 'sold out': ({ stock }) => stock === 'gone' },
  world: {
    hour: { levels: range(0, 3), start: 0, next: ({ hour }) => (hour + 1) % 4 },
    mood: {
      levels: ['calm', 'loud'],
      start: { calm: 0.6, loud: 0.4 },
      next: ({ stock }) => mix(stock === 'full' ? 0.2 : 0.7, 'loud', 'calm'),
    },
  },
  agent: {
    temper: {
      levels: ['good', 'bad'],
      start: { good: 0.7, bad: 0.3 },
      next: ({ mood }, { queue }) => mix(queue === 2 ? 0.9 : mood === 'loud' ? 0.4 : 0.1, 'bad', 'good'),
    },
    stall: {
      levels: ['fish', 'fruit', 'bread'],
      start: 'fish',
      next: ({ stall, traits }) => mix(traits['in a hurry'] ? 0.3 : 0.7, stall, { fish: 0.3, fruit: 0.5, bread: 0.2 }),
    },
  },
  crowd: {
    queue: { levels: [0, 1, 2], who: ({ action }) => action === 'buy', by: 'stall', cuts: [0.1, 0.5], start: 1 },
    stock: {
      levels: ['full', 'low', 'gone'],
      who: ({ action }) => action === 'buy',
      in: 'count',
      cuts: [10, 25],
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
  allowed: { buy: ({ stock }) => stock !== 'gone' },
  reward: ({ action, queue, temper }, { habit }) =>
    (habit === 'usual' ? 0.1 : 0) + (action === 'buy' ? 1 - 0.3 * queue : 0) - (temper === 'bad' ? 0.7 : 0),
  measures: { bought: ({ action }) => (action === 'buy' ? 1 : 0) },
});
