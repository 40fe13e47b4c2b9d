import { expect, it } from 'vitest';
import { defineScenario } from '../env/define-scenario.ts';
import { checkScenario } from './check.ts';

it('a scenario is shown in a prompt that can come up', () => {
  const scenario = defineScenario({
    id: 'garage',
    actions: ['walk', 'drive'],
    discount: 1,
    horizon: 3,
    traits: { phrases: ['old', 'owns a car', 'lives in town'] },
    contexts: {
      'the car is stuck': ({ traits, day }) => traits['owns a car'] && day > 0,
      'it is late': ({ day }) => day === 2,
    },
    world: { day: { levels: [0, 1, 2], start: 0, next: ({ day }) => Math.min(2, day + 1) as 0 | 1 | 2 } },
    agent: {},
    reward: () => 0,
  });
  const { prompts, sizes } = checkScenario(scenario);
  expect(sizes.occurring).toBeLessThan(sizes.observations);
  for (const prompt of prompts) {
    expect(prompt).toMatch(/late|stuck/);
    if (prompt.includes('stuck')) expect(prompt).toContain('owns a car');
    // A car that is stuck is stuck on the second day, too, when it is late.
    if (prompt.includes('late') && prompt.includes('owns a car')) expect(prompt).toContain('stuck');
  }
});
