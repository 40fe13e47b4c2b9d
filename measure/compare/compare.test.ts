import { describe, expect, it } from 'vitest';
import { policyOf } from '../../policies/policy-of.ts';
import { mobilityTown } from '../../scenarios/mobility-v1/scenario.ts';
import { Simulation } from '../../sim/simulation.ts';
import { compare } from './compare.ts';
import { populationStatistics } from './population-statistics.ts';

const scenario = mobilityTown();
const walking = (p: number) => policyOf(scenario, () => ({ walk: p }), { id: `walks-${p}` });
const common = { agents: 40, ticks: 4, replications: 8, resamples: 199, people: 'exact' } as const;

describe('statistics of a population', () => {
  it('are shares of what each agent did and saw, counted one by one', async () => {
    const make = () => new Simulation({ scenario, policy: walking(0.5), agents: 30, seed: 2 });
    const found = new Map((await populationStatistics(make(), 2)).map(({ name, value }) => [name, value]));
    const simulation = make();
    let [walked, rainy, rainyWalks, home] = [0, 0, 0, 0];
    for (let tick = 0; tick < 2; tick++) {
      const before = Array.from({ length: 30 }, (_, agent) => simulation.agentAt(agent));
      await simulation.step();
      before.forEach(({ context, traits, state }, agent) => {
        const walks = simulation.agentAt(agent).lastAction === 'walk';
        if (walks) walked++;
        if ([...traits, ...context].includes('lives in the centre')) {
          rainy++;
          if (walks) rainyWalks++;
        }
        if (state.place === 'centre') home++;
      });
    }
    expect(found.get('walk on day 1')).toBeCloseTo(walked / 60, 12);
    expect(found.get('walk if lives in the centre')).toBeCloseTo(rainyWalks / rainy, 12);
    expect(found.get('at centre')).toBeCloseTo(home / 60, 12);
    expect(found.has('reward')).toBe(true);
  });
});

describe('compare', () => {
  it('finds no difference of a policy from itself, and says so of equivalence only within a margin that the runs can tell', async () => {
    const [a, b] = [walking(0.5), walking(0.5)].map((policy) => ({ scenario, policy }));
    const { differs, p, statistics, equivalent } = await compare({ a: a!, b: b!, ...common, margin: 1 });
    expect({ differs, equivalent: statistics.filter(({ kind }) => kind === 'share').every((one) => one.equivalent) }).toEqual({ differs: false, equivalent: true }); // biome-ignore format: one line
    expect(p.energy).toBeGreaterThan(0.05);
    expect(equivalent).toBe(statistics.every((one) => one.equivalent));
    expect((await compare({ a: a!, b: b!, ...common, margin: 1e-9 })).equivalent).toBe(false);
  });

  it('finds a difference of policies and of settings, in the statistic where it lies', async () => {
    const policies = await compare({ a: { scenario, policy: walking(0.2) }, b: { scenario, policy: walking(0.9) }, ...common }); // biome-ignore format: one line
    expect(policies.differs).toBe(true);
    const walks = policies.statistics.find(({ name }) => name === 'walk on day 1')!;
    expect(walks.p.energy).toBeLessThan(0.05);
    expect(walks.interval.lower).toBeGreaterThan(0);
    const cheap = await compare({
      a: { scenario: mobilityTown({ fuel: 0 }), policy: 'policy:drive if you can' },
      b: { scenario: mobilityTown({ fuel: 9 }), policy: 'policy:drive if you can' },
      ...common,
    });
    expect([cheap.a.parameters.fuel, cheap.b.parameters.fuel]).toEqual([0, 9]);
    expect(cheap.statistics.filter(({ p }) => p.energy <= 0.05).map(({ name }) => name)).toEqual(['reward']);
    await expect(
      compare({ a: { scenario, policy: 'uniform' }, b: { scenario, policy: 'uniform' }, replications: 3 }),
    ).rejects.toThrow('a comparison needs 4 replications or more, got 3');
  });
});
