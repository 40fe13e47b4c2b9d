import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { friends } from '../../env/friends.test-support.ts';
import { openPolicy } from '../../policies/open.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { Simulation } from '../../sim/simulation.ts';
import { Acquaintances, Turns } from './acquaintances.ts';

it('tells who are neighbours by the numbers that the run has them under: what they do makes what each one sees', async () => {
  const town = { scenario: friends, agents: 120, seed: 11 };
  await using policy = await openPolicy('uniform', { scenario: friends });
  const simulation = new Simulation({ ...town, policy });
  const acquaintances = new Acquaintances();
  const { from, to, edges } = acquaintances.of(town, null);
  expect([from.length, to.length, edges]).toEqual([240, 240, 240]);
  expect(from.every((one, i) => one < to[i]!)).toBe(true);
  // In the first hour only the old are counted.
  await simulation.step();
  await simulation.step();
  const smokes = friends.actions.indexOf('smoke');
  const actions = simulation.actions;
  const level = simulation.levels('smoking');
  const none = friends.agent.find(({ name }) => name === 'smoking')!.levels.indexOf('none');
  for (let agent = 0; agent < town.agents; agent++) {
    const known = acquaintances.of(town, agent);
    expect(known.from).toEqual(known.to.map(() => agent));
    expect(new Set(known.to)).toEqual(
      new Set(from.flatMap((one, i) => (one === agent ? [to[i]!] : to[i] === agent ? [one] : []))),
    );
    expect(known.to.some((other) => actions[other] === smokes)).toBe(level[agent] !== none);
  }
  expect(() => acquaintances.of(town, 120)).toThrow('unknown agent: 120 (agents 0 to 119)');
  expect(() => acquaintances.of({ ...town, agents: 20_001 }, null)).toThrow('a page draws at most 20000 edges');
  expect(() => acquaintances.of({ scenario: iceCream, agents: 5, seed: 1 }, 0)).toThrow('have no neighbours');
});

it('works for viewers one at a time, and refuses a crowd of them', async () => {
  const turns = new Turns();
  let under = 0;
  const work = async () => {
    expect(++under).toBe(1);
    await setTimeout(2);
    under--;
  };
  const asked = Array.from({ length: 30 }, () => turns.take(work));
  const settled = await Promise.allSettled(asked);
  expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(10);
  await turns.take(work);
});
