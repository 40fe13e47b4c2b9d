import { mix } from '../../env/chance.ts';
import { defineScenario } from '../../env/define-scenario.ts';
import { iceCreamStaging } from '../ice-cream-v1/staging.ts';
import { diet, ended, hunger, map, streets, time, wander, words, worth, zones } from '../ice-cream-v1/town.ts';

/** How often somebody who queues goes away with nothing. */
const turnedAway = { none: 0, short: 0, long: 0.4, 'round the block': 0.7 } as const;

/**
 * The town of `ice-cream-v1` with one truck for all who want it: the same people, phrases and prompts, and a queue.
 *
 * ## What differs
 * In `ice-cream-v1`, whoever wants an ice cream gets one. Here, those who want one in the truck's zone queue at it and spend
 * the hour there. The truck serves a twentieth of the town in an hour: in a long queue 40 % are turned away, in one round the
 * block 70 %, and they stay as hungry as they were. Nobody joins a queue that went round the block the hour before. Away
 * from the truck there are shops, without a queue.
 *
 * ## Crowd
 * | factor | counts | levels |
 * |---|---|---|
 * | queue, by zone | those who want an ice cream where the truck is, as a share of the town | none, short from 1 %, long from 5 %, round the block from 12 % |
 *
 * ## Actions
 * 0 skip (the default), 1 buy: to want an ice cream, and to get it unless the queue is too long.
 *
 * ## Rewards
 * For an ice cream as in `ice-cream-v1`; −.5 for being turned away. Measures: `sales` (ice creams sold) and `turned away`.
 *
 * Traits, contexts, starting state and episode end are those of `ice-cream-v1`.
 */
export const iceCreamQueue = defineScenario({
  id: 'ice-cream-v2',
  ...time,
  ...words,

  world: streets,
  agent: {
    zone: {
      ...zones,
      next: ({ zone, action, truck }, { hour }) => (action === 'buy' && zone === truck ? zone : wander(zone, hour)),
    },
    ended,
    got: {
      levels: ['no', 'yes'],
      start: 'no',
      next: ({ action, zone, truck }, { queue }) =>
        action === 'skip' ? 'no' : zone === truck ? mix(turnedAway[queue], 'no', 'yes') : 'yes',
    },
    hunger: {
      levels: hunger.levels,
      start: hunger.start,
      next: ({ hunger: now }, { got, ended, hour }) => hunger.after(got === 'yes', now, ended, hour),
    },
    diet: {
      levels: diet.levels,
      start: diet.start,
      next: ({ diet: now, traits }, { got, hour }) => diet.after(got === 'yes', now, traits['health-conscious'], hour),
    },
  },
  crowd: {
    queue: {
      levels: ['none', 'short', 'long', 'round the block'],
      who: ({ action, zone, truck }) => action === 'buy' && zone === truck,
      by: 'zone',
      in: 'per capita',
      cuts: [0.01, 0.05, 0.12],
    },
  },
  allowed: { buy: ({ zone, truck, queue }) => zone !== truck || queue !== 'round the block' },

  reward: ({ action, hunger, diet, sale }, { got }) =>
    got === 'yes' ? worth(hunger, diet, sale) : action === 'buy' ? -0.5 : 0,
  measures: {
    sales: (_, { got }) => (got === 'yes' ? 1 : 0),
    'turned away': ({ action }, { got }) => (action === 'buy' && got === 'no' ? 1 : 0),
  },
  map,
  staging: {
    ...iceCreamStaging,
    actions: { ...iceCreamStaging.actions, buy: { ...iceCreamStaging.actions!.buy, did: 'wanted one' } },
  },
});
