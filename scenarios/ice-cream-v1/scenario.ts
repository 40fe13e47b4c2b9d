import { mix, range } from '../../env/chance.ts';
import { defineScenario } from '../../env/define-scenario.ts';
import { iceCreamRule, iceCreamWording } from './rule.ts';
import { iceCreamStaging } from './staging.ts';

/** Where people are inclined to be, by hour of the day. */
const plan = (hour: number) =>
  hour < 9
    ? { home: 0.45, work: 0.3, park: 0.03, gym: 0.1, street: 0.12 }
    : hour < 12
      ? { home: 0.15, work: 0.65, park: 0.05, gym: 0.05, street: 0.1 }
      : hour < 14
        ? { home: 0.12, work: 0.4, park: 0.2, gym: 0.05, street: 0.23 }
        : hour < 17
          ? { home: 0.14, work: 0.6, park: 0.12, gym: 0.04, street: 0.1 }
          : hour < 20
            ? { home: 0.3, work: 0.05, park: 0.25, gym: 0.18, street: 0.22 }
            : { home: 0.78, work: 0.02, park: 0.06, gym: 0.04, street: 0.1 };
const linger = { home: 0.5, work: 0.7, park: 0.4, gym: 0.3, street: 0.2 };
const hungrier = { full: 'fine', fine: 'peckish', peckish: 'hungry', hungry: 'hungry' } as const;

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
  actions: ['skip', 'buy'],
  horizon: 14 * 15,
  ticksPerDay: 15,
  discount: 0.995,

  traits: {
    phrases: [
      'likes sweets',
      'dislikes sweets',
      'health-conscious',
      'lactose intolerant',
      'cheap',
      'spender',
      'impulsive buyer',
    ],
    conflicts: [
      ['likes sweets', 'dislikes sweets'],
      ['cheap', 'spender'],
      ['cheap', 'impulsive buyer'],
    ],
  },
  contexts: {
    hungry: ({ hunger }) => hunger === 'hungry',
    'on a diet': ({ diet }) => diet === 'on',
    'ice cream truck nearby': ({ zone, truck }) => zone === truck,
    'hot summer day': ({ weather }) => weather === 'hot',
    'cold winter day': ({ weather }) => weather === 'cold',
    'ice cream is cheap today (discount)': ({ sale }) => sale === 'yes',
    'after a long workout': ({ ended }) => ended === 'workout',
    'after lunch': ({ ended }) => ended === 'lunch',
    'after work': ({ ended }) => ended === 'work',
  },
  contextConflicts: [
    ['hungry', 'after lunch'],
    ['hot summer day', 'cold winter day'],
  ],

  // next(now, next): `now` is the tick that ends, `next` the one that begins. What a function reads are its parents.
  world: {
    hour: { levels: range(8, 22), start: 8, next: ({ hour }) => (hour === 22 ? 8 : hour + 1) },
    weather: {
      levels: ['mild', 'hot', 'cold'],
      start: { mild: 0.5, hot: 0.3, cold: 0.2 },
      next: ({ weather }, { hour }) =>
        hour > 8
          ? weather
          : {
              mild: { mild: 0.6, hot: 0.25, cold: 0.15 },
              hot: { mild: 0.35, hot: 0.65 },
              cold: { mild: 0.5, cold: 0.5 },
            }[weather],
    },
    sale: {
      levels: ['no', 'yes'],
      start: { no: 0.75, yes: 0.25 },
      next: ({ sale }, { hour }) => (hour > 8 ? sale : { no: 0.75, yes: 0.25 }),
    },
    truck: {
      levels: ['away', 'work', 'park', 'street'],
      start: 'away',
      next: (_, { hour, weather }) =>
        hour < 11 || hour > 20 || (weather === 'cold' && hour > 17)
          ? 'away'
          : hour < 14
            ? mix(0.75, 'work', 'street')
            : hour < 18
              ? weather === 'hot'
                ? 'park'
                : mix(0.6, 'park', 'street')
              : 'street',
    },
  },

  agent: {
    zone: {
      levels: ['home', 'work', 'park', 'gym', 'street'],
      start: plan(8),
      next: ({ zone }, { hour }) => (hour === 8 ? plan(8) : mix(linger[zone], zone, plan(hour))),
    },
    ended: {
      levels: ['nothing', 'lunch', 'work', 'workout'],
      start: 'nothing',
      next: ({ zone: from }, { zone, hour }) =>
        hour === 8
          ? 'nothing'
          : from === 'gym' && zone !== 'gym'
            ? 'workout'
            : from === 'work' && zone !== 'work' && hour >= 16
              ? 'work'
              : hour === 13
                ? mix(0.65, 'lunch', 'nothing')
                : hour === 14
                  ? mix(0.2, 'lunch', 'nothing')
                  : 'nothing',
    },
    hunger: {
      levels: ['full', 'fine', 'peckish', 'hungry'],
      start: { peckish: 0.6, hungry: 0.4 },
      next: ({ hunger, action }, { ended, hour }) =>
        ended === 'lunch'
          ? 'full'
          : hour === 8
            ? { peckish: 0.6, hungry: 0.4 }
            : action === 'buy'
              ? hunger === 'hungry'
                ? 'fine'
                : 'full'
              : mix(ended === 'workout' ? 0.8 : 0.35, hungrier[hunger], hunger),
    },
    diet: {
      levels: ['off', 'on'],
      start: ({ traits }) => (traits['health-conscious'] ? { on: 0.4, off: 0.6 } : { on: 0.15, off: 0.85 }),
      next: ({ diet, action, traits }, { hour }) =>
        action === 'buy'
          ? diet === 'on'
            ? mix(0.4, 'off', 'on')
            : mix(traits['health-conscious'] ? 0.2 : 0.08, 'on', 'off')
          : hour > 8
            ? diet
            : diet === 'on'
              ? mix(0.03, 'off', 'on')
              : mix(traits['health-conscious'] ? 0.06 : 0.02, 'on', 'off'),
    },
  },

  reward: ({ action, hunger, diet, sale }) =>
    action === 'skip' ? 0 : (hunger === 'hungry' ? 4 : 3) - (sale === 'yes' ? 1.5 : 3) - (diet === 'on' ? 1 : 0),

  measures: { sales: ({ action }) => (action === 'buy' ? 1 : 0) },

  prompt: {
    paraphrases: [
      'A person: {traits}. Right now: {contexts}. How likely is it that this person buys ice cream?',
      'Imagine someone who is described as {traits}. The situation: {contexts}. Will they buy an ice cream?',
      'Situation: {contexts}. Person: {traits}. Estimate the probability of buying ice cream.',
    ],
    none: { traits: 'nothing is known about them', contexts: 'nothing out of the ordinary' },
    question: 'Reply with JSON: {"buy": a number from 0.00 to 1.00, "explanation": one sentence}.',
  },
  knownRule: { rule: iceCreamRule, wording: iceCreamWording },
  map: {
    factor: 'zone',
    places: { home: [0.15, 0.25], work: [0.8, 0.2], park: [0.5, 0.75], gym: [0.85, 0.7], street: [0.5, 0.4] },
  },
  staging: iceCreamStaging,
});
