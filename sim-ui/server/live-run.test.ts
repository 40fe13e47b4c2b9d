import { expect, it } from 'vitest';
import { friends } from '../../env/friends.test-support.ts';
import { AskedOnce } from '../../policies/asked-once.ts';
import { uniform } from '../../policies/baselines/constant.ts';
import { Simulation } from '../../sim/simulation.ts';
import { Rebuild } from './rebuild.ts';
import { Theatre } from './theatre.ts';

it('plays on the network that it is given, after a restart, in its past and in a fork', async () => {
  const scenario = { ...friends, knownRule: { probabilities: () => [1, 0, 0] } };
  const theatre = await Theatre.open({
    scenario,
    ...{ agents: 60, seed: 3, policy: 'uniform', teacher: 'oracle', network: 'ring:2' },
  });
  try {
    const { run } = theatre.stage;
    const played = async (network: string) => {
      const simulation = new Simulation({
        ...{ scenario, agents: 60, seed: 3, network },
        policy: AskedOnce.of(scenario, uniform(scenario)),
      });
      for (let tick = 0; tick < 4; tick++) await simulation.step();
      return simulation.codes;
    };
    expect(await played('ring:2')).not.toEqual(await played('ring:4'));
    const advance = async (ticks: number) => {
      for (let tick = 0; tick < ticks; tick++) await run.advance(new AbortController().signal);
    };
    await advance(2);
    run.restart(3);
    // What is on show is the tick that was played last, before anybody moved on.
    await advance(5);
    expect(run.shown.codes).toEqual(await played('ring:2'));
    const rebuild = new Rebuild(run.history);
    expect((await rebuild.view(run.run, 4)).shown.codes).toEqual(await played('ring:2'));
    const state = await rebuild.stateBefore(run.run, 2);
    run.fork(run.history.require(run.run), 2, state, run.inCharge);
    await advance(3);
    expect(run.shown.codes).toEqual(await played('ring:2'));
    expect(run.stateOf(0)).toMatchObject({ smoking: expect.any(String), sad: expect.any(String) });
  } finally {
    await theatre.close();
  }
});
