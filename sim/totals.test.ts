import { expect, it } from 'vitest';
import { uniform } from '../policies/baselines/constant.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { run } from './run.ts';

it('totals that would be rounded are refused before the run', async () => {
  const large = { scenario: iceCream, policy: uniform(iceCream), cohorts: true, agents: 2 ** 52 };
  await expect(run({ ...large, ticks: 3 })).rejects.toThrow(
    '4503599627370496 agents over 3 ticks: totals are counted up to 9007199254740991 and would be rounded beyond',
  );
  const { actions } = await run({ ...large, agents: 2 ** 51, ticks: 3 });
  expect(actions.buy! + actions.skip!).toBe(3 * 2 ** 51);
});
