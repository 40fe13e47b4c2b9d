import { expect, it } from 'vitest';
import { stateSpace } from '../../env/state-space.ts';
import { requireDynamics } from '../../env/vocabulary.ts';
import { AskedOnce } from '../../policies/asked-once.ts';
import { openPolicy, openScenario } from '../../scenarios/open.ts';
import { Simulation } from '../simulation.ts';
import { Plans } from './plans.ts';

it('runs that share their plans are those that make their own, also with a crowd and people of other kinds', async () => {
  for (const name of ['mobility-v1', 'ice-cream-v1']) {
    const scenario = requireDynamics(await openScenario(name), 'a test');
    const policy = new AskedOnce(scenario, await openPolicy('oracle', { scenario }));
    const plans = new Plans(stateSpace(scenario));
    const hashOf = async (options: { readonly seed: number; readonly agents: number; readonly plans?: Plans }) => {
      const simulation = new Simulation({ scenario, policy, ...options });
      for (let tick = 0; tick < 4; tick++) await simulation.step();
      return simulation.stateHash();
    };
    for (const [seed, agents] of [
      ...Array.from({ length: 9 }, (_, i) => [i, 40] as const),
      [3, 600],
      [4, 600],
    ] as const)
      expect(await hashOf({ seed, agents, plans })).toBe(await hashOf({ seed, agents }));
    expect(plans.populations).toBe(11);
  }
});
