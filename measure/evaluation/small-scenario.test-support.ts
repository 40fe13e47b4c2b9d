import { defineScenario } from '../../env/define-scenario.ts';
import { fromPhrases, type Phrases } from '../../env/observation.ts';
import type { TestRows } from './test-rows.ts';

/** Two traits and two contexts; an agent alternates between hungry and not, and it always rains. */
export const smallScenario = defineScenario({
  id: 'small-v1',
  actions: ['no', 'yes'],
  horizon: 4,
  discount: 1,
  traits: { phrases: ['bold', 'shy'] },
  contexts: { hungry: ({ x }) => x === 1, rain: () => true },
  world: {},
  agent: { x: { levels: [0, 1], start: 0, next: ({ x }) => (x === 0 ? 1 : 0) } },
  reward: () => 0,
});

/** Test rows of this scenario: phrases with the teacher's probability. */
export function testRows(rows: readonly (Phrases & { readonly p: number })[]): TestRows {
  return {
    scenario: smallScenario,
    observations: fromPhrases(smallScenario, rows),
    m: 1,
    target: Float64Array.from(rows, ({ p }) => p),
  };
}
