import { describe, expect, it } from 'vitest';
import { policyOf } from '../policies/policy-of.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { mobilityTown } from '../scenarios/mobility-v1/scenario.ts';
import { expectedTotals } from './expected.ts';
import { run } from './run.ts';

const people = 'drawn' as const;

describe('what is expected of a run', () => {
  const sweet = policyOf(iceCream, ({ traits }) => (traits.includes('likes sweets') ? [0.4, 0.6] : [0.9, 0.1]));

  it('is binomial where everybody decides alike', async () => {
    const [agents, ticks] = [700, 5];
    const policy = policyOf(iceCream, () => [0.75, 0.25]);
    const { kind, actions } = await expectedTotals(iceCream, policy, { agents, ticks, seed: 3, people });
    const n = agents * ticks;
    expect(kind).toBe('exact');
    expect(actions.buy!.mean).toBeCloseTo(n / 4, 6);
    expect(actions.buy!.sd).toBeCloseTo(Math.sqrt((n * 3) / 16), 6);
    expect(actions.skip!.mean).toBeCloseTo((n * 3) / 4, 6);
  });

  it('is what runs scatter around, as far as it says', async () => {
    const [agents, ticks, runs] = [60, 6, 20];
    // Each seed has a world of its own, and what is expected in that.
    let [squares, sum] = [0, 0];
    for (let seed = 0; seed < runs; seed++) {
      const expected = await expectedTotals(iceCream, sweet, { agents, ticks, seed, people });
      const { actions, measures, reward } = await run({ scenario: iceCream, policy: sweet, agents, ticks, seed });
      const z = (actions.buy! - expected.actions.buy!.mean) / expected.actions.buy!.sd!;
      expect((measures.sales! - expected.measures.sales!.mean) / expected.measures.sales!.sd!).toBeCloseTo(z, 6);
      expect(Math.abs((reward - expected.reward.mean) / expected.reward.sd!)).toBeLessThan(4.5);
      sum += z;
      squares += z * z;
    }
    // The sum of 20 standard normal numbers and their chi-square, each beyond its bounds once in 10,000 (Wilson & Hilferty 1931).
    expect(Math.abs(sum / Math.sqrt(runs))).toBeLessThan(3.89);
    expect(squares).toBeGreaterThan(3.68);
    expect(squares).toBeLessThan(54.7);
  });

  it('is a path without deviations where people act on each other', async () => {
    const scenario = mobilityTown();
    const policy = policyOf(scenario, () => [0.2, 0.2, 0.2, 0.2, 0.2]);
    const { kind, actions } = await expectedTotals(scenario, policy, { agents: 1000, ticks: 6, seed: 1, people });
    expect(kind).toBe('mean field');
    expect(Object.values(actions).reduce((total, { mean }) => total + mean, 0)).toBeCloseTo(6000, 6);
    for (const { sd } of Object.values(actions)) expect(sd).toBeUndefined();
  });

  it('is refused for people who are not drawn', async () => {
    const exact = { agents: 10, ticks: 2, seed: 0, people: 'exact' as const };
    await expect(expectedTotals(iceCream, sweet, exact)).rejects.toThrow('is computed for people who are drawn');
  });
});
