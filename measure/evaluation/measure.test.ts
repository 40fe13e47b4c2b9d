import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { observations } from '../../env/observation.ts';
import { openPolicy } from '../../policies/open.ts';
import type { Policy, Teacher } from '../../policies/policy.ts';
import { decideTimed } from './measure.ts';
import { smallScenario } from './small-scenario.test-support.ts';

const batch = observations(smallScenario, [1, 2, 3, 1 | 8]);

it('a policy that takes 20 ms for four rows decides a little fewer than 200 a second', async () => {
  let calls = 0;
  await using constant = await openPolicy('constant:0.5', { scenario: smallScenario });
  const slow: Policy = {
    id: constant.id,
    scenario: constant.scenario,
    [Symbol.asyncDispose]: async () => {},
    async decide(given, options) {
      calls++;
      await setTimeout(20);
      return constant.decide(given, options);
    },
  };
  const { decisions, decisionsPerSecond } = await decideTimed(slow, batch);
  expect(decisions.probabilities).toHaveLength(8);
  expect(calls).toBe(6);
  // A timer may fire a millisecond early.
  expect(decisionsPerSecond).toBeLessThan(4 / 0.018);
  expect(decisionsPerSecond).toBeGreaterThan(10);
});

it('a language model is asked once, and its rate leaves out the loading and what was remembered', async () => {
  let calls = 0;
  const teacher = (answersOfItsOwn: number): Policy => {
    const given = { modelAnswers: 0 };
    return Object.assign(given, {
      id: 'slow',
      scenario: smallScenario.id,
      ask: async () => [],
      [Symbol.asyncDispose]: async () => {},
      async decide(_: unknown, options: Parameters<Teacher['decide']>[1]) {
        calls++;
        await setTimeout(100);
        for (let i = 0; i < 4; i++) {
          if (i >= 4 - answersOfItsOwn) {
            await setTimeout(10);
            given.modelAnswers++;
          }
          options?.onProgress?.(i + 1, 4);
        }
        return { probabilities: new Float64Array(8), outcomes: Array.from({ length: 4 }, () => 'ok' as const) };
      },
    }) satisfies Policy;
  };
  const { decisionsPerSecond } = await decideTimed(teacher(3), batch);
  expect(calls).toBe(1);
  expect(decisionsPerSecond).toBeGreaterThan(20);
  expect(decisionsPerSecond).toBeLessThan(2 / 0.018);
  expect((await decideTimed(teacher(0), batch)).decisionsPerSecond).toBeUndefined();
  expect((await decideTimed(teacher(1), batch)).decisionsPerSecond).toBeUndefined();
});
