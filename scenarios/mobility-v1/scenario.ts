import { mix } from '../../env/chance.ts';
import { defineScenario } from '../../env/define-scenario.ts';
import { mobilityRule } from './rule.ts';
import { mobilityStaging } from './staging.ts';

/** Minutes to the office by where somebody lives and how they go. */
const minutes = {
  'lives in the centre': { stay: 0, walk: 15, cycle: 8, bus: 12, car: 15 },
  'lives in a suburb': { stay: 0, walk: 55, cycle: 20, bus: 25, car: 18 },
  'lives in a village': { stay: 0, walk: 240, cycle: 55, bus: 50, car: 28 },
} as const;
type Home = keyof typeof minutes;
const homeOf = (traits: Readonly<Record<Home, boolean>>): Home =>
  traits['lives in the centre']
    ? 'lives in the centre'
    : traits['lives in a suburb']
      ? 'lives in a suburb'
      : 'lives in a village';
const placeOf = {
  'lives in the centre': 'centre',
  'lives in a suburb': 'suburb',
  'lives in a village': 'village',
} as const;
/** Minutes that boarding a full bus takes longer, and how often somebody who wants one in the morning is left behind. */
const full = { minutes: 15, leftBehind: 0.25 } as const;
/** How much longer a way by car is in a jam. */
const jam = 1.5;
type Way = keyof (typeof minutes)[Home];
/** Minutes under way, with what everybody else adds to them. */
const minutesOf = (
  { action, traits }: { readonly action: Way; readonly traits: Readonly<Record<Home, boolean>> },
  crowd: { readonly bus: 'room' | 'full'; readonly road: 'clear' | 'jammed' },
): number => {
  const alone = minutes[homeOf(traits)][action];
  if (action === 'bus') return crowd.bus === 'full' ? alone + full.minutes : alone;
  return action === 'car' && crowd.road === 'jammed' ? alone * jam : alone;
};
/** Kilograms of CO2 a minute under way, roughly what a full bus and a small car make. */
const carbon = { stay: 0, walk: 0, cycle: 0, bus: 0.02, car: 0.1 } as const;

/**
 * A town on its way to work and back: how people travel, with five actions, and how they get in each other's way.
 *
 * ## Traits
 * Three groups of which exactly one phrase holds, and five phrases that hold or do not, all independent with declared
 * shares: 3 homes × 3 ages × 2⁵ = 288 trait sets.
 *
 * ## Contexts (observation)
 * | phrase | holds when |
 * |---|---|
 * | leaving for work, on the way home, at home after work | one of them always, by time and place |
 * | it is raining, it is snowing | the day's weather; on a dry day neither |
 * | the buses are late today | it is such a day |
 * | the last morning bus was full | on the line from where the agent lives; until the morning after |
 * | tired | after a long way |
 * | came by bicycle, came by car | what stands at the office, in the evening |
 *
 * ## Actions
 * 0 stay (the default: work from home, or stay where one is), 1 walk, 2 cycle, 3 bus, 4 car. Walking is out of the question
 * from a village, cycling needs a bicycle and no snow, driving a car; what did not come along in the morning cannot be
 * taken home. In the evening, who is at home stays there.
 *
 * ## Crowd
 * A bus line serves each home. It is full if more than a share `seats` of those who live there want it: then a quarter of
 * them are left behind in the morning, and boarding takes a quarter of an hour. The road jams if a quarter of the town drives,
 * and then takes half as long again.
 *
 * ## Rewards
 * Minutes under way × −.1, fuel by the price, the bus fare without a pass, .5 for exercise. Measures: minutes, CO2 in kg,
 * trips by car, people left behind.
 *
 * ## Starting state
 * The first morning, everybody at home and rested, dry .6, rain .3, snow .1.
 *
 * ## Episode end
 * Truncated after 10 days of a morning and an evening. No state terminates.
 */
