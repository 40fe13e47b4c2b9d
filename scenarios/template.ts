/**
 * The text of a scenario to begin with: a commute with three actions, which runs as it stands. It is JavaScript that
 * TypeScript understands too.
 * @param id of the scenario, made of a–z, 0–9 and -
 */
export const scenarioTemplate = (id: string): string => `import { defineScenario, mix } from 'understudy';

// A world of your own: how people get to work. Change it piece by piece, and run
//   npx understudy check THIS_FILE
// after each change: it says what never occurs, what is never read and what a language model would be asked.
//
// The default export is a scenario, or a function of parameters, which --set fuel=3 changes.
export default ({ fuel = 2 } = {}) =>
  defineScenario({
    // Change the number when the same seed no longer gives the same run.
    id: '${id}',

    // What people can do. The first is the default: what is not allowed becomes this.
    actions: ['walk', 'ride', 'drive'],

    // Numbers that the laws below use, with the range that makes sense.
    parameters: { fuel: { value: fuel, min: 0, max: 5, step: 0.5 } },

    // A tick is one morning, and a run is 20 of them.
    horizon: 20,
    ticksPerDay: 1,
    discount: 0.99,

    // Who people are, for life. Of each group exactly one phrase holds; the other phrases hold or do not.
    traits: {
      groups: { home: ['lives nearby', 'lives far away'] },
      phrases: ['owns a car', 'likes exercise', 'in a hurry'],
      // How frequent each is; what is left out is equally likely. Or give a table of people: population: 'people.csv'.
      shares: { 'lives nearby': 0.4, 'lives far away': 0.6, 'owns a car': 0.7, 'likes exercise': 0.3 },
    },

    // What people notice before they decide: each context with the states (and traits) in which it holds.
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
    allowed: { ride: ({ bicycle }) => bicycle === 'fine', drive: ({ traits }) => traits['owns a car'] },

    // What a morning is worth, and what else is counted.
    reward: ({ action, sky, traits }) =>
      action === 'drive' ? -fuel : (traits['likes exercise'] ? 1 : 0) - (sky === 'rain' ? 2 : 0),
    measures: {
      'car trips': ({ action }) => (action === 'drive' ? 1 : 0),
      'rides in the rain': ({ action, sky }) => (action === 'ride' && sky === 'rain' ? 1 : 0),
    },

    // What the viewer may say, an icon and colours too; names stand in for what is left out.
    staging: {
      day: 'Morning',
      world: [({ sky }) => ({ cloud: 'cloudy', sun: 'sunny', rain: 'raining' })[sky]],
      sky: ({ sky }) => ({ cloud: 'cloud', sun: 'clear', rain: 'rain' })[sky],
      actions: { walk: { did: 'walked' }, ride: { did: 'rode' }, drive: { did: 'drove' } },
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

    // A truth to try everything on before a language model is asked: the teacher "oracle" follows it. Leave it out if
    // there is none.
    knownRule: {
      probabilities: ({ traits, contexts }) => {
        const drive = (traits.includes('lives far away') ? 0.5 : 0.2) + (contexts.includes('it is raining') ? 0.3 : 0);
        return { drive, ride: (1 - drive) * (traits.includes('likes exercise') ? 0.8 : 0.4) };
      },
      noise: 0.3,
    },

    // Policies of your own, to compare with: --policy policy:sporty
    policies: { sporty: ({ contexts }) => ({ ride: contexts.includes('it is raining') ? 0.3 : 0.9 }) },
  });
`;
