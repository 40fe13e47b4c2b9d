import { range } from '../env/chance.ts';
import { defineScenario } from '../env/define-scenario.ts';

const SIDE = 16;
const moods = ['calm', 'cheerful', 'tired', 'cross', 'bored', 'curious', 'busy', 'idle'] as const;

/** A neighbour on the line, or the place itself. */
const step = (at: number) => ({
  [at]: 0.5,
  [(at + 1) % SIDE]: 0.25,
  [(at + SIDE - 1) % SIDE]: 0.25,
});

/** People on a grid whose mood reads the place: within a tick its law has 2,048 rows, more than a byte can number. */
export const wideTown = defineScenario({
  id: 'wide',
  actions: ['stay', 'wander'],
  horizon: 240,
  ticksPerDay: 24,
  discount: 1,
  traits: { phrases: ['restless', 'homely'], conflicts: [['restless', 'homely']] },
  contexts: {
    'in the north': ({ y }) => y >= SIDE / 2,
    'in a bad mood': ({ mood }) => mood === 'cross' || mood === 'tired',
  },
  world: { hour: { levels: range(0, 23), start: 0, next: ({ hour }) => (hour + 1) % 24 } },
  agent: {
    x: { levels: range(0, SIDE - 1), start: 0, next: ({ x, action }) => (action === 'wander' ? step(x) : x) },
    y: { levels: range(0, SIDE - 1), start: 0, next: ({ y, action }) => (action === 'wander' ? step(y) : y) },
    mood: {
      levels: moods,
      start: 'calm',
      next: ({ x, y, mood }) => {
        const likely = moods[(x + 3 * y + moods.indexOf(mood)) % moods.length]!;
        return likely === mood ? mood : { [mood]: 0.6, [likely]: 0.4 };
      },
    },
  },
  reward: ({ action }) => (action === 'wander' ? 1 : 0),
  prompt: {
    paraphrases: ['A person: {traits}. Right now: {contexts}. How likely is it that this person wanders?'],
    none: { traits: 'nothing is known about them', contexts: 'nothing out of the ordinary' },
    question: 'Reply with JSON: {"wander": a number from 0.00 to 1.00}.',
  },
});
