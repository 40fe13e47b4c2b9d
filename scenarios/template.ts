/**
 * The text of a scenario to begin with: a commute with three actions, which runs as it stands. It is JavaScript that
 * TypeScript understands too.
 * @param id of the scenario, made of a–z, 0–9 and -
 */
export const scenarioTemplate = (id: string): string => `import { defineScenario, mix } from 'understudy';

// A world of your own: how people get to work. Change it piece by piece, and run
//   npx understudy check THIS_FILE
// after each change: it says what never occurs, what is never read and what a language model would be asked.
export default defineScenario({
  // Change the number when the same seed no longer gives the same run.
  id: '${id}',

  // What people can do. The first is the default: what is not allowed becomes this.
  actions: ['walk', 'ride', 'drive'],

  // A tick is one morning, and a run is 20 of them.
  horizon: 20,
  ticksPerDay: 1,
  discount: 0.99,

  // Who people are: each has one or more of these traits, and keeps them.
  traits: {
    phrases: ['lives nearby', 'lives far away', 'owns a car', 'likes exercise', 'in a hurry'],
    conflicts: [['lives nearby', 'lives far away']],
    // How frequent a set of traits is, relative to the others.
    weight: (has) => (has['owns a car'] ? 2 : 1),
  },

  // What people notice before they decide: each context with the states in which it holds.
  contexts: {
    'it is raining': ({ sky }) => sky === 'rain',
    'it is sunny': ({ sky }) => sky === 'sun',
    'the bicycle is broken': ({ bicycle }) => bicycle === 'broken',
    tired: ({ rest }) => rest === 'tired',
  },
  contextConflicts: [['it is raining', 'it is sunny']],

  // Factors that everybody shares. A law gives a level, or levels with probabilities that sum to 1. It must be a pure
  // function: chance is in the probabilities, never in Math.random().
  world: {
    sky: {
      levels: ['cloud', 'sun', 'rain'],
      start: { cloud: 0.5, sun: 0.3, rain: 0.2 },
      next: ({ sky }) => (sky === 'rain' ? mix(0.5, 'rain', 'cloud') : { cloud: 0.4, sun: 0.4, rain: 0.2 }),
    },
  },

  // Factors that each person has of their own. They may depend on the traits and on what was done.
  agent: {
    rest: {
      levels: ['fresh', 'tired'],
      start: 'fresh',
      next: ({ action }) => (action === 'drive' ? mix(0.1, 'tired', 'fresh') : mix(0.3, 'tired', 'fresh')),
    },
    bicycle: {
      levels: ['fine', 'broken'],
      start: 'fine',
      next: ({ bicycle, action }) =>
        bicycle === 'broken' ? mix(0.6, 'fine', 'broken') : action === 'ride' ? mix(0.05, 'broken', 'fine') : 'fine',
    },
  },

  // Where an action may be taken. An action that is not named always may.
  allowed: { ride: ({ bicycle }) => bicycle === 'fine' },

  // What a morning is worth, and what else is counted.
  reward: ({ action, sky, traits }) =>
    action === 'drive' ? -2 : (traits['likes exercise'] ? 1 : 0) - (sky === 'rain' ? 2 : 0),
  measures: {
    'car trips': ({ action }) => (action === 'drive' ? 1 : 0),
    'rides in the rain': ({ action, sky }) => (action === 'ride' && sky === 'rain' ? 1 : 0),
  },

  // What a language model is asked. The words of the traits and contexts above are filled in.
  prompt: {
    paraphrases: [
      'A person: {traits}. This morning: {contexts}. How do they get to work?',
      'Somebody is on the way to work. About them: {traits}. The situation: {contexts}.',
    ],
    none: { traits: 'nothing is known about them', contexts: 'a morning like any other' },
    question:
      'Reply with JSON: {"ride": the probability from 0.00 to 1.00 that they ride a bicycle, "drive": the same for driving a car, "explanation": one sentence}. The rest is walking.',
  },
});
`;
