import { describe, expect, it } from 'vitest';
import { occupancy } from '../../env/exact.ts';
import { indicesOf, observations } from '../../env/observation.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { openPolicy } from '../../scenarios/open.ts';
import { answersInFile, askVisited, onPolicyError, visitsOf } from './on-policy.ts';
import { smallScenario, testRows } from './small-scenario.test-support.ts';

const [bold, shy, hungry, rain] = [1, 2, 4, 8];

describe('where a model goes', () => {
  it('is counted over all agents and ticks, as exact propagation says', async () => {
    await using policy = await openPolicy('constant:0.25', { scenario: smallScenario });
    const visits = await visitsOf(smallScenario, policy, { agents: 4000, seed: 1 });
    const total = [...visits.counts.values()].reduce((sum, count) => sum + count, 0);
    expect(total).toBe(visits.agents * visits.ticks);
    const exact = await occupancy(smallScenario, policy);
    expect([...visits.counts.keys()].sort()).toEqual([...exact.keys()].sort());
    for (const [mask, share] of exact) expect(visits.counts.get(mask)! / total).toBeCloseTo(share, 1);
    expect([...visits.decided(bold | rain)]).toEqual([0.25]);
  });

  it('is other states than a uniform sample of them: ordinary hours without a single context', async () => {
    await using policy = await openPolicy('uniform');
    const { counts } = await visitsOf(iceCream, policy, { agents: 40, seed: 1 });
    const contexts = (mask: number) => indicesOf(mask).filter((phrase) => phrase >= iceCream.traits.length).length;
    expect([...counts.keys()].some((mask) => contexts(mask) === 0)).toBe(true);
  });
});

describe('the error where a model goes', () => {
  const visits = {
    agents: 10,
    ticks: 1,
    counts: new Map([
      [bold, 5],
      [shy, 3],
      [bold | hungry, 2],
    ]),
    decided: (mask: number) => Float64Array.of(mask === shy ? 0.9 : 0.5),
  };

  it('weighs each state by its visits and says which share of them it knows, by hand', () => {
    const answers = new Map([
      [bold, Float64Array.of(0.6)],
      [shy, Float64Array.of(0.6)],
    ]);
    const found = onPolicyError(visits, answers, 'teacher', (mask) => mask === shy, 1);
    expect(found.mse).toBeCloseTo((5 * 0.01 + 3 * 0.09) / 8, 12);
    expect(found).toMatchObject({ covered: 0.8, visited: 3, states: 2, seenInTraining: 3 / 8, answers: 'teacher' });
    expect(found.lower).toBeCloseTo(0.01, 12);
    expect(found.upper).toBeCloseTo(0.09, 12);
  });

  it('is the mean over the actions but the default one, where there are several', () => {
    const three = { ...visits, decided: () => Float64Array.of(0.5, 0.2) };
    const found = onPolicyError(three, new Map([[bold, Float64Array.of(0.6, 0.4)]]), 'teacher', () => false, 1);
    expect(found.mse).toBeCloseTo((0.01 + 0.04) / 2, 12);
  });

  it('is undefined where no visited state has an answer', () => {
    const found = onPolicyError(visits, new Map(), 'test file', () => false, 1);
    expect([found.mse, found.lower, found.covered, found.states]).toEqual([Number.NaN, Number.NaN, 0, 0]);
  });

  it('takes the mean over rows of a state in the test file', () => {
    const rows = [0.2, 0.4].map((p, i) => ({ traits: i ? ['bold', 'shy'] : ['shy', 'bold'], context: [], p }));
    const answers = answersInFile(testRows(rows));
    expect(answers.get(bold | shy)![0]).toBeCloseTo(0.3, 14);
  });

  it('asks the teacher about the states of most visits, as far as the budget goes', async () => {
    await using teacher = await openPolicy('constant:0.7', { scenario: smallScenario });
    const asked = await askVisited(teacher, smallScenario, [visits, visits], 2);
    expect([...asked]).toEqual([
      [bold, Float64Array.of(0.7)],
      [shy, Float64Array.of(0.7)],
    ]);
    expect(observations(smallScenario, [...asked.keys()]).masks).toHaveLength(2);
  });
});
