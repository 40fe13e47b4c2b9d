import { describe, expect, it } from 'vitest';
import { defineScenario } from '../env/define-scenario.ts';
import { friends } from '../env/friends.test-support.ts';
import { market } from '../env/market.test-support.ts';
import type { Scenario } from '../env/scenario.ts';
import { policyOf } from '../policies/policy-of.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { mobilityTown } from '../scenarios/mobility-v1/scenario.ts';
import { replicate } from './replications.ts';
import { run } from './run.ts';
import { Simulation } from './simulation.ts';
import type { TickRecord } from './tick-record.ts';
import { distancesOf, type TwinSplit } from './twin.ts';

const policy = (scenario: Scenario, id: string, turn: number) =>
  policyOf(
    scenario,
    ({ traits, contexts }) => {
      const shares = scenario.actions.map((_, a) => 1 + ((traits.length + 2 * contexts.length + a * turn) % 5));
      const sum = shares.reduce((x, y) => x + y, 0);
      return shares.map((share) => share / sum);
    },
    { id },
  );

describe('a run beside its twin', () => {
  it.each([
    ['ice-cream-v1', iceCream],
    ['five actions and a crowd', mobilityTown()],
    ['a crowd', market],
    ['neighbours', friends],
  ] as [string, Scenario][])('is told apart agent by agent, in %s', async (_, scenario) => {
    const [one, other] = [policy(scenario, 'one', 1), policy(scenario, 'other', 3)];
    const base = { scenario, agents: 150, seed: 2 };
    const [a, b] = [one, other].map((policy) => new Simulation({ ...base, policy })) as [Simulation, Simulation];
    const ticks = 8;
    const told: TwinSplit[] = [];
    const { split: found, disagreement } = await run({
      ...{ ...base, policy: one, twin: other, ticks },
      onTick: ({ twin }: TickRecord) => void told.push(twin as TwinSplit),
    });
    const split = found as TwinSplit;
    let [differing, apart, drifted] = [0, 0, 0];
    for (let tick = 0; tick < ticks; tick++) {
      // What agents may do follows from their state, which is in the code, and from the crowd, which they see.
      const before = [a, b].map((simulation) => ({ codes: simulation.codes, masks: simulation.masks }));
      const [p, q] = before as [(typeof before)[0], (typeof before)[0]];
      const agree = [...p.codes].map((code, i) => code === q.codes[i] && p.masks[i] === q.masks[i]);
      await Simulation.stepTogether([[a], [b]]);
      const [did, twinDid] = [a.actions, b.actions];
      const now = { differing: 0, apart: 0, drifted: agree.filter((same) => !same).length };
      agree.forEach((same, i) => {
        if (did[i] === twinDid[i]) return;
        now.differing++;
        if (same) now.apart++;
      });
      expect(told[tick]!.disagreement.mean).toBe(now.differing / 150);
      expect(told[tick]!.byDecision.mean).toBe(now.apart / 150);
      expect(told[tick]!.drift.mean).toBe(now.drifted / 150);
      [differing, apart, drifted] = [differing + now.differing, apart + now.apart, drifted + now.drifted];
    }
    const all = 150 * ticks;
    expect(disagreement).toBe(differing / all);
    expect(split.drift.mean).toBeCloseTo(drifted / all, 12);
    expect(split.byDecision.mean + split.byDrift.mean).toBeCloseTo(differing / all, 12);
    // Where states agree, the same number decides: decisions differ as often as it falls where the two laws differ.
    const where = apart / (all - drifted);
    const { sameLuck, totalVariation } = split;
    expect(Math.abs(where - sameLuck.mean)).toBeLessThan(5 * Math.sqrt(0.25 / (all - drifted)));
    expect(sameLuck.mean).toBeGreaterThanOrEqual(totalVariation.mean - 1e-12);
    if (scenario.actions.length === 2) expect(sameLuck.mean).toBeCloseTo(totalVariation.mean, 12);
  });

  it('measures the distance of two laws, and how often one number picks different actions', () => {
    const third = 65_536 / 4;
    expect(distancesOf([2 * third, third, third], [2 * third, third, third])).toEqual({ variation: 0, luck: 0 });
    // Half of what is moved from the first action to the last moves what stands between them, too.
    expect(distancesOf([2 * third, 2 * third, 0], [third, 2 * third, third])).toEqual({ variation: 0.25, luck: 0.5 });
    expect(distancesOf([65_536, 0], [0, 65_536])).toEqual({ variation: 1, luck: 1 });
  });

  // Agents are independent here, and the world is the same in all runs: the truth is the mean of many.
  it('gives intervals that hold what many runs come to, nine times in ten at least', async () => {
    const walk = defineScenario({
      id: 'walk',
      actions: ['stay', 'left', 'right'],
      discount: 1,
      horizon: 8,
      traits: { phrases: ['bold'] },
      contexts: { away: ({ x }) => x !== 2 },
      world: {},
      agent: {
        x: {
          levels: [0, 1, 2, 3, 4],
          start: 2,
          next: ({ x, action }) => Math.min(4, Math.max(0, x + { stay: 0, left: -1, right: 1 }[action])) as 0,
        },
      },
      reward: () => 0,
    });
    const [one, other] = [
      policyOf(walk, ({ contexts }) => (contexts.length > 0 ? [0.5, 0.25, 0.25] : [0.25, 0.5, 0.25]), { id: 'one' }),
      policyOf(walk, ({ traits }) => (traits.length > 0 ? [0.25, 0.25, 0.5] : [0.5, 0.25, 0.25]), { id: 'other' }),
    ];
    const splits: TwinSplit[] = [];
    for (let seed = 0; seed < 40; seed++)
      splits.push((await run({ scenario: walk, policy: one, twin: other, agents: 200, seed })).split as TwinSplit);
    for (const name of ['disagreement', 'drift', 'totalVariation'] as const) {
      const truth = splits.reduce((sum, split) => sum + split[name].mean, 0) / splits.length;
      const held = splits.filter(({ [name]: { interval } }) => interval.lower <= truth && truth <= interval.upper);
      expect(held.length).toBeGreaterThanOrEqual(34);
    }
  });

  it('of cohorts is told apart as counts are: by how they are distributed, with intervals over replications', async () => {
    const [one, other] = [policy(iceCream, 'one', 1), policy(iceCream, 'other', 3)];
    const options = { scenario: iceCream, policy: one, agents: 20_000, ticks: 10 };
    const single = await run({ ...options, twin: other, seed: 3 });
    const counted = await run({ ...options, twin: other, seed: 3, cohorts: true });
    expect(counted).not.toHaveProperty('disagreement');
    const same = await run({ ...options, twin: one, seed: 3, cohorts: true });
    expect(same.split).toMatchObject({ drift: { mean: 0 }, totalVariation: { mean: 0 } });
    // No coupling moves fewer agents apart than the two distributions are, but for the luck of counts.
    expect(counted.split!.drift.mean).toBeGreaterThan(0.05);
    expect(counted.split!.drift.mean).toBeLessThan(single.split!.drift.mean + 0.02);
    const { outcomes } = await replicate({ ...options, twin: other, cohorts: true, replications: 4 });
    for (const name of ['total_variation', 'drift', 'gap_sales']) {
      const { mean, interval } = outcomes[name]!;
      expect(interval.lower).toBeLessThan(mean);
      expect(interval.upper).toBeGreaterThan(mean);
    }
    expect(outcomes).not.toHaveProperty('disagreement');
  });
});
