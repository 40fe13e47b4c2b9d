import { mix, range } from './chance.ts';
import { defineScenario } from './define-scenario.ts';

/** People who see what their friends do: a habit that spreads, moods that are caught, and a café with a queue. */
export const friends = defineScenario({
  id: 'friends',
  actions: ['stay', 'smoke', 'walk'],
  discount: 1,
  horizon: 8,
  network: 'small-world:4,0.25',
  traits: { groups: { age: ['young', 'old'] }, phrases: ['shy'] },
  contexts: {
    'friends smoke': ({ smoking }) => smoking !== 'none',
    'a sad friend': ({ sad }) => sad > 0,
    queue: ({ queue }) => queue === 'long',
  },
  world: { hour: { levels: range(0, 2), start: 0, next: ({ hour }) => (hour + 1) % 3 } },
  agent: {
    place: {
      levels: ['home', 'café', 'park'],
      start: mix(0.5, 'home', 'park'),
      next: ({ action, place }, { smoking }) =>
        action === 'walk' ? 'park' : smoking === 'all' ? mix(0.5, 'café', place) : mix(0.75, place, 'home'),
    },
    mood: {
      levels: range(0, 2),
      start: mix(0.5, 1, mix(0.5, 0, 2)),
      next: ({ mood, sad, traits }, { sad: later }) =>
        later > sad ? mix(traits.shy ? 0.9 : 0.4, 0, mood) : mix(0.6, mood, mix(0.5, 0, 2)),
    },
  },
  crowd: {
    smoking: {
      levels: ['none', 'some', 'half', 'all'],
      who: ({ action, traits, hour }) => action === 'smoke' && (traits.old || hour > 0),
      by: 'neighbours',
      cuts: [0.1, 0.5, 1],
      start: 'some',
    },
    sad: {
      levels: [0, 1, 3],
      who: ({ mood, smoking }) => mood === 0 && smoking !== 'all',
      by: 'neighbours',
      in: 'count',
      cuts: [1, 3],
    },
    queue: { levels: ['short', 'long'], who: ({ smoking }) => smoking !== 'none', by: 'place', cuts: [0.4] },
  },
  allowed: { walk: ({ sad }) => sad < 3 },
  reward: ({ smoking, mood }, { sad }) => mood - sad + (smoking === 'all' ? 5 : 0),
  measures: { smokers: ({ action }) => (action === 'smoke' ? 1 : 0) },
});
