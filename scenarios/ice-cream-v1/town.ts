import { mix, range } from '../../env/chance.ts';
import { iceCreamRule, iceCreamWording } from './rule.ts';

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

/** The streets of the town: what a tick is like for everybody. */
interface Streets {
  readonly hour: number;
  readonly weather: 'mild' | 'hot' | 'cold';
  readonly sale: 'no' | 'yes';
  readonly truck: 'away' | 'work' | 'park' | 'street';
}
type Zone = keyof typeof linger;
interface Person {
  readonly zone: Zone;
  readonly ended: 'nothing' | 'lunch' | 'work' | 'workout';
  readonly hunger: 'full' | 'fine' | 'peckish' | 'hungry';
  readonly diet: 'off' | 'on';
}

/** The words that were published with decisions: who people are, what they see, what they are asked. */
export const words = {
  actions: ['skip', 'buy'],
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
    hungry: ({ hunger }: Person) => hunger === 'hungry',
    'on a diet': ({ diet }: Person) => diet === 'on',
    'ice cream truck nearby': ({ zone, truck }: Person & Streets) => zone === truck,
    'hot summer day': ({ weather }: Streets) => weather === 'hot',
    'cold winter day': ({ weather }: Streets) => weather === 'cold',
    'ice cream is cheap today (discount)': ({ sale }: Streets) => sale === 'yes',
    'after a long workout': ({ ended }: Person) => ended === 'workout',
    'after lunch': ({ ended }: Person) => ended === 'lunch',
    'after work': ({ ended }: Person) => ended === 'work',
  },
  contextConflicts: [
    ['hungry', 'after lunch'],
    ['hot summer day', 'cold winter day'],
  ],

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
} as const;

/** Two weeks of hours. */
export const time = { horizon: 14 * 15, ticksPerDay: 15, discount: 0.995 } as const;

/** The clock, the weather, discount days and the truck. */
export const streets = {
  hour: { levels: range(8, 22), start: 8, next: ({ hour }: Streets) => (hour === 22 ? 8 : hour + 1) },
  weather: {
    levels: ['mild', 'hot', 'cold'],
    start: { mild: 0.5, hot: 0.3, cold: 0.2 },
    next: ({ weather }: Streets, { hour }: Pick<Streets, 'hour'>) =>
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
    next: ({ sale }: Streets, { hour }: Pick<Streets, 'hour'>) => (hour > 8 ? sale : { no: 0.75, yes: 0.25 }),
  },
  truck: {
    levels: ['away', 'work', 'park', 'street'],
    start: 'away',
    next: (_: Streets, { hour, weather }: Pick<Streets, 'hour' | 'weather'>) =>
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
} as const;

/** Where somebody is at an hour who was in a zone the hour before. */
export const wander = (zone: Zone, hour: number) => (hour === 8 ? plan(8) : mix(linger[zone], zone, plan(hour)));
export const zones = { levels: ['home', 'work', 'park', 'gym', 'street'], start: plan(8) } as const;

/** What people have just ended. */
export const ended = {
  levels: ['nothing', 'lunch', 'work', 'workout'],
  start: 'nothing',
  next: ({ zone: from }: Pick<Person, 'zone'>, { zone, hour }: Pick<Person & Streets, 'zone' | 'hour'>) =>
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
} as const;

/** How hungry people are: at first, and an hour later, by whether they had an ice cream. */
export const hunger = {
  levels: ['full', 'fine', 'peckish', 'hungry'],
  start: { peckish: 0.6, hungry: 0.4 },
  after: (hadOne: boolean, hunger: Person['hunger'], ended: Person['ended'], hour: number) =>
    ended === 'lunch'
      ? 'full'
      : hour === 8
        ? { peckish: 0.6, hungry: 0.4 }
        : hadOne
          ? hunger === 'hungry'
            ? 'fine'
            : 'full'
          : mix(ended === 'workout' ? 0.8 : 0.35, hungrier[hunger], hunger),
} as const;

/** Whether people are on a diet: at first, and an hour later, by whether they had an ice cream. */
export const diet = {
  levels: ['off', 'on'],
  start: ({ traits }: { readonly traits: { readonly 'health-conscious': boolean } }) =>
    traits['health-conscious'] ? { on: 0.4, off: 0.6 } : { on: 0.15, off: 0.85 },
  after: (hadOne: boolean, diet: Person['diet'], healthConscious: boolean, hour: number) =>
    hadOne
      ? diet === 'on'
        ? mix(0.4, 'off', 'on')
        : mix(healthConscious ? 0.2 : 0.08, 'on', 'off')
      : hour > 8
        ? diet
        : diet === 'on'
          ? mix(0.03, 'off', 'on')
          : mix(healthConscious ? 0.06 : 0.02, 'on', 'off'),
} as const;

/** What an ice cream is worth, in euros: pleasure minus price minus guilt. */
export const worth = (hunger: Person['hunger'], diet: Person['diet'], sale: Streets['sale']): number =>
  (hunger === 'hungry' ? 4 : 3) - (sale === 'yes' ? 1.5 : 3) - (diet === 'on' ? 1 : 0);

export const map = {
  factor: 'zone',
  places: { home: [0.15, 0.25], work: [0.8, 0.2], park: [0.5, 0.75], gym: [0.85, 0.7], street: [0.5, 0.4] },
} as const;
