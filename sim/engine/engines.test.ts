import { describe, expect, it } from 'vitest';
import { mix } from '../../env/chance.ts';
import { describeScenario } from '../../env/conformance.ts';
import { defineScenario } from '../../env/define-scenario.ts';
import { exactValue, occupancy } from '../../env/exact.ts';
import { pearsonTail, twoSidedTail } from '../../env/false-alarm.test-support.ts';
import type { Observations } from '../../env/observation.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { Policy } from '../../policies/policy.ts';
import { Simulation } from '../simulation.ts';
import type { TickRecord } from '../tick-record.ts';

/** Visitors of a shop: three actions, one of them not always allowed, and traits that the laws read. */
const shop = (sky: 'certain' | 'random') =>
  defineScenario({
    id: `shop-${sky}`,
    actions: ['wait', 'browse', 'leave'],
    discount: 0.9,
    horizon: 10,
    traits: {
      phrases: ['shy', 'rich', 'poor'],
      conflicts: [['rich', 'poor']],
      weight: (has) => (has.shy ? 3 : 1),
    },
    contexts: {
      inside: ({ place }) => place === 'in',
      rain: (now) => now.sky === 'rain',
      broke: ({ purse }) => purse < 1,
    },
    world: {
      sky: {
        levels: ['sun', 'rain'],
        start: 'sun',
        next: (now) => (sky === 'certain' ? (now.sky === 'sun' ? 'rain' : 'sun') : { sun: 0.5, rain: 0.5 }),
      },
    },
    agent: {
      place: {
        levels: ['out', 'in'],
        start: { out: 0.7, in: 0.3 },
        next: ({ place, action, traits }, next) =>
          action === 'leave'
            ? 'out'
            : place === 'in'
              ? { in: 0.85, out: 0.15 }
              : mix((next.sky === 'rain' ? 0.5 : 0.2) * (traits.shy ? 0.5 : 1), 'in', 'out'),
      },
      purse: {
        levels: [0, 1, 2],
        start: ({ traits }) => (traits.rich ? 2 : traits.poor ? 0 : 1),
        next: ({ purse, place, action }) =>
          action === 'browse' && place === 'in' && purse > 0 ? { [purse]: 0.6, [purse - 1]: 0.4 } : purse,
      },
    },
    allowed: { leave: ({ place }) => place === 'in' },
    reward: ({ action, place }, { purse }) => (action === 'browse' && place === 'in' ? 1 + purse : 0),
  });

const probabilities = (mask: number) => {
  const shares = [1 + (mask % 3), 1 + (mask % 5), 1 + (mask % 2)];
  const sum = shares.reduce((a, b) => a + b, 0);
  return shares.map((share) => share / sum);
};

const policyOf = (scenario: Scenario): Policy => ({
  id: 'patchy',
  scenario: scenario.id,
  decide: async ({ masks }: Observations) => ({
    probabilities: Float64Array.from([...masks].flatMap(probabilities)),
    outcomes: Array.from(masks, () => 'ok' as const),
  }),
  [Symbol.asyncDispose]: async () => {},
});

/** Plays ticks 0…last of a run; what was observed and done at the last. */
async function lastTick(scenario: Scenario, seed: number, agents: number, last: number, cohorts: boolean) {
  const simulation = new Simulation({ scenario, policy: policyOf(scenario), agents, seed, cohorts });
  const records: TickRecord[] = [];
  while (simulation.tick < last) records.push(await simulation.step());
  const { masks, counts } = simulation.observed();
  const seen = new Map(Array.from(masks, (mask, i) => [mask, counts[i]!]));
  records.push(await simulation.step());
  return { seen, records };
}

describeScenario(shop('random'), { describe, it });

describe.each([
  ['single agents', false],
  ['cohorts', true],
])('%s', (_, cohorts) => {
  // Where the world is certain agents are independent, so counts at one tick are multinomial, and Pearson's statistic over
  // independent runs has its mean and its spread only if the counts do: both tails of two statistics, with 1e-6 each.
  it('act and observe at a tick as multinomials of the exact distribution', async () => {
    const scenario = shop('certain');
    const [last, agents, runs] = [9, 2000, 200];
    const { actions } = await exactValue(scenario, probabilities, { ticks: last + 1 });
    const upTo = await occupancy(scenario, probabilities, { ticks: last + 1 });
    const before = await occupancy(scenario, probabilities, { ticks: last });
    const share = new Map(
      [...upTo].map(([mask, mean]) => [mask, (last + 1) * mean - last * (before.get(mask) ?? 0)] as const),
    );
    const possible = [...share].filter(([, p]) => p > 1e-9);
    const sums = { actions: 0, observations: 0 };
    for (let seed = 0; seed < runs; seed++) {
      const { seen, records } = await lastTick(scenario, seed, agents, last, cohorts);
      actions[last]!.forEach((p, a) => {
        sums.actions += (records[last]!.counts[a]! - agents * p) ** 2 / (agents * p);
      });
      expect([...seen.keys()].filter((mask) => !possible.some(([known]) => known === mask))).toEqual([]);
      for (const [mask, p] of possible) sums.observations += ((seen.get(mask) ?? 0) - agents * p) ** 2 / (agents * p);
    }
    expect(possible.every(([, p]) => agents * p > 5)).toBe(true);
    for (const [statistic, shares] of [
      [sums.actions, [...actions[last]!]],
      [sums.observations, possible.map(([, p]) => p)],
    ] as const) {
      expect(pearsonTail(statistic, shares, agents, runs)).toBeGreaterThan(1e-6);
      expect(pearsonTail(statistic, shares, agents, runs)).toBeLessThan(1 - 1e-6);
    }
  });

  it('earn the exact value on the mean over worlds, with one false alarm in a million seeds', async () => {
    const scenario = shop('random');
    const [agents, runs] = [40, 1500];
    const { value, rewards } = await exactValue(scenario, probabilities);
    const returns: number[] = [];
    const finals: number[] = [];
    for (let seed = 0; seed < runs; seed++) {
      const { records } = await lastTick(scenario, seed, agents, scenario.horizon - 1, cohorts);
      returns.push(records.reduce((sum, { reward }, t) => sum + scenario.discount ** t * (reward / agents), 0));
      finals.push(records.at(-1)!.reward / agents);
    }
    for (const [values, expected] of [
      [returns, value],
      [finals, rewards.at(-1)!],
    ] as const) {
      const mean = values.reduce((a, b) => a + b, 0) / runs;
      const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (runs - 1);
      // Half for each of the two values; the mean of so many worlds is normal.
      expect(twoSidedTail((mean - expected) / Math.sqrt(variance / runs))).toBeGreaterThan(1e-6 / 2);
    }
  });
});

it('cohorts and single agents under one seed live in the same world', async () => {
  const scenario = shop('random');
  const [single, counted] = await Promise.all(
    [false, true].map(async (cohorts) =>
      (await lastTick(scenario, 5, 30, 9, cohorts)).records.map(({ world }) => world),
    ),
  );
  expect(single).toEqual(counted);
});
