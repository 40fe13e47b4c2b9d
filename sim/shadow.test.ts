import { describe, expect, it } from 'vitest';
import { AskedOnce } from '../policies/asked-once.ts';
import type { Policy } from '../policies/policy.ts';
import { policyOf } from '../policies/policy-of.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { mobilityTown } from '../scenarios/mobility-v1/scenario.ts';
import { totalVariation } from '../stats/distributions.ts';
import { type RunOptions, run } from './run.ts';
import { Simulation } from './simulation.ts';
import type { TickRecord } from './tick-record.ts';

const student = policyOf(iceCream, ({ contexts }) => (contexts.length > 1 ? [0.4, 0.6] : [0.9, 0.1]), {
  id: 'student',
});
const teacher = policyOf(iceCream, ({ traits }) => (traits.length > 1 ? [0.5, 0.5] : [0.9, 0.1]), { id: 'teacher' });

describe('a shadow audit', () => {
  const options = (seed: number, bound: number): RunOptions => ({
    ...{ scenario: iceCream, policy: student, agents: 200, ticks: 40, seed },
    shadow: { teacher, share: 0.1, bound },
  });

  it('holds the mean of all decisions so far at every tick, and raises no alarm below the bound', async () => {
    const memos = [student, teacher].map((policy) => new AskedOnce(iceCream, policy));
    let [missed, alarms] = [0, 0];
    for (let seed = 0; seed < 8; seed++) {
      const simulation = new Simulation({ scenario: iceCream, policy: student, agents: 200, seed });
      const truth: number[] = [];
      for (let tick = 0, sum = 0; tick < 40; tick++) {
        const { masks, counts } = simulation.observed();
        for (const memo of memos) await memo.learn(masks);
        masks.forEach((mask, i) => {
          const [p, q] = memos.map((memo) => memo.probabilities(mask)!);
          sum += counts[i]! * totalVariation(p!, q!);
        });
        truth.push(sum / (200 * (tick + 1)));
        await simulation.step();
      }
      const bound = Math.max(...truth) + 0.01;
      let out = false;
      const { shadow } = await run({
        ...options(seed, bound),
        onTick: ({ tick, shadow }: TickRecord) => {
          if (truth[tick]! < shadow!.lower || truth[tick]! > shadow!.upper) out = true;
        },
      });
      if (out) missed++;
      if (shadow!.alarm !== null) alarms++;
      expect(shadow).toMatchObject({ decisions: 800, unanswered: 0, divergence: { n: 800 } });
    }
    expect(missed).toBeLessThanOrEqual(1);
    expect(alarms).toBeLessThanOrEqual(1);
  });

  it('raises an alarm, with its tick, where the divergence is above the bound', async () => {
    const { shadow } = await run({ ...options(1, 0.05), ticks: 120 });
    expect(shadow!.alarm).toBeLessThan(120);
    expect(shadow!.divergence.lower).toBeGreaterThan(0.05);
  });

  it('asks the teacher about what is drawn, each observation once; counts and single agents alike', async () => {
    for (const cohorts of [false, true]) {
      const asked: number[] = [];
      const noted: Policy = {
        ...teacher,
        decide: (batch, more) => {
          asked.push(...batch.masks);
          return teacher.decide(batch, more);
        },
      };
      const { shadow } = await run({
        ...options(1, 0.5),
        cohorts,
        shadow: { teacher: noted, share: 0.01, bound: 0.5 },
      });
      expect(new Set(asked).size).toBe(asked.length);
      expect(shadow).toMatchObject({ decisions: 80, questions: asked.length });
    }
  });

  it('counts draws that the teacher does not answer, and says no number then', async () => {
    const town = mobilityTown();
    const silent: Policy = {
      ...{ id: 'silent', scenario: town.id },
      decide: async ({ masks }) => ({
        probabilities: new Float64Array(masks.length * town.actions.length).fill(Number.NaN),
        outcomes: Array.from(masks, () => 'refused' as const),
      }),
      [Symbol.asyncDispose]: async () => {},
    };
    const { shadow } = await run({
      ...{ scenario: town, policy: 'uniform', agents: 50, ticks: 4 },
      shadow: { teacher: silent, share: 0.1, bound: 0.1 },
    });
    expect(shadow).toMatchObject({
      decisions: 20,
      unanswered: 20,
      alarm: null,
      divergence: { n: 0, lower: 0, upper: 1 },
    });
    expect(shadow!.divergence.mean).toBeNaN();
  });

  it('refuses a share or a bound that is not one', async () => {
    const wrong = (share: number, bound: number) => run({ ...options(1, 0.1), shadow: { teacher, share, bound } });
    await expect(wrong(0, 0.1)).rejects.toThrow('a shadow audit needs a share above 0, at most 1, got 0');
    await expect(wrong(0.1, 1)).rejects.toThrow('a shadow audit needs a bound between 0 and 1, got 1');
  });
});
