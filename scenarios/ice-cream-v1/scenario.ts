import { defineScenario } from '../../env/define-scenario.ts';
import { iceCreamStaging } from './staging.ts';
import { diet, ended, hunger, map, streets, time, wander, words, worth, zones } from './town.ts';

/**
 * A town of ice-cream buyers, hour by hour.
 *
 * ## Traits
 * Each agent keeps one of the 59 non-empty sets of these seven, without a conflict, all equally likely: likes sweets,
 * dislikes sweets, health-conscious, lactose intolerant, cheap, spender, impulsive buyer.
 *
 * ## Contexts (observation)
 * | phrase | holds when |
 * |---|---|
 * | hungry | hunger is at its highest of four levels |
 * | on a diet | the agent is on a diet |
 * | ice cream truck nearby | the truck is in the agent's zone |
 * | hot summer day, cold winter day | the day's weather; on a mild day neither |
 * | ice cream is cheap today (discount) | it is a discount day |
 * | after a long workout, after lunch, after work | what the agent has just ended |
 *
 * 59 trait sets × 288 context sets without a conflict = 16,992 observations, the empty context included.
 *
 * ## Actions
 * 0 skip (the default), 1 buy.
 *
 * ## Rewards
 * Pleasure (4 when hungry, otherwise 3) minus price (3, on a discount day 1.5) minus guilt on a diet (1), in euros; 0
 * for skip. The measure `sales` counts purchases.
 *
 * ## Starting state
 * 8 o'clock of day 1. Weather: mild .5, hot .3, cold .2. A discount day with .25. The truck is away. Zone by the hour's
 * plan, hunger peckish .6 or hungry .4, on a diet .15 (health-conscious .4), nothing just ended.
 *
 * ## Episode end
 * Truncated after 14 days of 15 hourly ticks (8:00 to 22:00; the night lies between 22 and 8). No state terminates.
 *
 * ## Version history
 * v1: the vocabulary and conflicts for which the research project published decisions of Gemma-3-4B.
 */
export const iceCream = defineScenario({
  id: 'ice-cream-v1',
  ...time,
  ...words,

  // next(now, next): `now` is the tick that ends, `next` the one that begins. What a function reads are its parents.
  world: streets,
  agent: {
    zone: { ...zones, next: ({ zone }, { hour }) => wander(zone, hour) },
    ended,
    hunger: {
      levels: hunger.levels,
      start: hunger.start,
      next: ({ hunger: now, action }, { ended, hour }) => hunger.after(action === 'buy', now, ended, hour),
    },
    diet: {
      levels: diet.levels,
      start: diet.start,
      next: ({ diet: now, action, traits }, { hour }) =>
        diet.after(action === 'buy', now, traits['health-conscious'], hour),
    },
  },

  reward: ({ action, hunger, diet, sale }) => (action === 'skip' ? 0 : worth(hunger, diet, sale)),

  measures: { sales: ({ action }) => (action === 'buy' ? 1 : 0) },

  map,
  staging: iceCreamStaging,
});
