import { describe, expect, it } from 'vitest';
import { exactPath } from '../env/exact-path.ts';
import { constant, uniform } from '../policies/baselines/constant.ts';
import type { Policy } from '../policies/policy.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { mobilityTown } from '../scenarios/mobility-v1/scenario.ts';
import { run as play } from '../sim/run.ts';
import { certify } from './certificate.ts';
import { certifyRun } from './certified-run.ts';

/** A rule that is a little different from the constant for everybody, and more so for those who hold an odd number of phrases. */
const teacher = (fails: (mask: number) => boolean = () => false) => {
  const asked = new Set<number>();
  const answer = (mask: number) => {
    const held = iceCream.sets.indices(mask);
    return 0.3 + 0.02 * held.length * (held.length % 2 === 0 ? 1 : -1) + (held.includes(0) ? 0.1 : 0);
  };
  const policy: Policy = {
    id: 'rule',
    scenario: iceCream.id,
    decide: async ({ masks }) => ({
      probabilities: Float64Array.from(
        [...masks].flatMap((mask) => (fails(mask) ? [Number.NaN, Number.NaN] : [1 - answer(mask), answer(mask)])),
      ),
      outcomes: Array.from(masks, (mask) => {
        asked.add(mask);
        return fails(mask) ? 'refused' : 'ok';
      }),
    }),
    [Symbol.asyncDispose]: async () => {},
  };
  return { policy, asked, answer };
};

const run = { scenario: iceCream, agents: 1_000_000, seed: 2, ticks: 15 };
const totalOf = async (decide: (mask: number) => readonly number[]) =>
  (await exactPath(iceCream, decide, { seed: run.seed, ticks: run.ticks })).measures.sales!.reduce(
    (sum, { mean }) => sum + run.agents * mean,
    0,
  );

describe('a certificate', () => {
  it('holds the difference that asking about everything finds, for a share of the questions', async () => {
    const { policy, asked, answer } = teacher();
    const truth = (await totalOf(() => [0.7, 0.3])) - (await totalOf((mask) => [1 - answer(mask), answer(mask)]));
    const { outcomes, questions, observations } = await certify({
      ...run,
      ...{ policy: constant(iceCream, 0.3), teacher: policy, questions: 200 },
    });
    const { difference, lower, upper, total, teacher: estimate } = outcomes.sales!;
    expect(questions).toBe(asked.size);
    expect(questions).toBeLessThanOrEqual(200);
    expect(observations).toBeGreaterThan(1000);
    expect(total - estimate).toBeCloseTo(difference, 3);
    expect(lower).toBeLessThan(truth);
    expect(upper).toBeGreaterThan(truth);
    expect(upper - lower).toBeLessThan(Math.abs(truth));
  });

  it('says nothing that people cannot do', async () => {
    const { outcomes } = await certify({
      ...{ ...run, policy: constant(iceCream, 0.3), teacher: constant(iceCream, 0), questions: 20 },
    });
    const { total, teacher: estimate, upper } = outcomes.sales!;
    expect(estimate).toBeGreaterThanOrEqual(0);
    expect(upper).toBe(total);
  });

  it('is exact but for chance among people where everything was asked', async () => {
    const { policy, answer } = teacher();
    const truth = (await totalOf(() => [0.7, 0.3])) - (await totalOf((mask) => [1 - answer(mask), answer(mask)]));
    const { outcomes, covered } = await certify({
      ...{ ...run, policy: constant(iceCream, 0.3), teacher: policy, questions: 40_000 },
    });
    expect(covered).toBeCloseTo(1, 9);
    expect(outcomes.sales!.parts).toMatchObject({ questions: 0 });
    expect(outcomes.sales!.difference).toBeCloseTo(truth, -1);
  });

  it('takes the default action where the teacher gives no probability, and says how often', async () => {
    const { policy } = teacher((mask) => iceCream.sets.holds(mask, 0));
    const { failed, outcomes } = await certify({
      ...{ ...run, policy: constant(iceCream, 0.3), teacher: policy, questions: 100 },
    });
    expect(failed).toBeGreaterThan(10);
    expect(outcomes.sales!.teacher).toBeLessThan(outcomes.sales!.total);
  });

  it('is about the totals of a run that was played under one policy', async () => {
    const summary = await play({ ...run, agents: 2000, policy: 'constant:0.3', cohorts: true });
    const about = { scenario: iceCream, summary, policy: 'constant:0.3', teacher: 'oracle', questions: 40 };
    const { outcomes } = await certifyRun(about);
    expect(outcomes.sales!.total).toBe(summary.measures.sales);
    const swaps = [{ tick: 3, from: 'a', to: 'b' }];
    await expect(certifyRun({ ...about, summary: { ...summary, swaps } })).rejects.toThrow('a run of one policy');
  });

  it('is not given where agents act on each other, nor for a handful of questions', async () => {
    const { policy } = teacher();
    const options = { agents: 10, seed: 0, questions: 100 };
    const town = mobilityTown();
    await expect(
      certify({ ...options, scenario: town, policy: uniform(town), teacher: uniform(town) }),
    ).rejects.toThrow('follows one agent on its own');
    await expect(certify({ ...run, policy: constant(iceCream, 0.3), teacher: policy, questions: 19 })).rejects.toThrow(
      '20 questions',
    );
  });
});
