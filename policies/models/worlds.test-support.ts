import { defineScenario } from '../../env/define-scenario.ts';

/** A morning's way to work: four actions, worded as options of their own. */
export const commuting = defineScenario({
  id: 'commuting',
  actions: ['walk', 'cycle', 'bus', 'drive'],
  discount: 1,
  horizon: 5,
  traits: { phrases: ['fit', 'in a hurry', 'owns a car'] },
  contexts: { raining: ({ sky }) => sky === 'rain', cold: ({ sky }) => sky === 'frost' },
  contextConflicts: [['raining', 'cold']],
  world: {
    sky: { levels: ['clear', 'rain', 'frost'], start: 'clear', next: () => ({ clear: 0.6, rain: 0.3, frost: 0.1 }) },
  },
  agent: {},
  reward: () => 0,
  prompt: {
    paraphrases: [
      'A commuter who is {traits}. This morning: {contexts}. How likely is each way to work?',
      'This morning: {contexts}. How likely would somebody who is {traits} take each way to work?',
    ],
    none: { traits: 'like anybody else', contexts: 'nothing special' },
    question:
      'Reply with JSON: {"cycle": a number from 0.00 to 1.00, "bus": a number from 0.00 to 1.00, "drive": a number from 0.00 to 1.00, "explanation": one sentence}.',
    choice: {
      paraphrases: [
        'A commuter who is {traits}. This morning: {contexts}.',
        'This morning: {contexts}. Somebody who is {traits} leaves home.',
      ],
      question: 'How does this commuter get to work?',
      options: { walk: 'on foot', cycle: 'by bicycle', bus: 'by bus', drive: 'by car' },
    },
  },
});

const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
] as const;

/** When somebody takes a holiday: twelve actions, in the default wording. */
export const holidays = defineScenario({
  id: 'holidays',
  actions: MONTHS as unknown as ['January', 'February', ...string[]],
  discount: 1,
  horizon: 1,
  traits: { phrases: ['has children', 'likes snow', 'likes the sea'] },
  contexts: { 'short of money': ({ purse }) => purse === 'empty' },
  world: {},
  agent: { purse: { levels: ['full', 'empty'], start: 'full', next: ({ purse }) => purse } },
  reward: () => 0,
});
