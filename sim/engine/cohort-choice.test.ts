import { describe, expect, it } from 'vitest';
import { friends } from '../../env/friends.test-support.ts';
import { stateSpace } from '../../env/state-space.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { run } from '../run.ts';
import { chooseEngine, cohortsPay } from './cohort-choice.ts';

const town = stateSpace(iceCream);

it('cohorts pay among many agents that are alike, and not among few', () => {
  expect([1e3, 1e5, 1e6, 1e7, 1e9].map((agents) => cohortsPay(town, agents))).toEqual([
    false,
    false,
    false,
    true,
    true,
  ]);
});

describe('the engine of a run', () => {
  it.each([
    [1e7, {}, true, '10,000,000 agents cost less counted than one by one'],
    [1e4, {}, false, '10,000 agents cost less one by one than counted'],
    [1e12, {}, true, '1,000,000,000,000 agents are more than are held one by one'],
    [1e7, { cohorts: false }, false, 'as asked for'],
    [5, { cohorts: true }, true, 'as asked for'],
    [1e7, { individuals: 'somebody looks at them' }, false, 'somebody looks at them'],
    [1e7, { individuals: 'somebody looks at them', cohorts: true }, true, 'as asked for'],
  ])('of %d agents, with %j asked for, is cohorts: %s', (agents, asked, cohorts, reason) => {
    expect(chooseEngine(town, agents, asked)).toEqual({ cohorts, reason });
  });

  it('is single agents wherever these have neighbours', () => {
    const space = stateSpace(friends);
    const reason = 'each agent has neighbours of its own';
    expect(chooseEngine(space, 1e12, {})).toEqual({ cohorts: false, reason });
  });

  it('is told, and is the one that gives the same run when it is asked for by name', async () => {
    const options = { scenario: iceCream, policy: 'constant:0.3', agents: 1e8, ticks: 2, seed: 3 };
    const { agentStepsPerSecond: _, ...chosen } = await run(options);
    expect(chosen).toMatchObject({ engine: 'cohorts', agents: 1e8 });
    expect(await run({ ...options, cohorts: true })).toMatchObject(chosen);
    const few = await run({ ...options, agents: 50 });
    expect(few).toMatchObject({ engine: 'agents' });
    expect(await run({ ...options, agents: 50, cohorts: false })).toMatchObject({ stateHash: few.stateHash });
  });
});
