import { expect, it } from 'vitest';
import { openScenario } from '../scenarios/open.ts';
import { outcomesOf, replicate } from './replications.ts';
import { run } from './run.ts';

it('replications are the runs of their seeds, also with swaps and a twin, and their means', async () => {
  const scenario = await openScenario('mobility-v1');
  const options = {
    ...{ scenario, policy: 'policy:never drive', twin: 'oracle', agents: 60, ticks: 4 },
    swaps: [{ tick: 2, policy: 'uniform' }],
  };
  const { runs, seeds, outcomes, actions } = await replicate({ ...options, seed: 5, replications: 3 });
  expect(seeds).toEqual([5, 6, 7]);
  for (const [i, seed] of seeds.entries()) {
    const { agentStepsPerSecond: _, ...alone } = await run({ ...options, seed });
    expect(runs[i]).toMatchObject(alone);
  }
  const walking = runs.map((one) => one.actions.walk!);
  expect(new Set(walking).size).toBeGreaterThan(1);
  expect(outcomes.agents_walk!.mean).toBeCloseTo((walking[0]! + walking[1]! + walking[2]!) / 3, 10);
  expect(actions.walk).toBe(outcomes.agents_walk!.mean);
  expect(Object.keys(outcomes)).toEqual(Object.keys(outcomesOf(runs[0]!)));
  expect(Object.keys(outcomes)).toEqual(
    expect.arrayContaining(['mean_p_car', 'minutes', 'disagreement', 'gap_reward']),
  );
  await expect(replicate({ ...options, replications: 0 })).rejects.toThrow(
    'expected 1 to 10,000,000 replications, got 0',
  );
});
