import { expect, it } from 'vitest';
import type { Scenario } from '../env/scenario.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { mobilityTown } from '../scenarios/mobility-v1/scenario.ts';
import { openPolicy } from '../scenarios/open.ts';
import { differenceInShape } from './same-shape.ts';
import { Simulation } from './simulation.ts';

const begin = async (scenario: Scenario) =>
  new Simulation({ scenario, policy: await openPolicy('uniform', { scenario }), agents: 200, seed: 5 });

it('goes on in a world that is the same as if nothing had happened', async () => {
  const [plain, changed] = [await begin(mobilityTown()), await begin(mobilityTown())];
  for (let tick = 0; tick < 5; tick++) await Promise.all([plain.step(), changed.step()]);
  const next = changed.continueIn(mobilityTown());
  for (let tick = 0; tick < 5; tick++) expect(await next.step()).toEqual(await plain.step());
  expect([next.tick, [...next.codes]]).toEqual([10, [...plain.codes]]);
  // What it went on in is part of what happened.
  expect(next.stateHash()).not.toBe(plain.stateHash());
  expect(changed.tick).toBe(5);
});

it('goes on with other laws, from the coming tick on, with the same people and random numbers', async () => {
  const [cheap, dear] = [await begin(mobilityTown({ fuel: 2 })), await begin(mobilityTown({ fuel: 2 }))];
  for (let tick = 0; tick < 4; tick++) await Promise.all([cheap.step(), dear.step()]);
  const next = dear.continueIn(mobilityTown({ fuel: 4 }));
  expect([...next.codes]).toEqual([...cheap.codes]);
  const [before, after] = [await cheap.step(), await next.step()];
  expect(after.counts).toEqual(before.counts);
  expect(after.reward).toBeLessThan(before.reward);
});

it('refuses a world of another shape, and says what differs', async () => {
  const run = await begin(iceCream);
  const another = (changes: Partial<Scenario>) => ({ ...iceCream, ...changes }) as Scenario;
  const cases: [Partial<Scenario>, string][] = [
    [{ id: 'another-v1' }, 'its name'],
    [{ actions: ['skip', 'buy', 'wait'] }, 'the actions'],
    [
      { traitLaw: iceCream.traitLaw.map((block) => ({ ...block, weights: block.weights.slice().reverse() })) },
      'who lives in it',
    ],
    [{ contexts: iceCream.contexts.slice(1) }, 'the contexts'],
    [{ horizon: 10 }, 'its days'],
    [{ prompt: { ...iceCream.prompt, question: 'Would they?' } }, 'the wording of its questions'],
    [
      { agent: iceCream.agent.map((factor) => ({ ...factor, levels: [...factor.levels, 'x'] })) },
      'the levels of its factors',
    ],
  ];
  for (const [changes, what] of cases) {
    expect(differenceInShape(iceCream, another(changes))).toBe(what);
    expect(() => run.continueIn(another(changes))).toThrow(`since ${what} would change; begin anew in it`);
  }
  expect(differenceInShape(iceCream, another({ discount: 0.5 }))).toBeUndefined();
});
