import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { mobilityTown } from '../../scenarios/mobility-v1/scenario.ts';
import type { Point } from '../protocol/runs.ts';
import { Theatre } from './theatre.ts';

let theatre: Theatre;
const fuelOf = () => theatre.stage.run.scenario.parameters.fuel!.value;
beforeEach(async () => {
  theatre = await Theatre.open({
    scenario: mobilityTown(),
    ...{ agents: 300, seed: 3, policy: 'uniform', teacher: 'oracle' },
    reopen: async (parameters) => mobilityTown(parameters),
  });
});
afterEach(() => theatre.close());

/** Plays one tick. */
async function step(): Promise<Point> {
  const { stage } = theatre;
  stage.command({ do: 'step' });
  await new Promise<void>((played) => {
    const watching = stage.changes.subscribe(() => {
      if (stage.status().played) played(watching.unsubscribe());
    });
  });
  return stage.run.pointsSince(-1).points[0]!;
}

it('begins again in the world of other parameters, under the policy that was in charge', async () => {
  const cheap = await step();
  await vi.waitFor(() => theatre.stage.cast.ready('oracle'), { timeout: 10_000 });
  theatre.stage.command({ do: 'swap', policy: 'oracle' });
  theatre.stage.command({ do: 'swap', policy: 'uniform' });
  theatre.stage.command({ do: 'speed', ticksPerSecond: 9 });
  theatre.stage.command({ do: 'compare', on: false });
  const { run } = theatre.stage.run;
  let replaced = 0;
  theatre.replaced.subscribe(() => replaced++);

  await theatre.restart({ seed: 3, parameters: { fuel: 4 } });

  expect([replaced, fuelOf(), theatre.stage.run.run]).toEqual([1, 4, run + 1]);
  expect(theatre.stage.status()).toMatchObject({
    seed: 3,
    tick: 0,
    played: false,
    policy: 'uniform',
    speed: 9,
    compare: false,
  });
  const dear = await step();
  // The same people do the same on the same random numbers, and those who drive pay more.
  expect(dear.meanP).toEqual(cheap.meanP);
  expect(dear.measures.slice(0, -1)).toEqual(cheap.measures.slice(0, -1));
  expect(dear.measures.at(-1)).toBeLessThan(cheap.measures.at(-1)!);
});

it('stays in the world that it has if the other one does not open', async () => {
  await step();
  await expect(theatre.restart({ seed: 3, parameters: { fuel: 400 } })).rejects.toThrow(
    'parameter fuel: 400 is outside its range',
  );
  expect([fuelOf(), theatre.stage.run.ticks]).toEqual([2, 1]);
  theatre.requireCalm();
});

it('builds one world at a time', async () => {
  const first = theatre.restart({ seed: 3, parameters: { fuel: 3 } });
  await expect(theatre.restart({ seed: 3, parameters: { fuel: 4 } })).rejects.toThrow('under way');
  await first;
  expect(fuelOf()).toBe(3);
});

it('goes on with other parameters from the next tick, and shows each tick as it was', async () => {
  const { run } = theatre.stage;
  const signal = new AbortController().signal;
  const picture = (view: { shown: { frame(form: { key: boolean; traitSets: boolean }): Uint8Array } }) =>
    view.shown.frame({ key: true, traitSets: true });
  const pictures: Uint8Array[] = [];
  const play = async (ticks: number) => {
    for (let tick = 0; tick < ticks; tick++) {
      await run.advance(signal);
      pictures.push(picture(run));
    }
  };
  let replaced = 0;
  theatre.replaced.subscribe(() => replaced++);
  await play(10);
  await theatre.steer({ fuel: 4 });
  await theatre.steer({ fuel: 3 });
  await play(3);
  expect([replaced, fuelOf(), run.ticks]).toEqual([0, 3, 13]);
  expect(theatre.stage.status().parameters.fuel).toBe(3);
  const { info } = run.history.require(run.run);
  expect([info.parameters.fuel, info.changes]).toEqual([2, [{ tick: 10, parameters: { fuel: 3 } }]]);
  const session = theatre.stage.enter();
  for (const tick of [12, 10, 9, 0, 11]) {
    await session.look({ run: run.run, tick });
    expect([tick, Buffer.from(picture(session.view)).equals(pictures[tick]!)]).toEqual([tick, true]);
  }
  // From before the change it goes on in the world of then.
  await theatre.fork(run.run, 10, 'uniform');
  expect([replaced, fuelOf()]).toEqual([0, 3]);
  await theatre.fork(run.run, 9, 'uniform');
  expect([replaced, fuelOf(), theatre.stage.run.ticks]).toEqual([1, 2, 9]);
});

