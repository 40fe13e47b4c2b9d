import assert from 'node:assert/strict';
import { ONE, quantise } from './chance.ts';
import { brokenBy, observations, phrasesOf } from './observation.ts';
import { promptOf } from './prompt.ts';
import { philox4x32 } from './random.ts';
import { type Reachability, reachability } from './reachability.ts';
import type { Scenario } from './scenario.ts';
import { look, stateSpace } from './state-space.ts';
import { type TestRunner, testRunner } from './test-runner.ts';
import { traitBlocks } from './trait-law.ts';
import { type DecideWeights, trajectory, worldPath } from './trajectory.ts';

const TICKS = 60;
const AGENTS = 12;
const SEED = 20_260_101;

/** What occurs in the states that some policy can reach. */
interface Occurrences extends Reachability {
  /** Shape [factors][levels], the world's factors first. */
  readonly levels: readonly (readonly boolean[])[];
  readonly contexts: readonly boolean[];
  readonly actions: readonly boolean[];
}

function occurrences(scenario: Scenario): Occurrences {
  const levels = [...scenario.world, ...scenario.agent].map((factor) => factor.levels.map(() => false));
  const contexts = scenario.contexts.map(() => false);
  const actions = scenario.actions.map(() => false);
  const found = reachability(scenario, (space, values, mask) => {
    // World now and agent now are neighbours, in this order.
    levels.forEach((occurs, f) => (occurs[values[space.worldNow + f]!] = true));
    contexts.forEach((_, c) => (contexts[c] ||= scenario.sets.holds(mask, scenario.traits.length + c)));
    actions.forEach((_, a) => (actions[a] ||= look(space.allowed[a]!, values)));
  });
  return { ...found, levels, contexts, actions };
}

const missing = (names: readonly unknown[], occurs: readonly boolean[]) => names.filter((_, i) => !occurs[i]);

/** Factors on whose value nothing depends but their own next value. */
function unread({ world, agent, observe, allowed, reward, measures, map }: Scenario): string[] {
  const factors = [...world, ...agent];
  return factors
    .map(({ name }) => name)
    .filter((name) => {
      const readers = [
        ...factors.filter((other) => other.name !== name).flatMap(({ start, next }) => [start, next]),
        ...observe,
        ...allowed,
        reward,
        ...Object.values(measures),
      ];
      return (
        map?.factor !== name && !readers.some(({ parents }) => parents.includes(name) || parents.includes(`${name}'`))
      );
    });
}

/** Whether a text names something as a word of its own: "buy", but not in "buyer". */
const names = (text: string, word: string): boolean =>
  new RegExp(`(?<![\\p{L}\\p{N}_])${word.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(?![\\p{L}\\p{N}_])`, 'iu').test(
    text,
  );

/**
 * The suite that every scenario passes, for any test runner with `describe` and `it`. Call it in a test file.
 * @example describeScenario(iceCream)
 */
export function describeScenario(scenario: Scenario, runner: Partial<TestRunner> = {}): void {
  const { describe, it } = testRunner(runner);
  const space = stateSpace(scenario);
  const k = scenario.actions.length;
  let found: Occurrences | undefined;
  /** Searched once, by the first test that asks. */
  const occurring = () => (found ??= occurrences(scenario));
  /** A policy with no pattern, so that every branch is met. */
  const scattered: DecideWeights = (mask) => {
    const words = philox4x32([scenario.sets.key(mask), 0, 0, 0], [0, 0]).map((word) => word / 2 ** 32 + 0.01);
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
      for (const { weights, total } of traitBlocks(scenario))
        assert.equal(
          Array.from(weights).reduce((sum, weight) => sum + weight, 0),
          total,
          'trait sets',
        );
    });

    it('gives the same trajectory for the same seed', () => {
      for (let agent = 0; agent < AGENTS; agent++) assert.deepEqual(live(agent), live(agent));
    });

    it('permutes its results when its agents are permuted: a life does not depend on the order of turns', () => {
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

    it('makes no observation that breaks a conflict or a group, in any state that any policy can reach', () => {
      const { violation } = occurring();
      assert.ok(!violation, violation && `${violation.problem} here:\n${violation.path.join('\n')}`);
      for (const { sets } of traitBlocks(scenario))
        for (const set of sets) assert.ok(!brokenBy(scenario, set), `trait set {${scenario.sets.indices(set)}}`);
    });

    it('reaches every level of every factor', () => {
      const { levels } = occurring();
      [...scenario.world, ...scenario.agent].forEach((factor, f) => {
        const never = missing(factor.levels, levels[f]!);
        assert.deepEqual(never, [], `${factor.name} never is ${never.join(' or ')}, whatever policy decides`);
      });
    });

    it('shows every context in some state, and every trait in some set', () => {
      const contexts = missing(scenario.contexts, occurring().contexts);
      assert.deepEqual(contexts, [], `never holds in a state that can be reached: ${contexts.join(', ')}`);
      const traits = scenario.traits.filter(
        (_, i) => !traitBlocks(scenario).some(({ sets }) => sets.some((set) => scenario.sets.holds(set, i))),
      );
      assert.deepEqual(traits, [], `in no trait set of positive weight: ${traits.join(', ')}`);
    });

    it('allows every action in some state', () => {
      const never = missing(scenario.actions, occurring().actions);
      assert.deepEqual(never, [], `never allowed in a state that can be reached: ${never.join(', ')}`);
    });

    it('reads every factor: in a context, a reward, a measure, what is allowed, the map or another factor', () => {
      const never = unread(scenario);
      assert.deepEqual(never, [], `nothing depends on ${never.join(' or ')}; leave it out, or read it`);
    });

    it('asks in every paraphrase for each action but the default, by its name', () => {
      for (const paraphrase of scenario.prompt.paraphrases)
        for (const action of scenario.actions.slice(1)) {
          const prompt = `${paraphrase} ${scenario.prompt.question}`;
          assert.ok(names(prompt, action), `"${prompt}" does not ask for "${action}"`);
        }
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
