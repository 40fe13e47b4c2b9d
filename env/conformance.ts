import assert from 'node:assert/strict';
import { ONE, quantise } from './chance.ts';
import { observations, phrasesOf } from './observation.ts';
import { promptOf } from './prompt.ts';
import { philox4x32 } from './random.ts';
import { reachability } from './reachability.ts';
import type { Scenario } from './scenario.ts';
import { stateSpace } from './state-space.ts';
import { type TestRunner, testRunner } from './test-runner.ts';
import { type DecideWeights, trajectory, worldPath } from './trajectory.ts';

const TICKS = 60;
const AGENTS = 12;
const SEED = 20_260_101;

/**
 * The suite that every scenario passes, for any test runner with `describe` and `it`. Call it in a test file.
 * @example describeScenario(iceCream)
 */
export function describeScenario(scenario: Scenario, runner: Partial<TestRunner> = {}): void {
  const { describe, it } = testRunner(runner);
  const space = stateSpace(scenario);
  const k = scenario.actions.length;
  /** A policy with no pattern, so that every branch is met. */
  const scattered: DecideWeights = (mask) => {
    const words = philox4x32([mask, 0, 0, 0], [0, 0]).map((word) => word / 2 ** 32 + 0.01);
    const shares = Array.from({ length: k }, (_, a) => words[a % 4]!);
    const sum = shares.reduce((total, share) => total + share, 0);
    return quantise(shares.map((share) => share / sum));
  };
  const live = (agent: number, seed = SEED) =>
    trajectory(space, scattered, { seed, agent, ticks: TICKS }).map(({ code, mask, action, reward }) => [
      code,
      mask,
      action,
      reward,
    ]);

  describe(`scenario ${scenario.id}`, () => {
    it('has tables whose rows sum to 1', () => {
      for (const { name, start, next } of [...scenario.world, ...scenario.agent])
        for (const table of [start, next])
          table.rows.forEach((weights, row) =>
            assert.equal(
              weights.reduce((sum, weight) => sum + weight, 0),
              ONE,
              `${name}, row ${row}`,
            ),
          );
      assert.equal(
        Array.from(scenario.traitWeights).reduce((sum, weight) => sum + weight, 0),
        scenario.traitTotal,
        'trait sets',
      );
    });

    it('gives the same trajectory for the same seed', () => {
      for (let agent = 0; agent < AGENTS; agent++) assert.deepEqual(live(agent), live(agent));
    });

    it('permutes its results when its agents are permuted: a life does not depend on whose turn came before', () => {
      const forward = Array.from({ length: AGENTS }, (_, agent) => live(agent));
      const backward = Array.from({ length: AGENTS }, (_, i) => live(AGENTS - 1 - i)).reverse();
      assert.deepEqual(forward, backward);
    });

    it('shares one world among all agents and policies', () => {
      const path = worldPath(space, SEED, TICKS);
      for (const decide of [scattered, () => [ONE, ...new Array<number>(k - 1).fill(0)]])
        trajectory(space, decide, { seed: SEED, agent: 3, ticks: TICKS }).forEach(({ world }, tick) =>
          assert.deepEqual(world, path[tick]),
        );
    });

    it('makes no observation that breaks a conflict, in any state that any policy can reach', () => {
      const { violation } = reachability(scenario);
      assert.ok(
        !violation,
        violation &&
          `"${violation.phrases[0]}" and "${violation.phrases[1]}" conflict, but hold together here:\n${violation.path.join('\n')}`,
      );
      for (const mask of scenario.traitSets)
        assert.ok(!scenario.conflicts.some(([a, b]) => (mask >>> a) & (mask >>> b) & 1), `trait set ${mask}`);
    });

    it('words every observation in every paraphrase', () => {
      const seen = trajectory(space, scattered, { seed: SEED, agent: 0, ticks: TICKS }).map(({ mask }) => mask);
      const batch = observations(scenario, [0, ...seen]);
      for (let paraphrase = 0; paraphrase < scenario.prompt.paraphrases.length; paraphrase++)
        batch.masks.forEach((_, i) => {
          const prompt = promptOf(scenario, batch, i, paraphrase);
          const { traits, context } = phrasesOf(scenario, batch, i);
          for (const phrase of [...traits, ...context])
            assert.ok(prompt.includes(phrase), `"${prompt}" leaves out "${phrase}"`);
          assert.ok(!/\{(traits|contexts)\}/.test(prompt), `"${prompt}" has an empty place`);
        });
    });
  });
}
