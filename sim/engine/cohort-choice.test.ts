import { expect, it } from 'vitest';
import { stateSpace } from '../../env/state-space.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { cohortsPay } from './cohort-choice.ts';

it('cohorts pay among many agents that are alike, and not among few', () => {
  const town = stateSpace(iceCream);
  expect([1e3, 1e5, 1e6, 1e7, 1e9].map((agents) => cohortsPay(town, agents))).toEqual([
    false,
    false,
    false,
    true,
    true,
  ]);
});