export const mobilityTown = ({ fuel = 2, seats = 0.3 }: { readonly fuel?: number; readonly seats?: number } = {}) =>
  defineScenario({
    id: 'mobility-v1',
    actions: ['stay', 'walk', 'cycle', 'bus', 'car'],
    parameters: {
      fuel: { value: fuel, min: 0, max: 10, step: 0.5 },
      seats: { value: seats, min: 0.05, max: 1, step: 0.05 },
    },
    horizon: 20,
    ticksPerDay: 2,
    discount: 0.99,

    traits: {
      groups: {
        home: ['lives in the centre', 'lives in a suburb', 'lives in a village'],
        age: ['under 35', '35 to 60', 'over 60'],
      },
      phrases: ['owns a car', 'owns a bicycle', 'has a bus pass', 'cares about the climate', 'always in a hurry'],
      shares: {
        'lives in the centre': 0.3,
        'lives in a suburb': 0.45,
        'lives in a village': 0.25,
        'under 35': 0.35,
        '35 to 60': 0.45,
        'over 60': 0.2,
        'owns a car': 0.6,
        'owns a bicycle': 0.7,
        'has a bus pass': 0.35,
        'cares about the climate': 0.4,
        'always in a hurry': 0.3,
      },
    },
    contexts: {
      'leaving for work': ({ time }) => time === 'morning',
      'on the way home': ({ time, place }) => time === 'evening' && place === 'office',
      'at home after work': ({ time, place }) => time === 'evening' && place !== 'office',
      'it is raining': ({ weather }) => weather === 'rain',
      'it is snowing': ({ weather }) => weather === 'snow',
      'the buses are late today': ({ buses }) => buses === 'late',
      'the last morning bus was full': ({ line }) => line === 'full',
      tired: ({ energy }) => energy === 'tired',
      'came by bicycle': ({ left }) => left === 'bicycle',
      'came by car': ({ left }) => left === 'car',
    },
    contextGroups: { moment: ['leaving for work', 'on the way home', 'at home after work'] },
    contextConflicts: [
      ['it is raining', 'it is snowing'],
      ['came by bicycle', 'came by car'],
      ['came by bicycle', 'leaving for work'],
      ['came by car', 'leaving for work'],
      ['came by bicycle', 'at home after work'],
      ['came by car', 'at home after work'],
    ],

    world: {
      time: {
        levels: ['morning', 'evening'],
        start: 'morning',
        next: ({ time }) => (time === 'morning' ? 'evening' : 'morning'),
      },
      weather: {
        levels: ['dry', 'rain', 'snow'],
        start: { dry: 0.6, rain: 0.3, snow: 0.1 },
        next: ({ weather }, { time }) =>
          time === 'evening'
            ? mix(0.8, weather, { dry: 0.6, rain: 0.4 })
            : {
                dry: { dry: 0.7, rain: 0.25, snow: 0.05 },
                rain: { dry: 0.45, rain: 0.45, snow: 0.1 },
                snow: { dry: 0.4, rain: 0.2, snow: 0.4 },
              }[weather],
      },
      buses: {
        levels: ['on time', 'late'],
        start: { 'on time': 0.8, late: 0.2 },
        next: ({ buses }, { time, weather }) =>
          time === 'evening' ? buses : weather === 'snow' ? mix(0.7, 'late', 'on time') : mix(0.15, 'late', 'on time'),
      },
    },
    agent: {
      place: {
        levels: ['centre', 'suburb', 'village', 'office'],
        start: ({ traits }) => placeOf[homeOf(traits)],
        next: ({ place, action, traits }, { time, bus }) =>
          time === 'morning' || (action !== 'stay' && place === 'office')
            ? placeOf[homeOf(traits)]
            : action === 'stay'
              ? place
              : action === 'bus' && bus === 'full'
                ? mix(full.leftBehind, place, 'office')
                : 'office',
      },
      line: {
        levels: ['room', 'full'],
        start: 'room',
        next: ({ line }, { time, bus }) => (time === 'evening' ? bus : line),
      },
      left: {
        levels: ['nothing', 'bicycle', 'car'],
        start: 'nothing',
        next: ({ action }, { time }) =>
          time === 'evening' && action === 'cycle'
            ? 'bicycle'
            : time === 'evening' && action === 'car'
              ? 'car'
              : 'nothing',
      },
      energy: {
        levels: ['rested', 'tired'],
        start: 'rested',
        next: (now, next) => (minutesOf(now, next) >= 40 ? mix(0.7, 'tired', 'rested') : mix(0.15, 'tired', 'rested')),
      },
    },
    crowd: {
      bus: { levels: ['room', 'full'], who: ({ action }) => action === 'bus', by: 'home', cuts: [seats] },
      road: { levels: ['clear', 'jammed'], who: ({ action }) => action === 'car', cuts: [0.25] },
    },
    allowed: {
      walk: ({ time, place, traits }) => !traits['lives in a village'] && (time === 'morning' || place === 'office'),
      cycle: ({ time, left, weather, traits }) =>
        traits['owns a bicycle'] && weather !== 'snow' && (time === 'morning' || left === 'bicycle'),
      bus: ({ time, place }) => time === 'morning' || place === 'office',
      car: ({ time, left, traits }) => traits['owns a car'] && (time === 'morning' || left === 'car'),
    },
    reward: (now, next) =>
      -0.1 * minutesOf(now, next) -
      (now.action === 'car' ? (fuel * minutesOf(now, next)) / 20 : 0) -
      (now.action === 'bus' && !now.traits['has a bus pass'] ? 2 : 0) +
      (now.action === 'walk' || now.action === 'cycle' ? 0.5 : 0),
    measures: {
      'car trips': ({ action }) => (action === 'car' ? 1 : 0),
      minutes: minutesOf,
      'CO2 (kg)': (now, next) => carbon[now.action] * minutesOf(now, next),
      'left behind': ({ action, time }, { place }) =>
        action === 'bus' && time === 'morning' && place !== 'office' ? 1 : 0,
    },
    prompt: {
      paraphrases: [
        'A person who works in an office in town: {traits}. The situation now: {contexts}. How will they travel?',
        'Think of somebody with a job in town. About them: {traits}. Right now: {contexts}. What do they do?',
      ],
      none: { traits: 'nothing is known about them', contexts: 'nothing out of the ordinary' },
      question:
        'Reply with JSON: {"walk": p, "cycle": p, "bus": p, "car": p, "explanation": one sentence}, where each p is the probability from 0.00 to 1.00 that they walk, cycle, take the bus or drive their car. What is left over is staying where they are.',
    },
    knownRule: { probabilities: mobilityRule, noise: 0.3 },
    policies: {
      'drive if you can': ({ traits }) => (traits.includes('owns a car') ? { car: 1 } : { bus: 1 }),
      'never drive': ({ traits, contexts }) =>
        traits.includes('owns a bicycle') && !contexts.includes('it is raining')
          ? { cycle: 1 }
          : traits.includes('lives in the centre')
            ? { walk: 1 }
            : { bus: 1 },
    },
    map: {
      factor: 'place',
      places: { centre: [0.42, 0.4], suburb: [0.2, 0.7], village: [0.83, 0.22], office: [0.66, 0.62] },
    },
    staging: mobilityStaging,
  });
