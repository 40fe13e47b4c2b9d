import { defineScenario } from '../env/define-scenario.ts';
import { immediateTeacher } from '../policies/immediate.ts';
import type { Teacher } from '../policies/policy.ts';

/** Steps of a ladder: an agent climbs one at each tick, whatever it does, and stays on the eighth. */
export const ladder = defineScenario({
  id: 'ladder-v1',
  actions: ['no', 'yes'],
  horizon: 4,
  discount: 1,
  traits: { phrases: ['a person'] },
  contexts: {
    a: ({ step }) => step % 2 === 1,
    b: ({ step }) => Math.floor(step / 2) % 2 === 1,
    c: ({ step }) => Math.floor(step / 4) % 2 === 1,
    d: ({ step }) => Math.floor(step / 8) % 2 === 1,
    e: ({ step }) => Math.floor(step / 16) % 2 === 1,
  },
  world: {},
  agent: {
    step: {
      levels: Array.from({ length: 32 }, (_, i) => i),
      start: 0,
      next: ({ step }) => (step < 7 ? step + 1 : step),
    },
  },
  reward: () => 0,
});

export const maskAt = (step: number): number => 1 | (step << 1);

/** Says .9 to steps that are odd and .1 to others, the reverse on the first eight; counts whom it was asked about. */
export function ladderTeacher(): { teacher: Teacher; asked: number[] } {
  const asked: number[] = [];
  const teacher = immediateTeacher(ladder, {
    id: 'ladder-teacher',
    answer: (batch, i) => {
      const step = batch.masks[i]! >>> 1;
      asked.push(step);
      const yes = (step % 2 === 1) !== step < 8 ? 0.9 : 0.1;
      return { outcome: 'ok', probabilities: [1 - yes, yes] };
    },
  });
  return { teacher, asked };
}