it('opens the oracle anew for the world that it is asked about, and keeps who answers alike', async () => {
  const { cast, run } = theatre.stage;
  await vi.waitFor(() => cast.ready('oracle'), { timeout: 10_000 });
  theatre.stage.command({ do: 'swap', policy: 'oracle' });
  const [oracle, uniform] = [cast.ready('oracle'), cast.ready('uniform')];
  await step();
  await theatre.steer({ fuel: 4 });
  expect(cast.ready('uniform')).toBe(uniform);
  expect(cast.ready('oracle')).not.toBe(oracle);
  expect(run.inCharge).toBe(cast.ready('oracle'));
  await run.advance(new AbortController().signal);
  expect(run.history.require(run.run).info.policies).toEqual([{ tick: 0, policy: 'oracle' }]);
});

it('says why a run cannot go on with other parameters, and plays on as it was', async () => {
  await step();
  await expect(theatre.steer({ fuel: 400 })).rejects.toThrow('outside its range');
  await theatre.close();
  theatre = await Theatre.open({
    scenario: mobilityTown(),
    ...{ agents: 300, seed: 3, policy: 'uniform', teacher: 'oracle' },
    reopen: async (parameters) => ({ ...mobilityTown(parameters), horizon: 7 }),
  });
  await expect(theatre.steer({ fuel: 3 })).rejects.toThrow('since its days would change; begin anew in it');
  expect(fuelOf()).toBe(2);
  await theatre.restart({ seed: 3, agents: 20 });
  expect([theatre.stage.run.agents, fuelOf()]).toEqual([20, 2]);
  await expect(theatre.restart({ seed: 3, agents: 2e6 })).rejects.toThrow('more than a page may ask for');
});

it('keeps a canary in the world of other parameters, and says that one does not live on in another run', async () => {
  const { stage } = theatre;
  await vi.waitFor(() => stage.cast.ready('oracle'), { timeout: 10_000 });
  const { signal } = new AbortController();
  const asIs = { key: true, traitSets: true };
  stage.command({ do: 'canary', policy: 'oracle', only: { percent: 30 } });
  const pictures: Uint8Array[] = [];
  const play = async (ticks: number) => {
    for (let tick = 0; tick < ticks; tick++) {
      await stage.run.advance(signal);
      pictures.push(stage.run.shown.frame(asIs));
    }
  };
  await play(3);
  await theatre.steer({ fuel: 4 });
  await play(3);
  expect(stage.status().canary).toMatchObject({ policy: 'oracle', percent: 30, since: 0 });
  expect(stage.run.history.require(0).info.canaries).toHaveLength(1);
  const session = stage.enter();
  for (const tick of [5, 3, 2]) {
    await session.look({ run: 0, tick });
    expect(Buffer.compare(session.view.shown.frame(asIs), pictures[tick]!)).toBe(0);
  }
  await theatre.restart({ seed: 3, agents: 200 });
  expect(theatre.stage.status()).toMatchObject({ canaryOver: { policy: 'oracle', who: '30%' } });
  expect(theatre.stage.status().canary).toBeUndefined();
});
