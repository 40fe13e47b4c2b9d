import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { mobilityTown } from '../../scenarios/mobility-v1/scenario.ts';
import type { Point } from '../protocol.ts';
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
