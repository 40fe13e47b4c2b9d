import { defineScenario, mix } from 'understudy/scenario';

/**
 * Heat pumps spread from house to house: people hear of one from neighbours who have it. Each has six neighbours, most of them
 * next door and a tenth somewhere in town (Watts & Strogatz 1998); a tick is a month.
 */
export default defineScenario({
  id: 'heat-pumps-v1',
  actions: ['wait', 'buy'],
  discount: 1,
  horizon: 120,
  ticksPerDay: 12,
  network: 'small-world:6,0.1',
  traits: {
    groups: { attitude: ['likes new things', 'waits for others'] },
    phrases: ['owns the house'],
    shares: { 'likes new things': 0.16, 'waits for others': 0.84, 'owns the house': 0.6 },
  },
  contexts: {
    'has a boiler': ({ heating }) => heating === 'boiler',
    'some neighbours have a heat pump': ({ around }) => around === 'some',
    'most neighbours have a heat pump': ({ around }) => around === 'most',
    'the boiler is broken': ({ heating, boiler }) => heating === 'boiler' && boiler === 'broken',
  },
  contextConflicts: [['some neighbours have a heat pump', 'most neighbours have a heat pump']],
  world: {
    month: {
      levels: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
      start: 1,
      next: ({ month }) => (month % 12) + 1,
    },
  },
  agent: {
    heating: {
      levels: ['boiler', 'heat pump'],
      start: 'boiler',
      next: ({ heating, action }) => (action === 'buy' ? 'heat pump' : heating),
    },
    boiler: {
      levels: ['fine', 'broken'],
      start: 'fine',
      // A boiler lasts fifteen years, and breaks in winter; after a month it is mended.
      next: ({ boiler, month }) =>
        boiler === 'broken' ? 'fine' : mix(month < 4 || month > 9 ? 2 / 180 : 0, 'broken', 'fine'),
    },
  },
  crowd: {
    around: {
      levels: ['none', 'some', 'most'],
      who: ({ heating }) => heating === 'heat pump',
      by: 'neighbours',
      cuts: [0.01, 0.5],
    },
  },
  allowed: { buy: ({ heating, traits }) => heating === 'boiler' && traits['owns the house'] },
  reward: ({ heating }) => (heating === 'heat pump' ? 1 : 0),
  measures: {
    'heat pumps': ({ heating }) => (heating === 'heat pump' ? 1 : 0),
    bought: ({ heating, action }) => (heating === 'boiler' && action === 'buy' ? 1 : 0),
  },
  knownRule: {
    probabilities: ({ traits, contexts }) => {
      const eager = traits.includes('likes new things') ? 2 : 1;
      const urgent = contexts.includes('the boiler is broken') ? 4 : 1;
      if (contexts.includes('most neighbours have a heat pump')) return { buy: 0.08 * eager * urgent };
      if (contexts.includes('some neighbours have a heat pump')) return { buy: 0.02 * eager * urgent };
      // Who has not seen one hardly thinks of it.
      return { buy: traits.includes('likes new things') ? 0.0005 : 0 };
    },
  },
});
